//! Signals to a process group, and its priority.

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group, setpriority_pgrp, test_kill_process_group};

use crate::sys::process::NICEST;

/// The group of one job: its id is that of the leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Group(Pid);

impl Group {
    /// `None` for anything that is not a process other than init: signalling group 0 would hit
    /// ourselves, and group -1 everybody.
    pub(super) fn of_leader(id: u32) -> Option<Self> {
        let raw = i32::try_from(id).ok().filter(|raw| *raw > 1)?;
        Pid::from_raw(raw).map(Self)
    }

    /// The number.
    pub(super) fn id(self) -> u32 {
        self.0.as_raw_nonzero().get().unsigned_abs()
    }

    /// Asks all members to end; a stopped one is continued so that it can.
    pub(super) fn terminate(self) {
        self.signal(Signal::TERM);
        self.signal(Signal::CONT);
    }

    /// Ends all members.
    pub(super) fn kill(self) {
        self.signal(Signal::KILL);
    }

    /// Whether it has a member left, a zombie included.
    pub(super) fn has_members(self) -> bool {
        match test_kill_process_group(self.0) {
            Ok(()) | Err(Errno::PERM) => true,
            Err(_) => false,
        }
    }

    /// Puts all members behind everything else that wants the processor. Their threads and
    /// children inherit it. Done just after the start, from outside, since code between fork and
    /// exec would cost the fast way of spawning.
    pub(super) fn lower_priority(self) {
        // a failure means that it already ended
        let _ = setpriority_pgrp(Some(self.0), NICEST);
    }

    /// A group without members cannot be signalled, and that is just as well.
    fn signal(self, signal: Signal) {
        let _ = kill_process_group(self.0, signal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_group_stands_for_ourselves_or_everybody() {
        assert_eq!(Group::of_leader(0), None);
        assert_eq!(Group::of_leader(1), None);
        assert_eq!(Group::of_leader(u32::MAX), None);
        assert_eq!(Group::of_leader(77).map(Group::id), Some(77));
    }
}
