audit-name = Name
audit-new = { $what }: { $after }
audit-gone = { $what } taken away: { $before }
audit-changed = { $what }: { $before } → { $after }

log-title = Audit
log-actor = Who: name or e-mail
log-action = What
log-any-action = Anything
log-submission = Entry: reference
log-from = From
log-to = To
log-when = When
log-who = Who
log-entry = About
log-change = Change
log-field = { $name ->
    [again] Tried again
    [bytes] Bytes
    [company_name] Company
    [drafts] Drafts
    [entries] Entries
    [full_name] Name
    [id] Number
    [language] Language
    [orphans] Files of no paper
    [phone] Phone
    [unfinished] Unfinished files
    [address] Address
    [attempt] Attempt
    [confirmed] Warnings confirmed
    [corrects] Corrects
    [crew] Crew
    [disabled] Disabled
    [email] E-mail
    [ended] Sessions ended
    [error] Error
    [expected_on] Expected on
    [from] From
    [in_a_row] Wrong tries in a row
    [key] Key
    [kind] Message
    [name] Name
    [numbers] Vehicle numbers
    [papers] Papers
    [passed] Passed over
    [passes_lost] Passes lost
    [verify_until] Older keys verify until
    [rating] Rating
    [reason] Reason
    [reasons] Reasons
    [remark] Remark
    [role] Role
    [since] Since
    [sha256] SHA-256
    [size] Bytes
    [status] Status
    [took_over] Taken over, unconfirmed
    [tries] Tries
    [type] Paper
    [until] Until
    [valid_until] Valid until
    [vehicle] Vehicle
    [vehicles] Vehicles
    [verdict] Verdict
    [wanted] Wanted
   *[other] { $words }
}
log-refused = { $slug ->
    [missing-confirmation] Address not confirmed
    [missing-contact] On the blacklist
    [missing-crew] No driver
    [missing-driver-name] Driver’s number registered under another name
    [missing-expected-day] Expected day not possible
    [missing-helper] Helper and driver are one person
    [missing-helper-name] Helper’s number registered under another name
    [missing-paper] Paper not valid on the expected day
   *[other] { $words }
}
log-empty = Nothing has happened yet.
log-chip-actor = by “{ $actor }”
log-chip-submission = entry { $reference }
log-was = (was { $before })
log-yes = yes
log-no = no
log-none = none
