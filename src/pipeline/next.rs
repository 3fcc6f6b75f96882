//! What follows an attempt: another one, another backend, or its end as it is.

use std::time::Duration;

use crate::model::Ending;

/// Attempts at one backend for one job.
const ATTEMPTS: u32 = 2;
/// Longest wait that a retry is worth while the run goes on.
const LONGEST_RETRY: Duration = Duration::from_secs(60);
/// Wait before a retry where the provider names none.
const RETRY_DELAY: Duration = Duration::from_secs(2);

/// What to do after an attempt.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Accept,
    Again(Duration),
    Elsewhere(String),
}

/// Decides after an attempt: pure. `others` are backends not tried yet; empty
/// where the person named the backend.
pub(super) fn next(ending: &Ending, attempts: u32, others: &[String]) -> Next {
    let delay = match ending {
        Ending::RateLimited { retry_after } => Some(retry_after.unwrap_or(RETRY_DELAY)),
        Ending::Overloaded | Ending::Unreachable(_) | Ending::Lost => Some(RETRY_DELAY),
        Ending::Answered | Ending::Cancelled | Ending::Superseded | Ending::OverBudget | Ending::Refused(_) => {
            return Next::Accept;
        }
        Ending::Exited(_)
        | Ending::Signalled(_)
        | Ending::TimedOut(_)
        | Ending::TooMuchOutput
        | Ending::NotStarted(_)
        | Ending::NotLoggedIn
        | Ending::TooLong
        | Ending::Unreadable(_)
        | Ending::Empty => None,
    };
    match delay {
        Some(delay) if attempts < ATTEMPTS && delay <= LONGEST_RETRY => Next::Again(delay),
        _ => others.first().map_or(Next::Accept, |name| Next::Elsewhere(name.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_limit_is_tried_again_when_the_wait_is_short() {
        let limited = |seconds| Ending::RateLimited { retry_after: Some(Duration::from_secs(seconds)) };
        let others = vec!["codex".to_owned()];
        assert_eq!(next(&limited(5), 1, &others), Next::Again(Duration::from_secs(5)));
        assert_eq!(next(&limited(5), ATTEMPTS, &others), Next::Elsewhere("codex".into()));
        assert_eq!(next(&limited(600), 1, &others), Next::Elsewhere("codex".into()));
        assert_eq!(next(&limited(600), 1, &[]), Next::Accept);
    }

    #[test]
    fn what_another_attempt_cannot_help_goes_elsewhere_or_ends() {
        let others = vec!["codex".to_owned()];
        assert_eq!(next(&Ending::NotLoggedIn, 1, &others), Next::Elsewhere("codex".into()));
        assert_eq!(next(&Ending::Unreadable("x".into()), 1, &[]), Next::Accept);
        assert_eq!(next(&Ending::Cancelled, 1, &others), Next::Accept);
        assert_eq!(next(&Ending::Answered, 1, &others), Next::Accept);
    }
}
