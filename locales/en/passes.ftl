pass-valid-from = Valid from
pass-show-at-gate = Show this at the gate, on the phone or on paper.
pass-withdrawn = This pass opens no gate any more. Ask whoever sent it to you, or call the plant.

print-title = Print
print-a4 = A4
print-a6 = A6
print-roll = 80 mm roll
print-word = Gate pass
print-status-at = as of { $moment }
print-at-gate = Show this at the gate. If the code cannot be read, say the reference.
print-step-papers = Bring the vehicle’s registration, insurance and PUC certificate, and the driving licence.
print-step-code = Show the code to the guard, who scans it.
print-step-exit = Keep this pass: it is scanned once more on the way out.
print-step-named = It is good for this vehicle, and for the people named here, alone.
print-over = This pass does not open the gate.
print-how = Print this page at actual size, without headers and footers. Paper: { $format }.
print-button = Print

share-title = Give it to the driver
share-link = Address of the pass
share-subject = Gate pass for { $vehicle }
share-text = Gate pass for { $vehicle }, { $day }. Show it at the gate: { $link }
share-whatsapp = WhatsApp
share-email = E-mail
share-sms = SMS
share-button = Share
share-copy = Copy the address
share-copied = Copied

audit-pass-key-rotated = New key for passes
