//! What services that do not work with `Work` yet write messages with.

use sea_orm::DbErr;

pub use crate::kernel::delivery::outbox::{Message, event, seal_context, told_under as on_submission};

use crate::features::audit::service as audit;
use crate::kernel::data::DatabaseTransaction;
use crate::kernel::delivery::outbox;
use crate::kernel::state::AppState;

#[expect(missing_docs, reason = "it goes")]
pub async fn enqueue(
    state: &AppState,
    transaction: &DatabaseTransaction,
    messages: impl IntoIterator<Item = Message>,
) -> Result<(), DbErr> {
    let messages = messages.into_iter().collect();
    let now = state.clock.now();
    let events = outbox::write(&state.clock, &state.keys, transaction, now, messages).await?;
    audit::record_all(state, transaction, events).await?;
    state.bell.notify_one();
    Ok(())
}
