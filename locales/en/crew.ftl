people-title = Drivers and helpers
people-search = Name or mobile number, or a part of it
people-empty = Nobody has come with a vehicle yet.
phone-label = Mobile number
person-language = Language
same-licence-as = Same licence as, on the blacklist
person-corrected = Name corrected

rename-title = Correct the name
rename-label = Registered name
rename-hint = Entries keep the name they were made with. The gate points out that it was corrected.
rename-button = Save the name
renamed = The name is corrected.

merge-title = The same person under two numbers
merge-lead = If { $name } is registered again under another number, make both one person. The other number stays; this one leads there.
merge-phone-label = The other mobile number
merge-look = Compare
merge-unknown = Nobody is registered under this number
merge-same = This is the same person already
merge-compare = Make these two one person?
merge-goes = Goes
merge-stays = Stays
merge-text = All entries and licences of { $gone } become those of { $stays }. The stricter entry in the blacklist holds for both. This cannot be taken back.
merge-button = Make them one person
merge-keep = Keep them apart
merge-together = They come together, as driver and helper, in the open entry { $reference }: they are two people.
merged = Both are one person now.
merged-meanwhile = One of the two was changed since you compared them. Compare once more.

audit-crew-registered = Crew registered
audit-crew-renamed = Name corrected
audit-crew-merged = Two people made one
