//! The signals that cut a run short.

use std::future::poll_fn;
use std::io;
use std::task::Poll;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Those we listen to; none where the caller handles signals itself.
#[derive(Debug)]
pub(super) struct Signals(Vec<Signal>);

impl Signals {
    /// Listens to none.
    pub(super) fn none() -> Self {
        Self(Vec::new())
    }

    /// Listens to Ctrl-C, TERM and HUP; what was ignored when we started (`nohup`) stays so.
    pub(super) fn of_a_run() -> io::Result<Self> {
        let wanted = [
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::hangup(),
        ];
        let ignored = ignored_mask();
        let listened = wanted.into_iter().filter(|kind| !is_in(ignored, *kind));
        listened.map(signal).collect::<io::Result<_>>().map(Self)
    }

    /// Waits for the next one; for ever where there are none.
    pub(super) async fn next(&mut self) {
        poll_fn(|context| {
            let arrived = self
                .0
                .iter_mut()
                .any(|s| matches!(s.poll_recv(context), Poll::Ready(Some(()))));
            if arrived {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}

fn is_in(mask: u64, kind: SignalKind) -> bool {
    let number = u32::try_from(kind.as_raw_value()).unwrap_or(0);
    number
        .checked_sub(1)
        .and_then(|bit| mask.checked_shr(bit))
        .is_some_and(|m| m & 1 == 1)
}

/// The ignored signals of this process, where the system tells; else none.
fn ignored_mask() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    parse_ignored(&status).unwrap_or(0)
}

fn parse_ignored(status: &str) -> Option<u64> {
    let digits = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(digits.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ignored_hangup_is_recognised() {
        let mask = parse_ignored("Name:\tx\nSigIgn:\t0000000000001001\n").unwrap_or(0);
        assert!(is_in(mask, SignalKind::hangup()));
        assert!(!is_in(mask, SignalKind::interrupt()));
        assert_eq!(parse_ignored("Name:\tx\n"), None);
    }
}
