//! `gatehouse keys`

use clap::Subcommand;
use gatehouse::features::passes::service::rotation;
use gatehouse::kernel::access::Operator;
use gatehouse::kernel::state::AppState;

use crate::Failure;

#[derive(Subcommand)]
pub enum KeysCommand {
    /// Sign passes with a new key from now on; those that were signed before stay good until they end
    Rotate,
}

pub async fn run(state: &AppState, operator: &Operator, command: KeysCommand) -> Result<(), Failure> {
    let KeysCommand::Rotate = command;
    let rotated = rotation::rotate(state, operator).await?;
    println!("Passes are signed with key {} from now on.", rotated.key);
    match (rotated.previous, rotated.verify_until) {
        (Some(previous), Some(until)) => {
            let until = state.config.zone.moment(until);
            println!(
                "Passes of key {previous} and of older ones stay good until they end, the last of them on {until}."
            );
        }
        _ => println!("No pass was signed before."),
    }
    Ok(())
}
