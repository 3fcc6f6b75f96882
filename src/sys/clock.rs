//! Wall-clock time for records, and processor time. Durations within one process are measured
//! with [`std::time::Instant`], which no clock change touches.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

/// Seconds since the epoch; 0 where the clock stands before it.
#[must_use]
pub(crate) fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Seconds from `then` to `now`, 0 where the clock was set back in between.
#[must_use]
pub(crate) fn age(then: i64, now: i64) -> u64 {
    u64::try_from(now.saturating_sub(then)).unwrap_or(0)
}

/// Processor time that this thread has used: it stands while others have the processor.
#[must_use]
pub(crate) fn thread_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// The person's calendar day of this moment, `2026-11-21`.
#[must_use]
pub(crate) fn day(at: i64) -> String {
    zoned(at).date().to_string()
}

/// When the person's next calendar day begins, in seconds since the epoch; always later than `at`.
#[must_use]
pub(crate) fn next_day(at: i64) -> i64 {
    let tomorrow = zoned(at)
        .checked_add(1.day())
        .and_then(|then| then.start_of_day());
    tomorrow.map_or(at.saturating_add(86_400), |then| {
        then.timestamp().as_second().max(at.saturating_add(1))
    })
}

/// The person's time of day, `00:00`.
#[must_use]
pub(crate) fn time_of_day(at: i64) -> String {
    zoned(at).strftime("%H:%M").to_string()
}

fn zoned(at: i64) -> Zoned {
    Timestamp::from_second(at)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_zoned(TimeZone::system())
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
    fn the_next_day_is_another_one_and_its_second_before_is_not() {
        for at in [0, 1_700_000_000, 1_763_700_000, 1_774_742_399] {
            let next = next_day(at);
            assert!(
                next > at && day(next) > day(at) && day(next - 1) == day(at),
                "{at} {next}"
            );
        }
        assert!(next_day(i64::MAX) >= i64::MAX - 1, "beyond all calendars");
        assert_eq!(day(0).len(), "1970-01-01".len());
    }

    #[test]
    fn now_is_after_this_was_written() {
        assert!(now() > 1_700_000_000);
    }
}
