back = Back
save-and-continue = Save and continue
new-entry = New entry
reference = Reference
driver = Driver
helper = Helper

status-draft = Draft
status-pending = Waiting for decision
status-approved = Approved
status-rejected = Rejected
status-completed = Completed
status-cancelled = Cancelled
status-expired = Expired
status-inside = Inside

list-title = Entries
list-status = Status
list-all = All
list-any-status = Any
list-search = Vehicle, name, phone or reference
list-search-button = Search
list-no-results = No results.
list-clear = Clear filters
list-empty = You have no entries yet.
list-next = Next page
list-search-too-long = Search for at most 100 characters
list-day-invalid = Enter the day as a date, like 20 Nov 2026 or 20/11/2026

vehicle-title = Vehicle
use-anyway-label = The number is right, use it anyway
customer-phone-label = Your mobile number for this entry
customer-phone-hint = The plant calls this number when something is unclear.
expected-on-label = Expected on
expected-on-hint = Today or a day in the next 30
expected-on-invalid = Enter the day as a date, like 2026-11-20
expected-on-out-of-reach = The day must be from { $first } to { $last }

crew-title = Driver and helper
driver-name-label = Driver’s name
driver-name-hint = As on the driving licence
driver-phone-label = Driver’s mobile number
driver-phone-hint = The pass is for whoever has this phone.
driver-license-no-label = Driving licence number
driver-language-label = Driver’s language
driver-language-hint = The pass speaks it, with English beside it.
helper-hint = Leave empty when the driver comes alone.
helper-name-label = Helper’s name
helper-phone-label = Helper’s mobile number
helper-language-label = Helper’s language
helper-is-driver = Driver and helper are two people with two numbers
language-unknown = Choose a language from the list
crew-too-many-names = Too many names did not fit their numbers. Wait { $minutes ->
    [one] a minute
   *[other] { $minutes } minutes
}, or ask the plant under which name the number is registered.
crew-other-name = This number is registered under another name. Ask the plant to correct it.

draft-title = Entry for { $vehicle }
draft-lead = Fill in the parts in any order. You can leave and come back.
draft-prefilled = Filled in from your entry of { $when }. Check that it is still right.
draft-submitted-already = This entry has been submitted. It cannot be changed any more.
drafts-confirm-first = Confirm your e-mail address first, by the link in the mail that we sent you. Until then only a few entries can be begun and changed.
drafts-too-many = You have { $limit } entries that are not submitted. Go on with one of them: its vehicle, day and crew can be changed.
draft-changed = This entry was changed since you looked at it. Check it once more.
task-done = Done
task-to-do = To do
papers-count = { $count } of 8

review-title = Check and submit
review-missing = Still missing
review-no-papers = No papers are attached.
consent-label = All of this is right, and the driver and helper know that it is passed on to the plant.
consent-missing = Tick the box to confirm that all of this is right
submit-button = Submit
submitted = Your entry is submitted.
missing-crew = Enter the driver
missing-expected-day = The expected day has passed. Choose another.
missing-confirmation = Your e-mail address is not confirmed yet. Follow the link in the mail that we sent you.
missing-expired-paper = { $paper }: not valid any more on the expected day. Hand in the renewed one.
missing-driver-other-name = The driver’s number is registered under another name. Ask the plant to correct it.
missing-helper-other-name = The helper’s number is registered under another name. Ask the plant to correct it.
missing-contact-the-plant = This entry cannot be submitted. Contact the plant.

pass-title = Pass for { $vehicle }
pass-details = Details
pass-valid-until = Valid until
pass-open-driver = Open the driver’s pass
pass-download = Download the QR code
qr-alt = QR code of the pass for { $vehicle }
submitted-at = Submitted
entered-at = Let in
entered-by-override = Let in by override
left-at = Let out
what-next = What happens next
next-pending = The plant looks at your entry and decides.
next-share = Give the pass to the driver: open it and pass on its address, or print it.
next-show = The driver shows it at the gate on the expected day.
next-inside = The vehicle is inside. The pass is needed once more on the way out.
next-rejected = The plant did not approve this entry. Put it right and send it again.
next-completed = The visit is over.
next-cancelled = You took this entry back.
next-expired = The days of this pass are over. Make a new entry.

resubmit-button = Correct and send again
resubmit-opened = Filled in from the rejected entry. Put it right and submit it.
corrects = Corrects
corrected-by = Corrected in

cancel-link = Cancel this entry
cancel-title = Cancel this entry?
cancel-text = The pass of { $vehicle } for { $day } will not open the gate any more.
cancel-button = Cancel the entry
cancel-keep = Keep it
cancelled = The entry is cancelled.

standing-inside = The vehicle has been inside since { $since }.
standing-undecided = The entry’s status is now: { $status }.
standing-decided = The entry’s status is now: { $status }. Decided on { $when } by { $who }.
standing-blacklisted = The vehicle or one of its crew is on the blacklist.

desk-title = Entries of all customers
desk-search = Vehicle, name, phone, e-mail or reference
desk-from = Expected from
desk-to = Expected to
desk-sort = Order
desk-empty = Nobody has submitted an entry yet.
sort-newest = Newest first
sort-oldest = Oldest first
sort-expected = By expected day
chips-label = Filters in force
chip-remove = Remove the filter
chip-search = “{ $text }”
chip-from = from { $day }
chip-to = to { $day }

detail-facts = Entry
detail-customer-phone = Customer’s mobile number
timeline-title = What happened
reason-label = Reason
approve-button = Approve
approved = The entry is approved.
reject-summary = Reject
reject-reason-hint = The customer reads this.
reject-button = Reject the entry
rejected = The entry is rejected.
complete-summary = Complete
complete-hint = Ends the entry as if the vehicle had come and left. If it is inside, its visit ends now.
complete-button = Complete the entry
completed = The entry is completed.

mail-received-subject = Gate Entry QR Code - { $vehicle }
mail-received-lead = Your entry of { $vehicle } for { $day } is submitted. This is its pass.
mail-received-next = Pass it on to the driver, who shows it at the gate, on the phone or on paper. The plant looks at the entry first and decides.
mail-rejected-subject = Gate entry rejected - { $vehicle }
mail-rejected-lead = The plant did not approve your entry of { $vehicle } for { $day }. Its reason:
mail-rejected-next = The pass will not open the gate. Put it right and make a new entry.
mail-cancelled-subject = Gate entry cancelled - { $vehicle }
mail-cancelled-lead = Your entry of { $vehicle } for { $day } is cancelled. Its pass will not open the gate any more.
mail-vehicle = Vehicle
mail-open-pass = Open the pass
mail-open-entry = Open the entry
sms-received = { $site }: your entry of { $vehicle } for { $day } is submitted, reference { $reference }. Pass: { $link }
sms-rejected = { $site }: your entry of { $vehicle } for { $day } was rejected. Reason: { $reason }
sms-cancelled = { $site }: your entry of { $vehicle } for { $day } is cancelled.
sms-driver-pass = Gate pass for { $vehicle }, { $day }. Show it at the gate: { $link }
sms-driver-pass-withdrawn = The gate pass for { $vehicle }, { $day }, is not valid any more.
