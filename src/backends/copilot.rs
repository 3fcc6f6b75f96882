//! GitHub Copilot CLI.
//!
//! The user's hooks and MCP servers would run, so it gets a home of its own; the login must come
//! from a variable. `@path` and `!cmd` are not expanded by it. Its output names no tokens; the spans
//! of its tracing do, and it can be told to write those to its standard error, without the prompt and
//! to nobody else.

use serde_json::Value;

use crate::model::{Ending, Endpoint, Invocation, Outcome};

use super::event_stream::{Said, add, events, model_name, provider_failure};
use super::failure_patterns::{classify, one_line};
use super::{
    Adapter, AgentError, Answer, Environment, InvocationRequest, check_model, check_prompt,
};

/// A prompt of 9 MB failed, one of 1.2 MB did not.
const PROMPT_BYTES: usize = 4 << 20;

const CREDENTIALS: [&str; 11] = [
    "COPILOT_GITHUB_TOKEN",
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "GH_HOST",
    "COPILOT_PROVIDER_BASE_URL",
    "COPILOT_PROVIDER_API_KEY",
    "COPILOT_PROVIDER_BEARER_TOKEN",
    "COPILOT_PROVIDER_TYPE",
    "COPILOT_PROVIDER_WIRE_API",
    "COPILOT_MODEL",
    "COPILOT_OFFLINE",
];

/// Without the allow list of tools.
const SEALED: [&str; 13] = [
    "-s",
    "--output-format",
    "json",
    "--no-color",
    "--no-auto-update",
    "--deny-tool=shell",
    "--deny-tool=write",
    "--deny-url=*",
    "--disallow-temp-dir",
    "--no-ask-user",
    "--disable-builtin-mcps",
    "--no-custom-instructions",
    "--no-remote",
];

/// An allow list with a name that no tool has.
const TOOLLESS: &str = "--available-tools=none";

/// A home of its own, and where spans go. That must be no path which it could make a file of.
const OWN: [(&str, &str); 3] = [
    ("COPILOT_HOME", "{dir}"),
    ("COPILOT_OTEL_FILE_EXPORTER_PATH", "/dev/stderr"),
    (
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT",
        "false",
    ),
];

/// Its tools that only read; paths outside the working directory are denied where nobody can be asked.
const EXPLORING: &str = "--available-tools=view,grep,rg,glob";

/// The `copilot` backend.
pub(super) struct Copilot;

impl Adapter for Copilot {
    fn name(&self) -> &'static str {
        "copilot"
    }

    fn program(&self) -> Option<&'static str> {
        Some("copilot")
    }

    fn family(&self) -> &'static str {
        "github"
    }

    fn prepare(&self, request: &InvocationRequest<'_>) -> Result<Invocation, AgentError> {
        check_prompt(request.prompt)?;
        let length = request.prompt.len();
        if length > PROMPT_BYTES {
            return Err(AgentError::TooLong {
                program: "copilot",
                length,
                limit: PROMPT_BYTES,
                unit: "bytes",
            });
        }
        let mut args = SEALED.to_vec();
        args.extend([
            "--no-experimental",
            if request.snapshot.is_some() {
                EXPLORING
            } else {
                TOOLLESS
            },
        ]);
        if let Some(model) = check_model(request.model)? {
            args.extend(["--model", model]);
        }
        Ok(Invocation {
            cwd: request.snapshot.map(Into::into),
            ..request.invocation(args, request.environment.sealed(&CREDENTIALS, &OWN))
        })
    }

    fn read(&self, outcome: &Outcome, stdout: &[u8], stderr: &[u8]) -> Answer {
        let mut said = Said::default();
        for event in events(stdout) {
            hear(&mut said, &event);
        }
        events(stderr).for_each(|span| count(&mut said, &span));
        let words = without_events(stderr);
        if said.failure.is_none()
            && String::from_utf8_lossy(&words).contains("No authentication information found")
        {
            said.failure = Some((Ending::NotLoggedIn, String::new()));
        }
        said.conclude(outcome, stdout, &words)
    }

    fn verified(&self) -> Option<&'static str> {
        Some("1.0.102")
    }

    fn sealing(&self) -> &'static str {
        "no tools, a private home without hooks, servers, instructions or sessions; it unpacks itself below the \
         cache directory; login by a variable only"
    }

    fn exploring(&self) -> Result<&'static str, &'static str> {
        Ok("tools view, grep, rg and glob only, which it keeps inside the snapshot")
    }

    /// A login in the keychain cannot be seen from here, and one in the user's home is left there.
    fn lacks(&self, environment: &Environment, _endpoint: &Endpoint) -> Option<String> {
        let any = [
            "COPILOT_GITHUB_TOKEN",
            "GH_TOKEN",
            "GITHUB_TOKEN",
            "COPILOT_PROVIDER_BASE_URL",
        ];
        let set = any.iter().any(|name| environment.get(name).is_some());
        (!set).then(|| "none of COPILOT_GITHUB_TOKEN, GH_TOKEN and GITHUB_TOKEN is set".to_owned())
    }

    fn login_probe(&self) -> Option<&'static [&'static str]> {
        None
    }

    fn login_hint(&self) -> &'static str {
        "set COPILOT_GITHUB_TOKEN, or the key of your own provider"
    }
}

/// A span of its tracing tells what one request to the model cost; cached tokens are in those that were read.
fn count(said: &mut Said, span: &Value) {
    let (is_span, about) = (span["type"] == "span", &span["attributes"]);
    if is_span && about["gen_ai.operation.name"] == "chat" {
        let tokens = |name: &str| about[format!("gen_ai.usage.{name}").as_str()].as_u64();
        add(&mut said.usage.tokens_in, tokens("input_tokens"));
        add(
            &mut said.usage.tokens_cached,
            tokens("cache_read.input_tokens"),
        );
        add(&mut said.usage.tokens_out, tokens("output_tokens"));
    }
}

/// What it says to people on its standard error.
fn without_events(stderr: &[u8]) -> Vec<u8> {
    let lines = stderr
        .split_inclusive(|byte| *byte == b'\n')
        .filter(|line| line.first() != Some(&b'{'));
    lines.flatten().copied().collect()
}

fn hear(said: &mut Said, event: &Value) {
    let data = &event["data"];
    match event["type"].as_str().unwrap_or_default() {
        "assistant.message" => {
            let text = data["content"].as_str().unwrap_or_default();
            if !text.trim().is_empty() {
                text.clone_into(&mut said.text);
            }
            said.usage.model = model_name(&data["model"]).or(said.usage.model.take());
            said.failure = None;
        }
        "session.error" => {
            let words = data["message"].as_str().unwrap_or_default().to_owned();
            // what failed is in its first line, what to do about it in the next
            said.failure = Some((failure(data, &words), one_line(&words)));
        }
        // between attempts
        "model.call_finished" if data["outcome"] != "success" => {
            said.trouble = data["errorMessage"]
                .as_str()
                .or(data["outcome"].as_str())
                .map(str::to_owned);
        }
        _ => {}
    }
}

fn failure(data: &Value, words: &str) -> Ending {
    if words.contains("prompt as too long") {
        return Ending::TooLong;
    }
    if words.contains("No response was returned") {
        return Ending::Empty;
    }
    match (data["statusCode"].as_u64(), data["errorType"].as_str()) {
        (Some(status), _) => provider_failure(status, words),
        (None, Some("authentication")) => Ending::NotLoggedIn,
        (None, Some("rate_limit")) => {
            classify(words).unwrap_or(Ending::RateLimited { retry_after: None })
        }
        (None, _) if words.contains("Could not connect") => Ending::Unreachable(one_line(words)),
        (None, _) => classify(words).unwrap_or_else(|| Ending::Refused(one_line(words))),
    }
}
