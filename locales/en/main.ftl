# What every page shows.
skip-to-content = Skip to content
menu-label = Main menu
menu-submissions = Entries
menu-documents = Papers
menu-gate = Gate
menu-desk = Desk
menu-messages = Messages
menu-vehicles = Vehicles
menu-crew = Crew
menu-audit = Audit
menu-users = Users
menu-account = Your account:
sign-out = Sign out
signed-out = You have signed out.
optional = (optional)
error-prefix = Error:
error-summary-title = There is a problem
change = Change

# Refusals.
error-way-on = Go to your start page
error-request-id = If you ask for help, give this number:
error-400-title = We could not read that
error-400-text = What was sent is not a form of this site. Go back, load the page again and retry.
error-403-title = You may not do this
error-403-text = Your account does not have permission for this page.
error-404-title = Page not found
error-404-text = The address is wrong, or the page is not yours to see.
error-missing-title = This file is no longer available
error-405-title = There is nothing to open here
error-405-text = This address only takes what a page sends to it.
error-form-page = Go to that page
error-408-title = That took too long
error-408-text = Nothing arrived for a while. Go back and send it again when the connection is better: your browser still has it.
error-409-title = This is not possible now
error-413-title = That is too much
error-413-text = What was sent is larger than this site takes. Go back and make the text shorter; files must be smaller than 5 MB each.
error-421-title = Another address
error-421-text = This site does not go by the name in the address that was opened. Open it as it stands in its mails and on its passes.
error-429-title = Too many tries
error-429-text = Try again in { $minutes ->
    [one] a minute
   *[other] { $minutes } minutes
}.
error-500-title = Something went wrong
error-500-text = The fault is ours. Nothing was lost that had been saved. Try again in a moment.
error-503-title = We are not available right now
error-503-text = Try again in a moment. If you had filled in a form, go back: your browser still has it.
error-late-title = This took too long
error-late-text = No answer came in time. Try again in a moment.
error-503-saved-title = We do not know whether this was saved
error-503-saved-text = Our answer got lost on the way. What you sent may have been saved, or not. Open the page again in a moment and look before you send it once more.

# What is wrong with a field.
email-empty = Enter an e-mail address
email-too-long = The e-mail address must have at most 254 characters
email-invalid = Enter an e-mail address like name@example.com
person-name-empty = Enter a name
person-name-too-long = The name must have at most 100 characters
person-name-bad = The name may have letters, spaces and signs like . and - only
company-name-empty = Enter the company’s name
company-name-too-long = The company’s name must have at most 200 characters
company-name-bad = The company’s name has characters that cannot be shown
phone-empty = Enter a mobile number
phone-invalid = Enter an Indian mobile number of ten digits, like 98765 43210
license-too-long = The licence number must have at most 25 characters
license-bad = The licence number may have letters, digits, spaces and signs like - and / only
reason-empty = Enter a reason
remark-empty = Enter a remark
remark-too-long = The remark must have at most 1,000 characters
remark-bad = The remark has characters that cannot be shown
reason-too-long = The reason must have at most 1,000 characters
reason-bad = The reason has characters that cannot be shown
password-too-short = The password must have at least 12 characters
password-too-long = The password must have at most 128 characters
password-common = This password is one of the first that others would try. Choose another, for example four words.
password-mismatch = The two passwords are not the same
