email-label = E-mail address
password-label = Password
password-confirm-label = Password, once more
password-hint = At least 12 characters. Four words that do not belong together make a good one.
full-name-label = Your full name
company-name-label = Company
account-phone-label = Your mobile number
account-phone-hint = The plant calls this number when something is unclear.

login-title = Sign in
login-button = Sign in
login-no-account = New here?
login-register = Register your company
login-wrong = The e-mail address or the password is wrong
login-throttled = Too many wrong tries. Try again in { $minutes ->
    [one] a minute
   *[other] { $minutes } minutes
}.

register-title = Register your company
register-lead = Once registered, you announce your vehicles and hand in their papers before they come to the gate.
register-button = Register
register-have-account = Already registered?
register-done = Thank you. If this address had no account yet, it has one now: sign in.

setup-title = Set up the first admin
setup-lead = This link works once. The account made here may do everything, and makes the others.
setup-button = Create the account
setup-address-taken = This address has an account already. Enter another.
setup-done = The account is ready: sign in.
