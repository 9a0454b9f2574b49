//! `gatehouse keys`

use clap::Subcommand;
use gatehouse::access::Operator;
use gatehouse::features::passes::service::rotation;
use gatehouse::state::AppState;

use crate::Failure;

#[derive(Subcommand)]
pub enum KeysCommand {
    /// Sign passes with a new key from now on; those of the last key stay good, older ones do not
    Rotate,
}

pub async fn run(state: &AppState, operator: &Operator, command: KeysCommand) -> Result<(), Failure> {
    let KeysCommand::Rotate = command;
    let rotated = rotation::rotate(state, operator).await?;
    println!("Passes are signed with key {} from now on.", rotated.key);
    if let Some(previous) = rotated.previous {
        println!("Passes of key {previous} stay good until the next rotation.");
    }
    match rotated.passes_lost {
        0 => println!("No pass that is still due at the gate was signed with an older key."),
        lost => println!(
            "{lost} passes that are still due at the gate were signed with an older key: a scan of them says \
             Stop, forged. Let those vehicles in by their number or reference."
        ),
    }
    Ok(())
}
