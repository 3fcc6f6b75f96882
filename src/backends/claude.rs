//! Claude Code.

use serde_json::Value;

use crate::model::{Ending, Endpoint, Invocation, Outcome, Usage};

use super::failure_patterns::{classify, detail, one_line, tail};
use super::user_files::has_entries;
use super::{
    Adapter, AgentError, Answer, Environment, InvocationRequest, answer_in, check_model,
    check_prompt, first_set, saved,
};

/// The longest standard input it takes; it says "10MB".
const PROMPT_BYTES: usize = 10_000_000;

/// Variables of the login and of the way to the provider.
const CREDENTIALS: [&str; 6] = [
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_BASE_URL",
    "ANTHROPIC_CUSTOM_HEADERS",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CONFIG_DIR",
];

/// Variables that hold a key, the one that counts first.
const KEYS: [&str; 3] = [
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_API_KEY",
    "CLAUDE_CODE_OAUTH_TOKEN",
];

/// Switches to another provider, each with what that provider needs; passed on only when set.
const PROVIDERS: [(&str, &[&str]); 2] = [
    (
        "CLAUDE_CODE_USE_BEDROCK",
        &[
            "CLAUDE_CODE_USE_BEDROCK",
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_BEARER_TOKEN_BEDROCK",
            "AWS_PROFILE",
            "AWS_REGION",
            "ANTHROPIC_MODEL",
            "ANTHROPIC_BEDROCK_BASE_URL",
        ],
    ),
    (
        "CLAUDE_CODE_USE_VERTEX",
        &[
            "CLAUDE_CODE_USE_VERTEX",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "GOOGLE_CLOUD_PROJECT",
            "CLOUD_ML_REGION",
            "ANTHROPIC_MODEL",
            "ANTHROPIC_VERTEX_BASE_URL",
            "ANTHROPIC_VERTEX_PROJECT_ID",
        ],
    ),
];

/// Without the tools' names: each way to settings, hooks, servers, skills, memory and sessions closed,
/// most of them twice; what is not allowed is denied.
const SEALED: [&str; 14] = [
    "-p",
    "--output-format",
    "json",
    "--permission-mode",
    "dontAsk",
    "--permission-prompts",
    "none",
    "--restricted",
    "--safe-mode",
    "--setting-sources=",
    "--strict-mcp-config",
    "--disable-slash-commands",
    "--no-session-persistence",
    "--no-chrome",
];

/// No tool at all. The answer itself is a tool call, and a wrong one is asked for again.
const TOOLLESS: [&str; 4] = ["--tools", "", "--max-turns", "6"];

/// Read-only ones; `--restricted` keeps them in the working directory.
const READING: &str = "Read,Grep,Glob";

/// Turns of an agent with tools.
const TURNS: [&str; 2] = ["--max-turns", "40"];

/// Tools that a person may allow beyond these.
const GRANTED: [&str; 9] = [
    "Read",
    "Grep",
    "Glob",
    "Bash",
    "Write",
    "Edit",
    "NotebookEdit",
    "WebFetch",
    "WebSearch",
];

/// The `claude` backend.
pub(super) struct Claude;

impl Adapter for Claude {
    fn name(&self) -> &'static str {
        "claude"
    }

    fn program(&self) -> Option<&'static str> {
        Some("claude")
    }

    fn family(&self) -> &'static str {
        "anthropic"
    }

    fn prepare(&self, request: &InvocationRequest<'_>) -> Result<Invocation, AgentError> {
        check_prompt(request.prompt)?;
        if request.prompt.len() > PROMPT_BYTES {
            let length = request.prompt.len();
            return Err(AgentError::TooLong {
                program: "claude",
                length,
                limit: PROMPT_BYTES,
                unit: "bytes",
            });
        }
        let schema = request.schema.to_string();
        let mut args = SEALED.to_vec();
        let tools = tools(request.tools)?;
        match request.snapshot {
            None => args.extend(TOOLLESS),
            Some(_) => args.extend(TURNS.into_iter().chain(["--tools", &tools])),
        }
        if request.snapshot.is_some() && !request.tools.is_empty() {
            // what is not allowed here is denied, since nobody is asked
            args.push("--allowedTools");
            args.extend(request.tools.iter().map(String::as_str));
        }
        args.extend(["--json-schema", &schema]);
        if let Some(model) = check_model(request.model)? {
            args.extend(["--model", model]);
        }
        let mut credentials = CREDENTIALS.to_vec();
        let chosen = PROVIDERS
            .iter()
            .filter(|(switch, _)| request.environment.get(switch).is_some());
        credentials.extend(chosen.flat_map(|(_, variables)| variables.iter()));
        let timeout = request
            .limits
            .hard
            .as_millis()
            .min(u128::from(u32::MAX / 2))
            .to_string();
        let extra = [
            ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
            // without it, `@/home/me/.ssh/id` in a diff would send that file
            ("CLAUDE_CODE_DISABLE_FILE_MENTIONS", "1"),
            // each waits as long as the provider says; longer waits are ours to plan
            ("CLAUDE_CODE_MAX_RETRIES", "1"),
            ("API_TIMEOUT_MS", timeout.as_str()),
        ];
        Ok(Invocation {
            cwd: request.snapshot.map(Into::into),
            ..request.invocation(args, request.environment.sealed(&credentials, &extra))
        })
    }

    fn read(&self, outcome: &Outcome, stdout: &[u8], stderr: &[u8]) -> Answer {
        match (&outcome.ending, find_result(stdout)) {
            (Ending::Answered | Ending::Exited(_), Some(result)) => {
                read_result(&outcome.ending, &result, stderr)
            }
            (Ending::Answered | Ending::Exited(_), None) => {
                read_without_result(&outcome.ending, stdout, stderr)
            }
            (other, Some(result)) => saved(
                other.clone(),
                &final_text(&result),
                usage(&result),
                tail(stderr),
            ),
            (other, None) => Answer {
                ending: other.clone(),
                reply: None,
                usage: Usage::default(),
                detail: tail(stderr),
            },
        }
    }

    fn verified(&self) -> Option<&'static str> {
        Some("2.1.329")
    }

    fn sealing(&self) -> &'static str {
        "no tools, no settings, hooks, servers, skills or memory, no session on disk; managed settings still apply"
    }

    fn exploring(&self) -> Result<&'static str, &'static str> {
        Ok("tools Read, Grep and Glob only, which it keeps inside the snapshot")
    }

    fn granting(&self, asked: &[String]) -> Result<(), String> {
        tools(asked).map(drop).map_err(|error| error.to_string())
    }

    fn key_in_use(&self, environment: &Environment, _endpoint: &Endpoint) -> Option<String> {
        first_set(environment, &KEYS)
    }

    fn base_url(&self, environment: &Environment, _endpoint: &Endpoint) -> Option<String> {
        let url = environment.get("ANTHROPIC_BASE_URL")?;
        Some(url.to_string_lossy().into_owned())
    }

    /// Without its file a login may lie in the system's own store.
    fn knows_login(&self, environment: &Environment) -> Option<bool> {
        let mut all = KEYS
            .iter()
            .chain(PROVIDERS.iter().map(|(switch, _)| switch));
        let file = environment
            .dir("CLAUDE_CONFIG_DIR", ".claude")
            .map(|dir| dir.join(".credentials.json"));
        let known = all.any(|name| environment.get(name).is_some())
            || file.is_some_and(|file| has_entries(&file));
        known.then_some(true)
    }

    fn login_probe(&self) -> Option<&'static [&'static str]> {
        Some(&["auth", "status"])
    }

    fn login_hint(&self) -> &'static str {
        "claude auth login"
    }
}

/// Names of the reading tools and of these, each known and with at most one rule in parentheses.
fn tools(granted: &[String]) -> Result<String, AgentError> {
    let mut names: Vec<&str> = READING.split(',').collect();
    for tool in granted {
        let (name, rule) = tool
            .split_once('(')
            .map_or((tool.as_str(), None), |(name, rule)| (name, Some(rule)));
        let plain = |rule: &str| {
            rule.strip_suffix(')')
                .is_some_and(|rule| !rule.contains(['(', ')', ',', '\n']))
        };
        if !GRANTED.contains(&name) || !rule.is_none_or(plain) {
            return Err(AgentError::Refused(format!(
                "claude cannot be given the tool `{tool}`"
            )));
        }
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names.join(","))
}

/// The last line that is a result; other lines are warnings or, in future versions, anything.
fn find_result(stdout: &[u8]) -> Option<Value> {
    let parsed = stdout
        .split(|b| *b == b'\n')
        .rev()
        .filter(|line| line.first() == Some(&b'{'));
    let mut values = parsed.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    values.find(|value| value["type"] == "result")
}

fn read_result(ending: &Ending, result: &Value, stderr: &[u8]) -> Answer {
    let (usage, text) = (usage(result), final_text(result));
    let words = result["result"]
        .as_str()
        .map_or_else(|| error_words(result), str::to_owned);
    if result["is_error"] == Value::Bool(true) {
        let ending = failure(result, &words, ending);
        return Answer {
            detail: detail(&words).or_else(|| tail(stderr)),
            ..saved(ending, &text, usage, None)
        };
    }
    match ending {
        Ending::Answered => {
            let answer = answer_in(&text, usage);
            let detail = if answer.ending == Ending::Answered {
                None
            } else {
                detail(&words).or_else(|| tail(stderr))
            };
            Answer { detail, ..answer }
        }
        other => saved(
            other.clone(),
            &text,
            usage,
            tail(stderr).or_else(|| detail(&words)),
        ),
    }
}

/// The schema's object where there is one, else the words.
fn final_text(result: &Value) -> String {
    match &result["structured_output"] {
        Value::Object(object) => serde_json::to_string(object).unwrap_or_default(),
        _ => result["result"].as_str().unwrap_or_default().to_owned(),
    }
}

fn error_words(result: &Value) -> String {
    let errors = result["errors"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    errors
        .iter()
        .filter_map(Value::as_str)
        .collect::<Vec<_>>()
        .join("; ")
}

/// The status decides where there is one; `subtype` says `success` even here.
fn failure(result: &Value, words: &str, ending: &Ending) -> Ending {
    let field = |name: &str| result[name].as_str().unwrap_or_default();
    match field("subtype") {
        "error_max_budget_usd" => return Ending::OverBudget,
        "error_max_turns" => {
            return Ending::Unreadable(one_line(&format!("no valid answer: {words}")));
        }
        _ => {}
    }
    if field("terminal_reason") == "prompt_too_long" {
        return Ending::TooLong;
    }
    if field("stop_reason") == "refusal" {
        return Ending::Refused(one_line(words));
    }
    if field("api_error") == "max_output_tokens" {
        return Ending::Unreadable("the answer was cut at the model's output limit".into());
    }
    let known = classify(words);
    match (result["api_error_status"].as_u64(), known) {
        (Some(401 | 403), _) => Ending::NotLoggedIn,
        (Some(429), known @ Some(Ending::RateLimited { .. } | Ending::NoQuota(_))) => {
            known.unwrap_or(Ending::Overloaded)
        }
        (Some(429), _) => Ending::RateLimited { retry_after: None },
        (Some(413), _) => Ending::TooLong,
        (Some(500..=599), _) => Ending::Overloaded,
        (_, Some(known)) => known,
        (Some(_), None) => Ending::Refused(one_line(words)),
        (None, None) if field("api_error") == "connection_failed" => {
            Ending::Unreachable(one_line(words))
        }
        (None, None) => match ending {
            Ending::Exited(code) => Ending::Exited(*code),
            _ => Ending::Refused(one_line(words)),
        },
    }
}

fn read_without_result(ending: &Ending, stdout: &[u8], stderr: &[u8]) -> Answer {
    let detail = tail(stderr).or_else(|| tail(stdout));
    let words = detail.clone().unwrap_or_default();
    let ending = match ending {
        Ending::Answered if detail.is_none() => Ending::Empty,
        Ending::Answered => Ending::Unreadable("no result in its output".into()),
        other => classify(&words).unwrap_or_else(|| other.clone()),
    };
    Answer {
        ending,
        reply: None,
        usage: Usage::default(),
        detail,
    }
}

fn usage(result: &Value) -> Usage {
    let tokens = |name: &str| result["usage"][name].as_u64();
    let sum = [
        "input_tokens",
        "cache_creation_input_tokens",
        "cache_read_input_tokens",
    ]
    .map(tokens);
    let costliest = |models: &serde_json::Map<String, Value>| {
        let cost = |value: &Value| value["costUSD"].as_f64().unwrap_or(0.0);
        models
            .iter()
            .max_by(|a, b| cost(a.1).total_cmp(&cost(b.1)))
            .map(|(name, _)| name.chars().take(128).collect())
    };
    Usage {
        model: result["modelUsage"].as_object().and_then(costliest),
        tokens_in: sum
            .iter()
            .any(Option::is_some)
            .then(|| sum.iter().flatten().fold(0u64, |a, b| a.saturating_add(*b))),
        tokens_cached: tokens("cache_read_input_tokens"),
        tokens_out: tokens("output_tokens"),
        cost: result["total_cost_usd"].as_f64(),
    }
}
