//! How many text messages entries may cause. Phones are typed by whoever fills in an entry, and may be anybody's.

use crate::kernel::work::Work;
use chrono::Duration;

use crate::features::accounts::service::throttle::{self, Budget, Counter, Purpose};
use crate::kernel::error::AppError;
use crate::kernel::types::{OrganisationId, PhoneNumber};

/// To one phone: drivers who come for several customers get a pass for each entry, and a word when one is taken back.
const TO_A_PHONE_A_DAY: i32 = 30;
const TO_A_PHONE_AN_HOUR: i32 = 12;

/// Of one organisation to one phone: a driver who comes five times a day. No organisation uses up what a driver may get
/// of all.
const OF_AN_ORGANISATION_TO_A_PHONE_A_DAY: i32 = 12;
const OF_AN_ORGANISATION_TO_A_PHONE_AN_HOUR: i32 = 6;

/// Of one organisation: two for each of two hundred entries.
const OF_AN_ORGANISATION_A_DAY: i32 = 400;

/// Counts a text message to each of `phones`. Answers those for which there was no room, and nothing was counted.
pub(super) async fn exceeded_by<'a>(
    work: &mut Work<'_>,
    owner: OrganisationId,
    phones: impl IntoIterator<Item = &'a PhoneNumber>,
) -> Result<Vec<&'a PhoneNumber>, AppError> {
    let phones: Vec<_> = phones.into_iter().collect();
    let owner = owner.to_string();
    let (hour, day) = (Duration::hours(1), Duration::days(1));
    let budget = |purpose, subject, address, limit, window| {
        let counter = Counter { purpose, subject, address };
        Budget { counter, amount: 1, limit, window }
    };
    let groups: Vec<_> = phones
        .iter()
        .map(|phone| {
            let to_phone = |purpose, of, limit, window| budget(purpose, phone.as_str(), of, limit, window);
            vec![
                to_phone(Purpose::TextPhoneHour, &owner, OF_AN_ORGANISATION_TO_A_PHONE_AN_HOUR, hour),
                to_phone(Purpose::TextPhoneDay, &owner, OF_AN_ORGANISATION_TO_A_PHONE_A_DAY, day),
                to_phone(Purpose::TextPhoneHour, "", TO_A_PHONE_AN_HOUR, hour),
                to_phone(Purpose::TextPhoneDay, "", TO_A_PHONE_A_DAY, day),
                budget(Purpose::TextOrganisationDay, &owner, "", OF_AN_ORGANISATION_A_DAY, day),
            ]
        })
        .collect();
    let had_room = throttle::count_groups(work, &groups).await?;
    Ok(phones.into_iter().zip(had_room).filter(|(_, had_room)| !had_room).map(|(phone, _)| phone).collect())
}
