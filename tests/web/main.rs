//! The application over HTTP: started in this process with a database of its own for every test, visited
//! by browsers named after who sits at them. With `TEST_DATABASE_URL` set they run on
//! that server instead of a file.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail by panicking")]

mod accounts;
mod audit;
mod demo;
mod desk;
mod documents;
mod faults;
mod gate;
mod journey;
mod kit;
mod migrations;
mod notifications;
mod operation;
mod passes;
mod pasted;
mod permissions;
mod queries;
mod races;
mod submissions;
mod support;
mod upgrade;
mod uploads;
