//! `gatehouse documents`

use clap::Subcommand;
use gatehouse::features::documents::service::cleanup::{self, Amount};
use gatehouse::features::documents::service::verifying;
use gatehouse::features::passes::service::checking;
use gatehouse::kernel::access::Operator;
use gatehouse::kernel::state::AppState;

use crate::Failure;

#[derive(Subcommand)]
pub enum DocumentsCommand {
    /// Check every stored file and every pass; exit code 1 when anything is wrong
    Verify,
    /// Give up the files of papers that have been out of use for long, and what killed processes left
    Cleanup {
        /// How many days a paper has been out of use
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=36_500))]
        days: u32,
        /// Only say what would go
        #[arg(long)]
        dry_run: bool,
    },
}

pub async fn run(state: &AppState, operator: &Operator, command: DocumentsCommand) -> Result<(), Failure> {
    match command {
        DocumentsCommand::Verify => verify(state, operator).await,
        DocumentsCommand::Cleanup { days, dry_run } => clean_up(state, operator, days, dry_run).await,
    }
}

async fn verify(state: &AppState, operator: &Operator) -> Result<(), Failure> {
    let mut faults = 0_u64;
    let checked = verifying::verify(state, operator, &mut |fault| {
        faults += 1;
        println!("{fault}");
    })
    .await?;
    let passes = checking::verify(state, operator, &mut |reference, fault| {
        faults += 1;
        println!("pass of {reference}: {fault}");
    })
    .await?;
    println!("Checked {} files ({} bytes) and {passes} passes.", checked.files, checked.bytes);
    match faults {
        0 => Ok(()),
        1 => Err("1 thing is wrong".into()),
        faults => Err(format!("{faults} things are wrong").into()),
    }
}

async fn clean_up(state: &AppState, operator: &Operator, days: u32, dry_run: bool) -> Result<(), Failure> {
    let cleaned = cleanup::clean_up(state, operator, days, dry_run).await?;
    let verb = if dry_run { "Would remove" } else { "Removed" };
    for (amount, what) in [
        (cleaned.papers, format!("of papers that have been out of use for {days} days")),
        (cleaned.orphans, "that belong to no paper".to_owned()),
        (cleaned.unfinished, "of uploads that never ended".to_owned()),
    ] {
        let Amount { files, bytes } = amount;
        println!("{verb} {files} files ({bytes} bytes) {what}.");
    }
    Ok(())
}
