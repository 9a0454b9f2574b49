//! What every page is made with, seen from outside: headers, refusals, static files, flash, probes, log.

mod assets;
mod connections;
mod flash;
mod headers;
mod hosts;
mod kept;
mod log;
mod probes;
mod refusals;
mod same_origin;
