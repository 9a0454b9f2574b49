audit-account-registered = Account registered
audit-registration-repeated = Registered again with the same address
audit-account-created = Account created
audit-account-disabled = Account disabled
audit-account-enabled = Account enabled
audit-account-invited = Invited
audit-account-unlocked = Account unlocked
audit-account-expired = Account that nobody confirmed deleted
audit-account-change-refused = Change of the account refused
audit-invitation-accepted = Invitation accepted
audit-role-changed = Role changed
audit-profile-changed = Profile changed
audit-confirmation-sent = Link to confirm the address sent
audit-address-confirmed = Address confirmed
audit-password-reset-asked = Link for a forgotten password asked for
audit-password-reset = Password set by a link
audit-password-changed = Password changed
audit-password-reset-by-admin = Password reset by an admin
audit-sessions-ended = Signed out elsewhere
audit-signed-in = Signed in
audit-signed-out = Signed out
audit-sign-in-failed = Sign-in failed
audit-sign-in-throttled = Sign-in slowed down
audit-draft-opened = Draft opened
audit-draft-changed = Draft changed
audit-document-uploaded = Paper handed in
audit-document-replaced = Paper replaced
audit-document-attached = Paper attached
audit-document-detached = Paper left out
audit-document-removed = Paper removed
audit-document-file-removed = File of an old paper removed
audit-orphans-removed = Files without a paper removed
audit-drafts-removed = Drafts that nobody owns deleted
audit-pass-key-rotated = New key for passes
audit-submission-created = Submitted
audit-submission-refused = Submission refused
audit-submission-approved = Approved
audit-submission-rejected = Rejected
audit-submission-completed = Completed
audit-submission-cancelled = Cancelled
audit-submission-expired = Expired
audit-move-refused = Change refused
audit-checked-in = Let in
audit-checked-in-by-override = Let in by override
audit-checked-out = Let out
audit-check-in-refused = Entry stopped by the gate’s rules
audit-check-out-refused = Way out stopped by the gate’s rules
audit-override-refused = Override stopped by the gate’s rules
audit-entry-refused = Entry refused by the guard
audit-crew-registered = Crew registered
audit-sms-queued = Text message written
audit-sms-held = Text message held back
audit-email-sent = E-mail sent
audit-sms-sent = Text message sent
audit-email-failed = E-mail not sent
audit-sms-failed = Text message not sent
audit-message-resent = Message sent again
audit-crew-renamed = Name corrected
audit-crew-merged = Two people made one
audit-opinion-changed = Remark or rating changed
audit-blacklisted = Put on the blacklist
audit-blacklist-lifted = Taken off the blacklist
audit-vehicles-told-apart = Marked as different from a vehicle that looks alike
audit-distinction-taken-back = No longer marked as different from a vehicle that looks alike
audit-vehicles-forgotten = Vehicles that nobody named deleted

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
