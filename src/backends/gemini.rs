//! Gemini CLI.
//!
//! Its settings merge: lists of tools and hooks add up over all levels, and a policy file of the
//! user's can allow a shell in any mode. So it gets a home of its own with settings of ours, which
//! a login with Google would lie outside of: a key or Vertex is needed. In that empty home and
//! directory `@path` finds nothing, `GEMINI.md` does not exist, and sessions and error reports,
//! which hold the prompt, go away with it.
//!
//! After a rate limit or an overload it would ask a second model ten times, which takes more than four
//! minutes, whatever number of attempts the settings say: see [`CHAINS`].

use serde_json::{Map, Value, json};

use crate::model::{Ending, Endpoint, Invocation, Outcome, Usage};

use super::event_stream::{Said, events, missed_prompt, provider_failure, unwrapped};
use super::failure_patterns::{classify, one_line};
use super::{
    Adapter, AgentError, Answer, Environment, InvocationRequest, check_model, check_prompt,
};

/// It cuts standard input there.
const PROMPT_BYTES: usize = 8 << 20;

const CREDENTIALS: [&str; 7] = [
    "GEMINI_API_KEY",
    "GOOGLE_GEMINI_BASE_URL",
    "GOOGLE_GENAI_USE_VERTEXAI",
    "GOOGLE_API_KEY",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_CLOUD_PROJECT",
    "GOOGLE_CLOUD_LOCATION",
];

const SEALED: [&str; 9] = [
    "-o",
    "stream-json",
    "--skip-trust",
    "--approval-mode",
    "plan",
    "-e",
    "none",
    "--allowed-mcp-server-names",
    "__none__",
];

/// Its lists of models to fall back on, by name. Each entry sets its own number of attempts; a model that
/// its list does not name has none to fall back on, and the number of the settings.
const CHAINS: [&str; 6] = [
    "auto",
    "auto-default",
    "auto-preview",
    "default",
    "preview",
    "lite",
];

/// The `gemini` backend.
pub(super) struct Gemini;

impl Adapter for Gemini {
    fn name(&self) -> &'static str {
        "gemini"
    }

    fn program(&self) -> Option<&'static str> {
        Some("gemini")
    }

    fn family(&self) -> &'static str {
        "google"
    }

    fn prepare(&self, request: &InvocationRequest<'_>) -> Result<Invocation, AgentError> {
        check_prompt(request.prompt)?;
        if let Some(why) = self.lacks(request.environment, request.endpoint) {
            return Err(AgentError::Refused(why));
        }
        let length = request.prompt.len();
        if length >= PROMPT_BYTES {
            return Err(AgentError::TooLong {
                program: "gemini",
                length,
                limit: PROMPT_BYTES,
                unit: "bytes",
            });
        }
        let mut args = SEALED.to_vec();
        if let Some(model) = check_model(request.model)? {
            args.extend(["-m", model]);
        }
        let extra = [
            ("GEMINI_CLI_HOME", "{dir}"),
            ("TMPDIR", "{dir}"),
            // else a child of its own ignores TERM
            ("GEMINI_CLI_NO_RELAUNCH", "true"),
        ];
        Ok(Invocation {
            files: vec![(
                ".gemini/settings.json".into(),
                settings(request.environment).to_string().into_bytes(),
            )],
            ..request.invocation(args, request.environment.sealed(&CREDENTIALS, &extra))
        })
    }

    fn read(&self, outcome: &Outcome, stdout: &[u8], stderr: &[u8]) -> Answer {
        let mut said = said(stdout);
        if let (Ending::Exited(code), Some((ending, words))) = (&outcome.ending, &mut said.failure)
        {
            *ending = failure(*code, words, stderr);
        } else if let (Ending::Exited(code), None) = (&outcome.ending, &said.failure) {
            said.failure = by_exit_code(*code).map(|ending| (ending, String::new()));
        }
        said.failure = missed_prompt(stderr).or(said
            .failure
            .take()
            .map(|(ending, words)| (ending, unwrapped(&words))));
        said.conclude(outcome, stdout, stderr)
    }

    fn verified(&self) -> Option<&'static str> {
        Some("0.61.0")
    }

    fn sealing(&self) -> &'static str {
        "no tools, a private home without settings, policies, hooks, servers, skills, memory or sessions; \
         so only with GEMINI_API_KEY or Vertex"
    }

    fn lacks(&self, environment: &Environment, _endpoint: &Endpoint) -> Option<String> {
        let has = |name| environment.get(name).is_some();
        (!has("GEMINI_API_KEY") && !has("GOOGLE_GENAI_USE_VERTEXAI")).then(|| {
            "set GEMINI_API_KEY: a login with Google lies among settings and policies that it would obey".to_owned()
        })
    }

    fn exploring(&self) -> Result<&'static str, &'static str> {
        Err("it would put each file that an `@path` of the change names into the prompt")
    }

    fn key_in_use(&self, environment: &Environment, _endpoint: &Endpoint) -> Option<String> {
        super::first_set(environment, &["GEMINI_API_KEY"])
    }

    fn login_probe(&self) -> Option<&'static [&'static str]> {
        None
    }

    fn login_hint(&self) -> &'static str {
        "set GEMINI_API_KEY"
    }
}

/// Its own tools by an allow list that names none of them, everything else off.
fn settings(environment: &Environment) -> Value {
    let login = if environment.get("GOOGLE_GENAI_USE_VERTEXAI").is_some() {
        "vertex-ai"
    } else {
        "gemini-api-key"
    };
    let all = |what: &str| json!({"terminal": what, "transient": what, "not_found": what, "unknown": what});
    let nobody =
        json!([{"model": "none", "actions": all("silent"), "stateTransitions": all("terminal")}]);
    let chains: Map<String, Value> = CHAINS
        .iter()
        .map(|name| ((*name).to_owned(), nobody.clone()))
        .collect();
    json!({
        "experimental": {"dynamicModelConfiguration": true},
        "modelConfigs": {"modelChains": chains},
        "security": {"auth": {"selectedType": login}},
        "tools": {"core": ["__none__"]},
        "hooksConfig": {"enabled": false},
        "skills": {"enabled": false},
        "mcp": {"allowed": ["__none__"]},
        "privacy": {"usageStatisticsEnabled": false},
        "telemetry": {"enabled": false},
        // more attempts would take minutes; longer waits are ours to plan
        "general": {"enableAutoUpdate": false, "enableAutoUpdateNotification": false, "maxAttempts": 2},
        "model": {"maxSessionTurns": 4},
    })
}

fn said(stdout: &[u8]) -> Said {
    let mut said = Said::default();
    for event in events(stdout) {
        match event["type"].as_str().unwrap_or_default() {
            "message" if event["role"] == "assistant" => {
                said.text
                    .push_str(event["content"].as_str().unwrap_or_default());
            }
            "error" => said.trouble = event["message"].as_str().map(str::to_owned),
            "result" => {
                said.usage = usage(&event["stats"]);
                if event["status"] == "error" {
                    let words = event["error"]["message"].as_str().map(str::to_owned);
                    let words = words.or_else(|| said.trouble.clone()).unwrap_or_default();
                    let ending = failure(0, &words, &[]);
                    said.failure = Some((ending, words));
                }
            }
            _ => {}
        }
    }
    said
}

/// The exit code is the HTTP status modulo 256, where there was one.
fn failure(code: i32, words: &str, stderr: &[u8]) -> Ending {
    let status = match code {
        144 => Some(400),
        145 => Some(401),
        147 => Some(403),
        173 => Some(429),
        244..=255 => Some(500),
        17 => Some(529),
        _ => None,
    };
    if words.contains("API_KEY_INVALID") || words.contains("API key not valid") {
        return Ending::NotLoggedIn;
    }
    if words.contains("empty response") {
        return Ending::Empty;
    }
    match status {
        Some(status) => match provider_failure(status, words) {
            Ending::RateLimited { retry_after: None } => Ending::RateLimited {
                retry_after: delay(stderr),
            },
            other => other,
        },
        None => classify(words)
            .or_else(|| by_exit_code(code))
            .unwrap_or_else(|| Ending::Refused(one_line(words))),
    }
}

fn by_exit_code(code: i32) -> Option<Ending> {
    match code {
        41 => Some(Ending::NotLoggedIn),
        53 => Some(Ending::Unreadable("no answer within its turns".into())),
        _ => None,
    }
}

/// `retryDelayMs: 7000` in the error that it prints.
fn delay(stderr: &[u8]) -> Option<std::time::Duration> {
    let text = String::from_utf8_lossy(stderr);
    let (_, rest) = text.rsplit_once("retryDelayMs: ")?;
    let digits: String = rest
        .chars()
        .take_while(char::is_ascii_digit)
        .take(9)
        .collect();
    digits
        .parse()
        .ok()
        .filter(|ms| *ms > 0)
        .map(std::time::Duration::from_millis)
}

fn usage(stats: &Value) -> Usage {
    let model = stats["models"]
        .as_object()
        .and_then(|models| models.keys().next());
    Usage {
        model: model.map(|name| name.chars().take(128).collect()),
        tokens_in: stats["input_tokens"].as_u64(),
        tokens_cached: stats["cached"].as_u64(),
        tokens_out: stats["output_tokens"].as_u64(),
        cost: None,
    }
}
