//! Exit codes, fixed by the design.

/// Clean, or below the bar.
pub(super) const CLEAN: u8 = 0;
/// Confirmed findings at or above the bar.
pub(super) const FINDINGS: u8 = 1;
/// Usage or configuration.
pub(super) const USAGE: u8 = 2;
/// Something was not reviewed.
pub(super) const INCOMPLETE: u8 = 3;
/// Stopped by the person.
pub(super) const INTERRUPTED: u8 = 130;
