//! Wall-clock time for records. Durations within one process are measured with
//! [`std::time::Instant`], which no clock change touches.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since the epoch; 0 where the clock stands before it.
#[must_use]
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Seconds from `then` to `now`, 0 where the clock was set back in between.
#[must_use]
pub fn age(then: i64, now: i64) -> u64 {
    u64::try_from(now.saturating_sub(then)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_never_is_negative_and_never_overflows() {
        assert_eq!(age(10, 15), 5);
        assert_eq!(age(15, 10), 0);
        assert_eq!(age(i64::MIN, i64::MAX), i64::MAX as u64);
        assert_eq!(age(i64::MAX, i64::MIN), 0);
    }

    #[test]
    fn now_is_after_this_was_written() {
        assert!(now() > 1_700_000_000);
    }
}
