//! Faults that take a while to bring about. `tests/faults/run.sh` does it, and each prints what it came to.

mod hostile_posts;
mod killed;
mod sign_ins;
mod terminated;
mod work;
