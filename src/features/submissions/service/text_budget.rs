//! How many text messages entries may cause. Phones are typed by whoever fills in an entry, and may be anybody's.

use crate::infra::database::DatabaseTransaction;
use chrono::Duration;

use crate::error::AppError;
use crate::features::accounts::service::throttle::{self, Counter, Purpose};
use crate::state::AppState;
use crate::types::{OrganisationId, PhoneNumber};

/// To one phone: a driver who comes five times a day gets a pass for each entry, and a word when one is taken back.
const TO_A_PHONE_A_DAY: i32 = 30;
const TO_A_PHONE_AN_HOUR: i32 = 12;

/// Of one organisation: two for each of two hundred entries.
const OF_AN_ORGANISATION_A_DAY: i32 = 400;

/// Counts a text message to each of `phones`. Answers those for which there was no room.
pub(super) async fn exceeded_by<'a>(
    state: &AppState,
    transaction: &DatabaseTransaction,
    owner: OrganisationId,
    phones: impl IntoIterator<Item = &'a PhoneNumber>,
) -> Result<Vec<&'a PhoneNumber>, AppError> {
    // Counters are locked in one order, lest two entries wait for each other.
    let mut phones: Vec<_> = phones.into_iter().collect();
    phones.sort_unstable_by_key(|phone| phone.as_str());
    let owner = owner.to_string();
    let mut exceeded = Vec::new();
    for phone in phones {
        let day = Duration::days(1);
        let budgets = [
            (Purpose::TextOrganisationDay, owner.as_str(), OF_AN_ORGANISATION_A_DAY, day),
            (Purpose::TextPhoneDay, phone.as_str(), TO_A_PHONE_A_DAY, day),
            (Purpose::TextPhoneHour, phone.as_str(), TO_A_PHONE_AN_HOUR, Duration::hours(1)),
        ];
        for (purpose, subject, limit, window) in budgets {
            let counter = Counter { purpose, subject, address: "" };
            match throttle::count_in(state, transaction, counter, limit, window).await {
                Ok(()) => {}
                Err(AppError::TooMany { .. }) => {
                    exceeded.push(phone);
                    break;
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(exceeded)
}
