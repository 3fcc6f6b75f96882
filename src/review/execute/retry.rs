//! What follows an attempt: another one, smaller ones, another backend, or its end as it is.

use std::time::Duration;

use crate::model::Ending;

/// Attempts at one backend for one job, counted on disk before each starts.
pub(crate) const ATTEMPTS: u32 = 3;
/// Longest wait that a retry is worth while the run goes on.
const LONGEST_RETRY: Duration = Duration::from_secs(60);
/// Wait before the first retry where the provider names none; each further one waits twice as long.
const RETRY_DELAY: Duration = Duration::from_secs(2);

/// What follows an attempt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FollowUp {
    Settle,
    RetryAfter(Duration),
    FailOver(String),
    Split,
}

/// What is still open to a task after an attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RetryContext<'a> {
    /// Attempts at this backend so far.
    pub(crate) attempts: u32,
    /// Backends not tried yet; empty where the person named the backend.
    pub(crate) others: &'a [String],
    /// Whether its prompt can be made smaller.
    pub(crate) can_split: bool,
    /// How long a program took for the last attempt; zero for an API, which we ask ourselves.
    pub(crate) took: Duration,
}

/// Decides what follows an attempt that ended in this way.
pub(crate) fn decide(ending: &Ending, context: RetryContext<'_>) -> FollowUp {
    let backoff = RETRY_DELAY * 2u32.saturating_pow(context.attempts.saturating_sub(1).min(10));
    let delay = match ending {
        // it has tried again itself for longer than we would have waited
        Ending::RateLimited { .. } | Ending::Overloaded | Ending::Unreachable(_)
            if context.took >= LONGEST_RETRY =>
        {
            None
        }
        Ending::RateLimited { retry_after } => Some(retry_after.unwrap_or(backoff)),
        Ending::Overloaded | Ending::Unreachable(_) | Ending::Lost => Some(backoff),
        Ending::Answered | Ending::Cancelled | Ending::Superseded | Ending::OverBudget => {
            return FollowUp::Settle;
        }
        Ending::TooLong if context.can_split => return FollowUp::Split,
        // with the same prompt the same end: only somebody else may do better
        Ending::Exited(_)
        | Ending::Signalled(_)
        | Ending::TimedOut(_)
        | Ending::TooMuchOutput
        | Ending::NotStarted(_)
        | Ending::Refused(_)
        | Ending::NoQuota(_)
        | Ending::NotLoggedIn
        | Ending::TooLong
        | Ending::Unreadable(_)
        | Ending::Empty => None,
    };
    match delay {
        Some(delay) if context.attempts < ATTEMPTS && delay <= LONGEST_RETRY => {
            FollowUp::RetryAfter(delay)
        }
        _ => context
            .others
            .first()
            .map_or(FollowUp::Settle, |name| FollowUp::FailOver(name.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(ending: &Ending, attempts: u32, others: &[&str]) -> FollowUp {
        let others: Vec<String> = others.iter().map(|name| (*name).to_owned()).collect();
        decide(
            ending,
            RetryContext {
                attempts,
                others: &others,
                can_split: true,
                took: Duration::from_secs(5),
            },
        )
    }

    #[test]
    fn a_rate_limit_is_tried_again_when_the_wait_is_short() {
        let limited = |seconds| Ending::RateLimited {
            retry_after: Some(Duration::from_secs(seconds)),
        };
        assert_eq!(
            after(&limited(5), 1, &["codex"]),
            FollowUp::RetryAfter(Duration::from_secs(5))
        );
        assert_eq!(
            after(&limited(5), ATTEMPTS, &["codex"]),
            FollowUp::FailOver("codex".into())
        );
        assert_eq!(
            after(&limited(600), 1, &["codex"]),
            FollowUp::FailOver("codex".into())
        );
        assert_eq!(after(&limited(600), 1, &[]), FollowUp::Settle);
    }

    #[test]
    fn a_program_that_has_tried_again_itself_for_long_is_not_asked_again() {
        let took = |seconds| RetryContext {
            attempts: 1,
            others: &[],
            can_split: true,
            took: Duration::from_secs(seconds),
        };
        for ending in [
            Ending::RateLimited { retry_after: None },
            Ending::Overloaded,
            Ending::Unreachable("refused".into()),
        ] {
            assert!(
                matches!(decide(&ending, took(59)), FollowUp::RetryAfter(_)),
                "{ending:?}"
            );
            assert_eq!(decide(&ending, took(80)), FollowUp::Settle, "{ending:?}");
        }
    }

    #[test]
    fn each_further_attempt_waits_longer() {
        let waits: Vec<FollowUp> = (1..=ATTEMPTS)
            .map(|attempts| after(&Ending::Overloaded, attempts, &[]))
            .collect();
        assert_eq!(
            waits,
            [
                FollowUp::RetryAfter(RETRY_DELAY),
                FollowUp::RetryAfter(RETRY_DELAY * 2),
                FollowUp::Settle
            ]
        );
    }

    #[test]
    fn what_another_attempt_cannot_help_goes_elsewhere_or_ends() {
        for ending in [
            Ending::NotLoggedIn,
            Ending::NoQuota("x".into()),
            Ending::Refused("x".into()),
            Ending::Unreadable("x".into()),
            Ending::Empty,
            Ending::Exited(3),
        ] {
            assert_eq!(
                after(&ending, 1, &["codex"]),
                FollowUp::FailOver("codex".into()),
                "{ending:?}"
            );
            assert_eq!(after(&ending, 1, &[]), FollowUp::Settle, "{ending:?}");
        }
        for ending in [Ending::Cancelled, Ending::Answered, Ending::OverBudget] {
            assert_eq!(
                after(&ending, 1, &["codex"]),
                FollowUp::Settle,
                "{ending:?}"
            );
        }
    }

    #[test]
    fn what_is_too_long_is_split_and_where_it_cannot_be_goes_elsewhere() {
        assert_eq!(after(&Ending::TooLong, 1, &["codex"]), FollowUp::Split);
        let others = ["codex".to_owned()];
        let whole = RetryContext {
            attempts: 1,
            others: &others,
            can_split: false,
            took: Duration::ZERO,
        };
        assert_eq!(
            decide(&Ending::TooLong, whole),
            FollowUp::FailOver("codex".into())
        );
    }
}
