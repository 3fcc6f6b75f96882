//! Numbers that can be had again, and how much of the campaign was asked for.

use std::time::SystemTime;

/// A small generator of numbers; good enough to hit every place.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Whether the long form was asked for.
pub(crate) fn is_long() -> bool {
    std::env::var("GIT_AGENTS_FAULTS").is_ok_and(|value| value == "all")
}

/// A number from the environment.
pub(crate) fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// The seed that was asked for, else one from the clock; printed either way.
pub(crate) fn seed() -> u64 {
    let by_clock = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_nanos() as u64;
    let seed = number("GIT_AGENTS_FAULT_SEED").unwrap_or(by_clock);
    println!("GIT_AGENTS_FAULT_SEED={seed}");
    seed
}
