//! Messages: what they say, to whom, and how they get there.

mod words;
