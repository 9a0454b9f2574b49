//! How much memory there is.

use std::fs;

/// Where Linux tells how much a container may take: control groups, version 2 and version 1.
const OF_THE_CONTAINER: [&str; 2] =
    ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];

/// The bytes that the machine has, or the container where it may take less. `None` where the system does not tell.
pub fn available() -> Option<u64> {
    let read = |path: &str| fs::read_to_string(path).ok();
    let of_the_container = OF_THE_CONTAINER.iter().filter_map(|path| read(path)?.trim().parse().ok());
    let of_the_machine = read("/proc/meminfo").as_deref().and_then(total);
    of_the_container.chain(of_the_machine).min()
}

/// `MemTotal:       16384 kB`
fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_memory_is_read_from_what_linux_tells() {
        assert_eq!(total("MemTotal:       24684112 kB\nMemFree: 1 kB\n"), Some(24_684_112 * 1024));
        assert_eq!(total("MemFree: 1 kB\n"), None);
    }
}
