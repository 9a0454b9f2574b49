//! `gatehouse demo`

use gatehouse::demo;
use gatehouse::kernel::access::Operator;
use gatehouse::kernel::state::AppState;
use secrecy::ExposeSecret as _;

use crate::Failure;

pub async fn fill(state: &AppState, operator: &Operator) -> Result<(), Failure> {
    let demo = demo::open(state, operator, |progress| println!("{progress}")).await?;
    for (role, email) in &demo.accounts {
        println!("{role}\t{email}");
    }
    println!("Everybody's password: {}", demo.password.expose_secret());
    Ok(())
}
