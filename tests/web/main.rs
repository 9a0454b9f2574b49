//! The application over HTTP: started in this process with a database of its own for every test, visited
//! by browsers named after who sits at them. Set `TEST_DATABASE_URL` to run on PostgreSQL.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail by panicking")]

mod accounts;
mod support;
