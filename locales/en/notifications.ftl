messages-title = Messages
messages-empty = No message has been written yet.
messages-all = All
message-written = Written
message-kind = Message
message-address = To
message-state = State
message-attempts = Attempts
message-last-error = Last error
message-next-attempt = next attempt { $when }
message-resend = Send again
message-tries = { $count ->
    [one] 1 attempt
   *[other] { $count } attempts
}
messages-resend = Send the messages again
messages-resent = The messages are sent again.
message-resent = The message is sent again.
message-still-queued = This message is still being tried.
message-of-a-moment = This message tells of a moment that has passed, and is not sent again.
message-pointless = This message is not sent again: { $why }.
message-has-secret = This message bears a link that is its receiver’s alone. Its receiver can ask for another.

message-confirm-address = Confirm the address
message-already-registered = Registered already
message-reset-password = New password
message-password-changed = Password changed
message-invitation = Invitation
message-submission-received = Entry submitted
message-submission-rejected = Entry rejected
message-submission-cancelled = Entry cancelled
message-driver-pass = Driver’s pass
message-driver-pass-withdrawn = Driver’s pass withdrawn

channel-email = E-mail
channel-sms = Text message
delivery-queued = Waiting
delivery-sent = Sent
delivery-dead = Not delivered
delivery-held = Held back

audit-sms-queued = Text message written
audit-sms-held = Text message held back
audit-email-sent = E-mail sent
audit-sms-sent = Text message sent
audit-email-failed = E-mail not sent
audit-sms-failed = Text message not sent
audit-message-resent = Message sent again
