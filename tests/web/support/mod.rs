//! What every test stands on: the running application, browsers that people of each role sit at, the
//! pages they get, a clock that can be moved.
//!
//! ```ignore
//! let app = App::spawn().await;
//! let asha = app.customer("Asha").await;
//! let page = asha.post("/documents", &[("number", "")]).await.expect_status(422);
//! assert_eq!(page.error_at("number"), "Enter the number");
//! ```

mod app;
mod arrange;
pub mod chance;
mod client;
mod clock;
pub mod collector;
pub mod database;
pub mod entries;
mod kept;
mod log;
mod mail;
mod page;
pub mod program;
pub mod smtp;

pub use app::App;
pub use client::{Client, PASSWORD, email_of};
pub use kept::Kept;
pub use log::logged;
pub use mail::Mail;
pub use page::Page;

/// Prints what a fault came to, for `tests/faults/run.sh`, which shows nothing else.
pub fn figures(line: &str) {
    println!("Figures: {line}");
}
