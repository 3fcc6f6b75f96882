//! Who a process is, so that a reused pid is never taken for it.

use std::fs;
use std::sync::OnceLock;

/// A process, told apart from a later one with the same pid where the system
/// lets us. On macOS only the pid is known: there a held lock is the proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// This start of the machine.
    pub boot: Option<String>,
    /// Its pid.
    pub pid: u32,
    /// When it started, in clock ticks since the machine did.
    pub start: Option<u64>,
}

impl Identity {
    /// This process.
    #[must_use]
    pub(crate) fn own() -> Self {
        let pid = std::process::id();
        Self {
            boot: boot_id(),
            pid,
            start: stat_field(pid, StatField::Start),
        }
    }
}

/// The id of this start of the machine; `None` where the system has none to read.
#[must_use]
pub(crate) fn boot_id() -> Option<String> {
    // it cannot change while this process lives
    static ID: OnceLock<Option<String>> = OnceLock::new();
    let read = || {
        let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        let id = text.trim();
        (!id.is_empty()).then(|| id.to_owned())
    };
    ID.get_or_init(read).clone()
}

/// Index of a field of `/proc/<pid>/stat`, counted behind the program's name (see proc_pid_stat(5)).
#[derive(Clone, Copy, Debug)]
pub(crate) enum StatField {
    /// The process group.
    Group = 2,
    /// The leader of its session, 0 where that is outside of this namespace.
    Workspace = 3,
    /// When it started, in clock ticks since the machine did.
    Start = 19,
}

/// A number that the kernel keeps of a process; `None` where there is no such process, or no `/proc`.
#[must_use]
pub(crate) fn stat_field(pid: u32, field: StatField) -> Option<u64> {
    field_in_stat(&fs::read(format!("/proc/{pid}/stat")).ok()?, field)
}

/// Whether this process leads its session.
#[must_use]
pub(crate) fn leads_session() -> bool {
    // getsid(2) answers 0 in a container whose session began outside of it, which no `Pid` can hold
    #[cfg(target_os = "linux")]
    return fs::read("/proc/self/stat").is_ok_and(|stat| is_leader_in_stat(&stat));
    #[cfg(not(target_os = "linux"))]
    return rustix::process::getsid(None) == Ok(rustix::process::getpid());
}

fn is_leader_in_stat(stat: &[u8]) -> bool {
    let pid = stat
        .split(|b| *b == b' ')
        .next()
        .and_then(|word| std::str::from_utf8(word).ok()?.parse().ok());
    pid.is_some() && pid == field_in_stat(stat, StatField::Workspace)
}

/// The program's name, field 2, may hold spaces and parentheses, so counting begins behind the last one.
fn field_in_stat(stat: &[u8], field: StatField) -> Option<u64> {
    let name_end = stat.iter().rposition(|b| *b == b')')?;
    let rest = std::str::from_utf8(stat.get(name_end + 1..)?).ok()?;
    rest.split_ascii_whitespace()
        .nth(field as usize)?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn our_own_start_is_known() {
        assert!(Identity::own().start.is_some());
    }

    #[test]
    fn a_hostile_program_name_does_not_shift_the_fields() {
        let stat = b"7 (a) b) 9 (c) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242 20 21\n";
        assert_eq!(field_in_stat(stat, StatField::Start), Some(4242));
        assert_eq!(field_in_stat(b"7 (a", StatField::Start), None);
        assert_eq!(field_in_stat(b"7 (a) S 1", StatField::Start), None);
        assert_eq!(field_in_stat(b"", StatField::Start), None);
    }

    #[test]
    fn a_session_begun_outside_of_the_container_is_led_by_nobody_inside() {
        assert!(is_leader_in_stat(b"7 (a b) S 1 7 7 0 -1"));
        for stat in [
            "7 (a b) S 1 7 0 0 -1",
            "7 (a b) S 1 7 1 0 -1",
            "7 (a b) S 1 7",
            "",
        ] {
            assert!(!is_leader_in_stat(stat.as_bytes()), "{stat}");
        }
    }
}
