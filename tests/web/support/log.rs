//! What the application logs, kept to be looked through. Faults are shown as well.

use std::io;
use std::sync::{Mutex, Once};

use tracing::Level;
use tracing_subscriber::filter::{EnvFilter, filter_fn};
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

static STARTED: Once = Once::new();
static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Starts keeping log lines: all that the program logs as it comes, and every detail of its own.
pub fn capture() {
    STARTED.call_once(|| {
        let as_it_comes = EnvFilter::new("info,sqlx=warn,sea_orm_migration=warn,gatehouse=trace");
        let faults = filter_fn(|about| about.is_span() || *about.level() == Level::ERROR);
        tracing_subscriber::registry()
            .with(layer().with_ansi(false).with_writer(|| Lines).with_filter(as_it_comes))
            .with(layer().with_ansi(false).with_writer(io::stderr).with_filter(faults))
            .init();
        // html5ever tells every token at its lowest level, and would be asked to write it for each page that is read.
        log::set_max_level(log::LevelFilter::Info);
    });
}

/// Everything logged so far by all tests of this process.
pub fn logged() -> String {
    String::from_utf8(LINES.lock().unwrap().clone()).unwrap()
}

struct Lines;

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
