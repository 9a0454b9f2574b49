//! Registering, signing in and out, the first admin, the command line.

mod command_line;
mod first_admin;
mod registration;
mod sessions;
mod sign_in;
mod throttle;
