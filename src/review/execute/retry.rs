//! What follows an attempt: another one, smaller ones, another backend, or its end as it is.

use std::time::Duration;

use crate::model::Ending;

/// Attempts at one backend for one job, counted on disk before each starts.
pub(crate) const ATTEMPTS: u32 = 3;
/// Longest wait that a retry is worth while the run goes on.
const LONGEST_RETRY: Duration = Duration::from_secs(60);
/// Wait before the first retry where the provider names none; each further one waits twice as long.
const RETRY_DELAY: Duration = Duration::from_secs(2);

/// What to do after an attempt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Accept,
    Again(Duration),
    Elsewhere(String),
    Split,
}

/// What is still open to a job.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Left<'a> {
    /// Attempts at this backend so far.
    pub(crate) attempts: u32,
    /// Backends not tried yet; empty where the person named the backend.
    pub(crate) others: &'a [String],
    /// Whether its prompt can be made smaller.
    pub(crate) can_split: bool,
    /// How long a program took for the last attempt; zero for an API, which we ask ourselves.
    pub(crate) took: Duration,
}

/// Decides after an attempt: pure.
pub(crate) fn next(ending: &Ending, left: Left<'_>) -> Next {
    let backoff = RETRY_DELAY * 2u32.saturating_pow(left.attempts.saturating_sub(1).min(10));
    let delay = match ending {
        // it has tried again itself for longer than we would have waited
        Ending::RateLimited { .. } | Ending::Overloaded | Ending::Unreachable(_)
            if left.took >= LONGEST_RETRY =>
        {
            None
        }
        Ending::RateLimited { retry_after } => Some(retry_after.unwrap_or(backoff)),
        Ending::Overloaded | Ending::Unreachable(_) | Ending::Lost => Some(backoff),
        Ending::Answered | Ending::Cancelled | Ending::Superseded | Ending::OverBudget => {
            return Next::Accept;
        }
        Ending::TooLong if left.can_split => return Next::Split,
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
        Some(delay) if left.attempts < ATTEMPTS && delay <= LONGEST_RETRY => Next::Again(delay),
        _ => left
            .others
            .first()
            .map_or(Next::Accept, |name| Next::Elsewhere(name.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(ending: &Ending, attempts: u32, others: &[&str]) -> Next {
        let others: Vec<String> = others.iter().map(|name| (*name).to_owned()).collect();
        next(
            ending,
            Left {
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
            Next::Again(Duration::from_secs(5))
        );
        assert_eq!(
            after(&limited(5), ATTEMPTS, &["codex"]),
            Next::Elsewhere("codex".into())
        );
        assert_eq!(
            after(&limited(600), 1, &["codex"]),
            Next::Elsewhere("codex".into())
        );
        assert_eq!(after(&limited(600), 1, &[]), Next::Accept);
    }

    #[test]
    fn a_program_that_has_tried_again_itself_for_long_is_not_asked_again() {
        let took = |seconds| Left {
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
                matches!(next(&ending, took(59)), Next::Again(_)),
                "{ending:?}"
            );
            assert_eq!(next(&ending, took(80)), Next::Accept, "{ending:?}");
        }
    }

    #[test]
    fn each_further_attempt_waits_longer() {
        let waits: Vec<Next> = (1..=ATTEMPTS)
            .map(|attempts| after(&Ending::Overloaded, attempts, &[]))
            .collect();
        assert_eq!(
            waits,
            [
                Next::Again(RETRY_DELAY),
                Next::Again(RETRY_DELAY * 2),
                Next::Accept
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
                Next::Elsewhere("codex".into()),
                "{ending:?}"
            );
            assert_eq!(after(&ending, 1, &[]), Next::Accept, "{ending:?}");
        }
        for ending in [Ending::Cancelled, Ending::Answered, Ending::OverBudget] {
            assert_eq!(after(&ending, 1, &["codex"]), Next::Accept, "{ending:?}");
        }
    }

    #[test]
    fn what_is_too_long_is_split_and_where_it_cannot_be_goes_elsewhere() {
        assert_eq!(after(&Ending::TooLong, 1, &["codex"]), Next::Split);
        let others = ["codex".to_owned()];
        let whole = Left {
            attempts: 1,
            others: &others,
            can_split: false,
            took: Duration::ZERO,
        };
        assert_eq!(
            next(&Ending::TooLong, whole),
            Next::Elsewhere("codex".into())
        );
    }
}
