//! What a person can do about an ending: words with commands in them.

use crate::backends;
use crate::backends::environment::Environment;
use crate::model::{Ending, Endpoint, Settings};

/// Advice about this ending at this backend; none where there is nothing to mend.
pub(crate) fn advice(ending: &Ending, backend: &str, settings: &Settings) -> Option<String> {
    let set = |key: &str, value: &str| format!("`git config --global agents.{key} {value}`");
    let elsewhere =
        "`git agents agents` lists other backends, `git agents run --backend NAME` takes one";
    Some(match ending {
        Ending::Answered | Ending::Cancelled | Ending::Superseded => return None,
        Ending::NotLoggedIn => not_logged_in(
            backend,
            &settings.endpoint_of(backend),
            &Environment::current(),
        ),
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

/// Which key was not accepted or not sent, and what to type.
fn not_logged_in(backend: &str, endpoint: &Endpoint, environment: &Environment) -> String {
    let Some(adapter) = backends::adapter(backend) else {
        return "log in or renew the key".to_owned();
    };
    let log_in = hint(adapter.login_hint());
    match adapter.key_in_use(environment, endpoint) {
        Some(variable) if adapter.is_http() => {
            format!("{backend} did not accept the key in {variable}: set {variable} to a valid key")
        }
        // the program prefers the variable to its own login, so that logging in would not help
        Some(variable) => format!(
            "{backend} did not accept the key in {variable}: correct it, or unset {variable} and \
             log in: {log_in}"
        ),
        None if endpoint.url.is_some() && endpoint.key_variable.is_none() => format!(
            "the server of agents.{backend}.url asks for a key, and none was sent: \
             `git config --global agents.{backend}.keyVariable NAME` names the variable that holds it"
        ),
        None => format!("log in or renew the key: {log_in}"),
    }
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
        let of = |backend| not_logged_in(backend, &Endpoint::default(), &Environment::default());
        assert_eq!(of("claude"), "log in or renew the key: `claude auth login`");
        assert_eq!(
            of("anthropic"),
            "log in or renew the key: set ANTHROPIC_API_KEY"
        );
        assert_eq!(of("command"), of("command").trim());
    }

    #[test]
    fn nothing_is_advised_where_nothing_is_to_be_mended() {
        assert_eq!(
            advice(&Ending::Answered, "claude", &Settings::default()),
            None
        );
        assert_eq!(
            advice(&Ending::Cancelled, "claude", &Settings::default()),
            None
        );
    }
}
