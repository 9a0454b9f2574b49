pass-valid-from = Valid from
pass-show-at-gate = Show this at the gate, on the phone or on paper.
