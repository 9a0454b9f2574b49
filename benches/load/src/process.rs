//! What the system says of a process, read from `/proc`.

use std::fs;

/// Ticks a second of `/proc/*/stat`; Linux has said so for twenty years.
const TICKS: f64 = 100.0;

struct Stat {
    parent: u32,
    own: f64,
    /// Of children that have ended and were waited for.
    children: f64,
}

fn stat(pid: &str) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold anything; what follows its bracket are numbers.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let seconds = |at: usize| Some(fields.get(at)?.parse::<f64>().ok()? / TICKS);
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        own: seconds(11)? + seconds(12)?,
        children: seconds(13)? + seconds(14)?,
    })
}

/// Seconds of CPU that the process took until now.
pub fn cpu(pid: u32) -> f64 {
    stat(&pid.to_string()).map_or(0.0, |stat| stat.own)
}

/// Seconds of CPU that the process and its children took until now, those that have ended included.
pub fn cpu_with_children(pid: u32) -> f64 {
    let mut sum = stat(&pid.to_string()).map_or(0.0, |stat| stat.own + stat.children);
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        if let Some(stat) = entry.file_name().to_str().and_then(stat)
            && stat.parent == pid
        {
            sum += stat.own;
        }
    }
    sum
}

/// A line of `/proc/*/status` in MiB: `VmRSS`, `VmHWM`.
pub fn memory(pid: u32, line: &str) -> f64 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let found = text.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(':'));
    let kib = found.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or_default() / 1024.0
}
