//! Codex CLI.

use std::path::Path;

use serde_json::Value;

use crate::model::{Ending, Endpoint, Invocation, Outcome, Usage};
use crate::sys::path::real;

use super::failure_patterns::{classify, detail, one_line, tail};
use super::user_files::has_entries;
use super::{
    Adapter, AgentError, Answer, Environment, InvocationRequest, answer_in, check_model,
    check_prompt, first_set, saved,
};

/// The longest prompt it takes, in characters.
const PROMPT_CHARACTERS: usize = 1_048_576;
/// Where the schema lies in the private directory.
const SCHEMA: &str = "schema.json";

/// Variables of the login. `OPENAI_API_KEY` is ignored by the program itself.
const CREDENTIALS: [&str; 2] = ["CODEX_HOME", "CODEX_API_KEY"];

/// Nothing that reads or runs, nothing of the person's or a project's configuration. Some models bring tools of their
/// own that no switch removes: what those could do is refused by the sandbox's mode and by [`SETTINGS`].
///
/// `--disable` fails for a name that a version does not know, and so the shell stays away or the
/// program does not start; `-c features.x=false` only warns, for what merely ought to be off.
const SEALED: [&str; 11] = [
    "exec",
    "--json",
    "--ephemeral",
    "--ignore-user-config",
    "--ignore-rules",
    "--skip-git-repo-check",
    "--color",
    "never",
    "--output-schema",
    "{dir}/schema.json",
    "--disable=hooks",
];

/// Without a tool that could read.
const TOOLLESS: [&str; 8] = [
    "-C",
    "{dir}",
    "--sandbox",
    "read-only",
    "--disable",
    "shell_tool",
    "--disable",
    "unified_exec",
];

/// Settings, each behind a `-c`.
const SETTINGS: [&str; 24] = [
    "project_doc_max_bytes=0",
    "skills.include_instructions=false",
    "web_search=\"disabled\"",
    "history.persistence=\"none\"",
    "analytics.enabled=false",
    "shell_environment_policy.inherit=\"core\"",
    "notify=[]",
    "mcp_servers={}",
    // it can read any picture of the person's
    "features.view_image=false",
    "features.image_generation=false",
    "features.browser_use=false",
    "features.computer_use=false",
    "features.in_app_browser=false",
    "features.tool_suggest=false",
    "features.multi_agent=false",
    // some models bring a newer kind of it that no switch turns off: the only thread is then our own
    "features.multi_agent_v2.max_concurrent_threads_per_session=1",
    "features.sleep_tool=false",
    // it names the private directory before the prompt: no prefix would be shared between reviewers
    "include_environment_context=false",
    "include_permissions_instructions=false",
    "features.goals=false",
    "features.plugins=false",
    "features.apps=false",
    "features.memories=false",
    // else it waits for the network without an end
    "features.unbounded_connection_retries=false",
];

/// The `codex` backend.
pub(super) struct Codex;

impl Adapter for Codex {
    fn name(&self) -> &'static str {
        "codex"
    }

    fn program(&self) -> Option<&'static str> {
        Some("codex")
    }

    fn family(&self) -> &'static str {
        "openai"
    }

    fn prepare(&self, request: &InvocationRequest<'_>) -> Result<Invocation, AgentError> {
        check_prompt(request.prompt)?;
        let length = request.prompt.chars().count();
        if length > PROMPT_CHARACTERS {
            return Err(AgentError::TooLong {
                program: "codex",
                length,
                limit: PROMPT_CHARACTERS,
                unit: "characters",
            });
        }
        let provider = request
            .environment
            .get("OPENAI_BASE_URL")
            .map(|url| own_provider(&url.to_string_lossy()));
        let provider = provider.transpose()?;
        let reading = request
            .snapshot
            .map(|_| reading(request.program))
            .transpose()?;
        let mut args = SEALED.to_vec();
        match &reading {
            Some(reading) => args.extend(["-c", "default_permissions=\"explore\"", "-c", reading]),
            None => args.extend(TOOLLESS),
        }
        args.extend(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        if let Some(provider) = &provider {
            args.extend(["-c", "model_provider=\"configured\"", "-c", provider]);
        }
        if let Some(model) = check_model(request.model)? {
            args.extend(["-m", model]);
        }
        args.push("-");
        Ok(Invocation {
            files: vec![(SCHEMA.into(), request.schema.to_string().into_bytes())],
            cwd: request.snapshot.map(Into::into),
            ..request.invocation(args, request.environment.sealed(&CREDENTIALS, &[]))
        })
    }

    fn read(&self, outcome: &Outcome, stdout: &[u8], stderr: &[u8]) -> Answer {
        let log = Log::read(stdout);
        let text = log.message.as_deref().unwrap_or_default();
        match &outcome.ending {
            Ending::Answered if log.failed.is_none() => {
                let answer = answer_in(text, log.usage.clone());
                let kept = (answer.ending != Ending::Answered)
                    .then(|| detail(text).or_else(|| tail(stderr)))
                    .flatten();
                Answer {
                    detail: kept,
                    ..answer
                }
            }
            Ending::Answered | Ending::Exited(_) => {
                let words = log
                    .failed
                    .clone()
                    .or_else(|| tail(stderr))
                    .unwrap_or_default();
                saved(
                    failure(&words, &outcome.ending),
                    text,
                    log.usage.clone(),
                    detail(&words),
                )
            }
            // it was still trying to reach the provider when its time was over
            Ending::TimedOut(_) if log.trouble.is_some() => {
                let words = log.trouble.clone().unwrap_or_default();
                let ending = match classify(&words) {
                    // it waited for as long as the provider said, and that is longer than this; so would another one
                    Some(Ending::RateLimited { retry_after: None }) => Ending::RateLimited {
                        retry_after: Some(outcome.elapsed),
                    },
                    known => known.unwrap_or_else(|| outcome.ending.clone()),
                };
                saved(ending, text, log.usage.clone(), detail(&words))
            }
            other => saved(
                other.clone(),
                text,
                log.usage.clone(),
                log.failed.clone().or_else(|| tail(stderr)),
            ),
        }
    }

    fn verified(&self) -> Option<&'static str> {
        Some("0.169.0")
    }

    fn sealing(&self) -> &'static str {
        "no shell, no reading of files, read-only sandbox, no further agents, no settings, hooks, servers or skills; \
         $CODEX_HOME/AGENTS.md of the user is still read"
    }

    fn exploring(&self) -> Result<&'static str, &'static str> {
        Ok(
            "a shell without network in its sandbox, which sees the snapshot and the system's programs and writes nothing",
        )
    }

    fn key_in_use(&self, environment: &Environment, _endpoint: &Endpoint) -> Option<String> {
        first_set(environment, &["CODEX_API_KEY"])
    }

    fn knows_login(&self, environment: &Environment) -> Option<bool> {
        let file = environment
            .dir("CODEX_HOME", ".codex")
            .map(|dir| dir.join("auth.json"));
        let known = environment.get("CODEX_API_KEY").is_some()
            || file.is_some_and(|file| has_entries(&file));
        known.then_some(true)
    }

    fn login_probe(&self) -> Option<&'static [&'static str]> {
        Some(&["login", "status"])
    }

    fn login_hint(&self) -> &'static str {
        "codex login"
    }
}

/// What its shell may read: the working directory, the system's programs, and the installation of the program itself,
/// which the sandbox starts inside. Not `--sandbox read-only`, under which every file of the person can be read.
fn reading(program: &Path) -> Result<String, AgentError> {
    let place = real(program);
    let packages = place
        .ancestors()
        .find(|dir| dir.file_name().is_some_and(|name| name == "node_modules"));
    let own = packages.unwrap_or(&place).to_str().unwrap_or_default();
    if own.is_empty() || own.contains(['"', '\\', '{', '}']) || own.chars().any(char::is_control) {
        return Err(AgentError::Refused(
            "the path of codex cannot be written into its settings".into(),
        ));
    }
    Ok(format!(
        "permissions.explore.filesystem={{\":minimal\"=\"read\",\"/etc\"=\"deny\",\
         \":workspace_roots\"={{\".\"=\"read\"}},\"{own}\"=\"read\"}}"
    ))
}

/// A provider at the person's own URL. Unlike the built-in one it can be told not to retry for
/// minutes, and it tries no websocket first. The key is the same.
fn own_provider(url: &str) -> Result<String, AgentError> {
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '@' | '{' | '}');
    if !(url.starts_with("http://") || url.starts_with("https://")) || !url.chars().all(plain) {
        return Err(AgentError::Refused(
            "OPENAI_BASE_URL is not a plain URL without a password".into(),
        ));
    }
    Ok(format!(
        "model_providers.configured={{name=\"OpenAI\",base_url=\"{url}\",wire_api=\"responses\",\
         requires_openai_auth=true,request_max_retries=0,stream_max_retries=0}}"
    ))
}

/// What its event lines say.
#[derive(Debug, Default)]
struct Log {
    /// Its last message.
    message: Option<String>,
    /// Why the turn failed.
    failed: Option<String>,
    /// The last trouble with the provider, if nothing came after it.
    trouble: Option<String>,
    usage: Usage,
}

impl Log {
    fn read(stdout: &[u8]) -> Self {
        let lines = stdout
            .split(|b| *b == b'\n')
            .filter(|line| line.first() == Some(&b'{'));
        let mut log = Self::default();
        for event in lines.filter_map(|line| serde_json::from_slice::<Value>(line).ok()) {
            log.add(&event);
        }
        log
    }

    fn add(&mut self, event: &Value) {
        let words = |value: &Value| value.as_str().map(unwrap_json);
        match event["type"].as_str().unwrap_or_default() {
            "item.completed" => {
                if event["item"]["type"] == "agent_message" {
                    self.message = event["item"]["text"].as_str().map(str::to_owned);
                }
                self.trouble = None;
            }
            "turn.completed" => {
                self.usage = usage(&event["usage"]);
                self.trouble = None;
            }
            "turn.failed" => {
                self.failed =
                    words(&event["error"]["message"]).or(Some("it gave no reason".into()));
            }
            "error" => self.trouble = words(&event["message"]),
            _ => {}
        }
    }
}

/// Some providers' errors are passed on as their whole JSON.
fn unwrap_json(words: &str) -> String {
    let inner = serde_json::from_str::<Value>(words).ok();
    let message = inner
        .as_ref()
        .and_then(|value| value["error"]["message"].as_str());
    message.unwrap_or(words).to_owned()
}

fn failure(words: &str, ending: &Ending) -> Ending {
    let lower = words.to_lowercase();
    if lower.contains("incomplete response") {
        let cut = lower.contains("max_output_tokens");
        return if cut {
            Ending::Unreadable("the answer was cut at the model's output limit".into())
        } else {
            Ending::Refused(one_line(words))
        };
    }
    match (classify(words), ending) {
        (Some(known), _) => known,
        (None, Ending::Exited(code)) if words.is_empty() => Ending::Exited(*code),
        (None, Ending::Exited(code)) if lower.contains("error: unexpected argument") => {
            Ending::Exited(*code)
        }
        (None, Ending::Exited(code)) if !lower.contains("model") => Ending::Exited(*code),
        (None, _) => Ending::Refused(one_line(words)),
    }
}

fn usage(value: &Value) -> Usage {
    Usage {
        model: None,
        tokens_in: value["input_tokens"].as_u64(),
        tokens_cached: value["cached_input_tokens"].as_u64(),
        tokens_out: value["output_tokens"].as_u64(),
        cost: None,
    }
}
