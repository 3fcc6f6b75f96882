//! How long the rules may look at a text.

use std::cell::Cell;
use std::time::Duration;

/// Tells the processor time that this thread has used. Not the time of day: a review in the
/// background runs at the lowest priority, and what it finds must not depend on who else works.
pub(crate) type Clock = fn() -> Duration;

/// Questions between two looks at the clock, which costs a system call.
const CLOCK_EVERY: u32 = 32;

/// A bound in processor time. Once it was found to be over, it stays so.
pub(super) struct Bound {
    clock: Clock,
    end: Duration,
    until_clock: Cell<u32>,
    over: Cell<bool>,
}

impl Bound {
    /// Ends when this thread has worked that long from now on.
    pub(super) fn new(clock: Clock, time: Duration) -> Self {
        Self {
            clock,
            end: clock() + time,
            until_clock: Cell::new(CLOCK_EVERY),
            over: Cell::new(false),
        }
    }

    /// Ends after that time too.
    pub(super) fn within(&self, time: Duration) -> Self {
        let inner = Self::new(self.clock, time);
        Self {
            end: inner.end.min(self.end),
            ..inner
        }
    }

    /// Whether it is over, as far as the last look told; every so often it looks.
    pub(super) fn is_over(&self) -> bool {
        let left = self.until_clock.get() - 1;
        self.until_clock
            .set(if left == 0 { CLOCK_EVERY } else { left });
        if left == 0 {
            self.is_over_now()
        } else {
            self.over.get()
        }
    }

    /// Looks at the clock.
    pub(super) fn is_over_now(&self) -> bool {
        let over = self.over.get() || (self.clock)() >= self.end;
        self.over.set(over);
        over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    thread_local! {
        static NOW: Cell<u64> = const { Cell::new(0) };
    }

    fn now() -> Duration {
        Duration::from_millis(NOW.get())
    }

    #[test]
    fn the_earlier_end_counts_and_stays() {
        let outer = Bound::new(now, Duration::from_millis(10));
        NOW.set(8);
        let inner = outer.within(Duration::from_millis(5));
        assert!(!inner.is_over_now());
        NOW.set(10);
        assert!(
            (0..CLOCK_EVERY).any(|_| inner.is_over()),
            "it looks every so often"
        );
        NOW.set(0);
        assert!(inner.is_over() && inner.is_over_now() && !outer.is_over_now());
    }
}
