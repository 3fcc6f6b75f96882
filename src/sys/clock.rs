//! Wall-clock time for records, and processor time. Durations within one process are measured
//! with [`std::time::Instant`], which no clock change touches.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};

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

/// Processor time that this thread has used: it stands while others have the processor.
#[must_use]
pub fn thread_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
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
    fn work_takes_processor_time_and_sleep_does_not() {
        let start = thread_time();
        while thread_time() == start {}
        let worked = thread_time();
        std::thread::sleep(Duration::from_secs(2));
        assert!(thread_time() - worked < Duration::from_secs(1));
    }

    #[test]
    fn now_is_after_this_was_written() {
        assert!(now() > 1_700_000_000);
    }
}
