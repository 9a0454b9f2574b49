vehicle-number-label = Vehicle number
vehicle-number-hint = As on the number plate, for example MH 12 AB 1234
vehicle-number-empty = Enter the vehicle number
vehicle-number-too-long = The vehicle number must have at most 15 letters and digits
vehicle-number-bad = The vehicle number may have letters and digits only
vehicle-number-unusual = Check the number: it does not look like an Indian registration number
