//! What a person can do about an ending: words with commands in them.

use crate::backends;
use crate::model::Ending;

/// Advice about this ending at this backend; none where there is nothing to mend.
pub(crate) fn advice(ending: &Ending, backend: &str) -> Option<String> {
    let set = |key: &str, value: &str| format!("`git config --global agents.{key} {value}`");
    let elsewhere =
        "`git agents agents` lists other backends, `git agents run --backend NAME` takes one";
    Some(match ending {
        Ending::Answered | Ending::Cancelled | Ending::Superseded => return None,
        Ending::NotLoggedIn => match backends::adapter(backend) {
            Some(adapter) => format!("log in or renew the key: {}", hint(adapter.login_hint())),
            None => "log in or renew the key".to_owned(),
        },
        Ending::RateLimited {
            retry_after: Some(after),
        } => format!("again in {}", time(after.as_secs())),
        Ending::RateLimited { retry_after: None } | Ending::Overloaded => {
            "again in some minutes".to_owned()
        }
        Ending::NoQuota(_) => {
            format!("the plan or credit is used up: top it up at the provider, or {elsewhere}")
        }
        Ending::OverBudget => "raise the budget, or wait: what was answered is kept".to_owned(),
        Ending::TooLong => format!("shorter prompts: {}", set("promptBytes", "100k")),
        Ending::TooMuchOutput => format!("more output: {}", set("outputBytes", "64m")),
        Ending::TimedOut(crate::model::Deadline::Hard) => {
            format!("more time: {}", set("timeout", "20m"))
        }
        Ending::TimedOut(crate::model::Deadline::Idle) => {
            format!(
                "the provider fell silent: again, or more patience: {}",
                set("idleTimeout", "15m")
            )
        }
        Ending::Unreachable(_) => {
            format!("see whether {backend} can be reached: network, proxy, URL")
        }
        Ending::Unreadable(_) | Ending::Empty => {
            format!(
                "another model may keep to the format: {}",
                set(&format!("{backend}.model"), "NAME")
            )
        }
        Ending::Refused(_) => elsewhere.to_owned(),
        Ending::NotStarted(_) => "`git agents doctor` tells what is missing".to_owned(),
        Ending::Exited(_) | Ending::Signalled(_) | Ending::Lost => {
            "`git agents logs` tells what it said last, `git agents doctor` what it needs"
                .to_owned()
        }
    })
}

/// A command in backticks; a sentence as it stands.
fn hint(hint: &str) -> String {
    let is_sentence = hint.contains(['`', ';'])
        || ["set ", "run ", "use "]
            .iter()
            .any(|verb| hint.starts_with(verb));
    if is_sentence {
        hint.to_owned()
    } else {
        format!("`{hint}`")
    }
}

fn time(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_not_logged_in_is_told_how() {
        let of = |backend| advice(&Ending::NotLoggedIn, backend).unwrap_or_default();
        assert_eq!(of("claude"), "log in or renew the key: `claude auth login`");
        assert_eq!(
            of("anthropic"),
            "log in or renew the key: set ANTHROPIC_API_KEY"
        );
        assert_eq!(of("command"), of("command").trim());
    }

    #[test]
    fn nothing_is_advised_where_nothing_is_to_be_mended() {
        assert_eq!(advice(&Ending::Answered, "claude"), None);
        assert_eq!(advice(&Ending::Cancelled, "claude"), None);
    }
}
