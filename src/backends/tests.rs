//! Recorded output of the real programs (against a loopback provider) to endings; and the calls.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::model::{AgentName, Deadline, JobId, Perspective, Severity, StopStep};

pub(super) fn recorded(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/agent")
        .join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(super) fn read(name: &str, ending: Ending, stdout: &[u8], stderr: &str) -> Answer {
    let job = JobId {
        agent: AgentName::parse("security").unwrap(),
        perspective: Perspective::Informed,
        chunk: 1,
    };
    let outcome = Outcome {
        job,
        ending,
        stdout: PathBuf::new(),
        stderr: PathBuf::new(),
        elapsed: Duration::from_secs(90),
        stop: StopStep::None,
    };
    adapter(name)
        .unwrap()
        .read(&outcome, stdout, stderr.as_bytes())
}

/// Reads a recording of a program that exited with this code.
pub(super) fn of(file: &str, code: i32) -> Answer {
    let ending = if code == 0 {
        Ending::Answered
    } else {
        Ending::Exited(code)
    };
    read(file.split('-').next().unwrap(), ending, &recorded(file), "")
}

pub(super) fn reply_text() -> String {
    serde_json::json!({"version": 1, "findings": [{"title": "t", "severity": "low", "file": "a.rs"}], "coverage": ["h1"]})
        .to_string()
}

#[test]
fn claudes_answers_are_read_with_their_price() {
    for file in ["claude-ok.json", "claude-text.json"] {
        let answer = of(file, 0);
        assert_eq!(
            (&answer.ending, &answer.detail),
            (&Ending::Answered, &None),
            "{file}"
        );
        let reply = answer.reply.unwrap();
        assert_eq!(
            (reply.proposals[0].severity, reply.coverage.len()),
            (Severity::High, 2)
        );
        assert_eq!(reply.usage, answer.usage);
        assert_eq!(answer.usage.model.as_deref(), Some("claude-sonnet-5-5"));
        assert!(answer.usage.cost.unwrap() > 0.0 && answer.usage.tokens_in.unwrap() >= 100);
    }
}

#[test]
fn codex_answers_are_read() {
    let answer = of("codex-text.jsonl", 0);
    assert_eq!(answer.ending, Ending::Answered);
    assert_eq!(answer.reply.unwrap().proposals[0].file, "src/db.py");
    assert_eq!(
        (
            answer.usage.tokens_in,
            answer.usage.tokens_out,
            answer.usage.cost
        ),
        (Some(100), Some(10), None)
    );
}

#[test]
fn every_recorded_failure_has_its_name() {
    let limited = || Ending::RateLimited { retry_after: None };
    for (file, code, ending) in [
        ("claude-401.json", 1, Ending::NotLoggedIn),
        ("claude-nokey.json", 1, Ending::NotLoggedIn),
        ("claude-429.json", 1, limited()),
        ("claude-529.json", 1, Ending::Overloaded),
        ("claude-long.json", 1, Ending::TooLong),
        (
            "claude-credit.json",
            1,
            Ending::NoQuota("Credit balance is too low".into()),
        ),
        ("claude-empty.json", 0, Ending::Empty),
        (
            "claude-cut.json",
            1,
            Ending::Unreadable("the answer was cut at the model's output limit".into()),
        ),
        ("codex-401.jsonl", 1, Ending::NotLoggedIn),
        ("codex-429.jsonl", 1, limited()),
        ("codex-plan.jsonl", 1, limited()),
        ("codex-529.jsonl", 1, Ending::Overloaded),
        ("codex-long.jsonl", 1, Ending::TooLong),
        (
            "codex-quota.jsonl",
            1,
            Ending::NoQuota("Quota exceeded. Check your plan and billing details.".into()),
        ),
        (
            "codex-404.jsonl",
            1,
            Ending::Refused("stub: model not found".into()),
        ),
        ("codex-empty.jsonl", 0, Ending::Empty),
        (
            "codex-cut.jsonl",
            1,
            Ending::Unreadable("the answer was cut at the model's output limit".into()),
        ),
    ] {
        let answer = of(file, code);
        assert_eq!(answer.ending, ending, "{file}");
        assert!(
            answer.reply.is_none_or(|reply| reply.coverage.is_empty()),
            "{file}"
        );
    }
    for file in ["claude-refused.json", "codex-refused.jsonl"] {
        assert!(
            matches!(of(file, 1).ending, Ending::Unreachable(_)),
            "{file}"
        );
    }
    for file in ["claude-prose.json", "codex-prose.jsonl"] {
        let answer = of(file, 0);
        assert!(
            matches!(answer.ending, Ending::Unreadable(why) if why.starts_with("no JSON in it")),
            "{file}"
        );
        assert_eq!(
            answer.detail.as_deref(),
            Some("I could not find anything to report.")
        );
    }
    assert!(
        matches!(of("claude-404.json", 1).ending, Ending::Refused(why) if why.contains("selected model"))
    );
    assert!(
        matches!(of("claude-refuse.json", 1).ending, Ending::Refused(why) if why.contains("flagged this message"))
    );
    assert!(
        matches!(of("claude-turns.json", 1).ending, Ending::Unreadable(why) if why.contains("maximum number of turns"))
    );
}

#[test]
fn an_answer_cut_at_the_limit_keeps_its_findings_without_coverage() {
    let answer = of("codex-cut.jsonl", 1);
    let reply = answer.reply.unwrap();
    assert_eq!((reply.proposals.len(), reply.coverage.len()), (1, 0));
    assert!(
        reply
            .notes
            .iter()
            .any(|note| note.contains("from an agent that ended otherwise"))
    );
}

#[test]
fn no_exit_code_alone_is_an_answer() {
    let flagged = format!(
        "{{\"type\":\"result\",\"is_error\":true,\"result\":{}}}",
        serde_json::json!(reply_text())
    );
    let answer = read("claude", Ending::Answered, flagged.as_bytes(), "");
    assert!(matches!(answer.ending, Ending::Refused(_)), "{answer:?}");
    let good = format!(
        "{{\"type\":\"result\",\"is_error\":false,\"result\":{}}}",
        serde_json::json!(reply_text())
    );
    assert_eq!(
        read("claude", Ending::Answered, good.as_bytes(), "").ending,
        Ending::Answered
    );
    assert_eq!(
        read("claude", Ending::Exited(1), good.as_bytes(), "").ending,
        Ending::Exited(1)
    );
    assert_eq!(
        read("claude", Ending::Answered, b"", "").ending,
        Ending::Empty
    );
    let garbage = read(
        "claude",
        Ending::Answered,
        b"{\"type\":\"resul",
        "a warning",
    );
    assert_eq!(
        garbage.ending,
        Ending::Unreadable("no result in its output".into())
    );
    let failed = "{\"type\":\"turn.failed\",\"error\":{}}";
    assert!(read("codex", Ending::Answered, failed.as_bytes(), "").ending != Ending::Answered);
}

#[test]
fn failures_without_json_are_read_from_standard_error() {
    let too_long = read(
        "claude",
        Ending::Exited(1),
        b"",
        "error: piped stdin input exceeds 10MB",
    );
    assert_eq!(too_long.ending, Ending::TooLong);
    let flag = read(
        "claude",
        Ending::Exited(1),
        b"",
        "error: unknown option '--restricted'",
    );
    assert_eq!(
        (flag.ending, flag.detail.as_deref()),
        (
            Ending::Exited(1),
            Some("error: unknown option '--restricted'")
        )
    );
    let flag = read(
        "codex",
        Ending::Exited(2),
        b"",
        "error: unexpected argument '--x' found",
    );
    assert_eq!(flag.ending, Ending::Exited(2));
    assert_eq!(
        read("codex", Ending::Exited(1), b"", "Error: input_too_large").ending,
        Ending::TooLong
    );
}

#[test]
fn a_time_out_while_the_provider_is_away_is_named_after_the_provider() {
    let log = recorded("codex-reconnecting.jsonl");
    let timed_out = Ending::TimedOut(Deadline::Idle);
    let as_long = Some(Duration::from_secs(90));
    assert_eq!(
        read("codex", timed_out.clone(), &log, "").ending,
        Ending::RateLimited {
            retry_after: as_long
        }
    );
    assert_eq!(
        read(
            "codex",
            timed_out.clone(),
            &recorded("codex-text.jsonl"),
            ""
        )
        .ending,
        timed_out
    );
}

#[test]
fn endings_that_are_not_the_programs_stay_and_what_it_said_is_saved() {
    for ending in [
        Ending::Cancelled,
        Ending::TimedOut(Deadline::Hard),
        Ending::TooMuchOutput,
        Ending::Signalled(9),
    ] {
        let answer = read("codex", ending.clone(), &recorded("codex-text.jsonl"), "");
        assert_eq!(answer.ending, ending);
        let reply = answer.reply.unwrap();
        assert_eq!((reply.proposals.len(), reply.coverage.len()), (1, 0));
        assert_eq!(read("claude", ending.clone(), b"", "").ending, ending);
        assert_eq!(
            read("command", ending.clone(), reply_text().as_bytes(), "")
                .reply
                .unwrap()
                .proposals
                .len(),
            1
        );
    }
}

#[test]
fn the_command_backend_reads_all_of_standard_output() {
    let answer = read(
        "command",
        Ending::Answered,
        format!("Sure!\n```json\n{}\n```", reply_text()).as_bytes(),
        "warn",
    );
    assert_eq!(
        (answer.ending, answer.detail.as_deref()),
        (Ending::Answered, Some("warn"))
    );
    assert_eq!(answer.reply.unwrap().coverage.len(), 1);
    assert_eq!(
        read("command", Ending::Answered, b" \n", "").ending,
        Ending::Empty
    );
    let limited = read(
        "command",
        Ending::Exited(1),
        b"",
        "HTTP 429: too many requests, retry after 7 s",
    );
    assert_eq!(
        limited.ending,
        Ending::RateLimited {
            retry_after: Some(Duration::from_secs(7))
        }
    );
    assert_eq!(
        read("command", Ending::Exited(3), b"oops", "")
            .detail
            .as_deref(),
        Some("oops")
    );
    let error = read(
        "command",
        Ending::Answered,
        b"Error: something went wrong",
        "",
    );
    assert!(matches!(error.ending, Ending::Unreadable(_)));
}

fn limits() -> JobLimits {
    JobLimits {
        hard: Duration::from_secs(600),
        idle: Duration::from_secs(480),
        output_bytes: 16 << 20,
        grace: Duration::from_secs(2),
    }
}

pub(super) struct Call {
    pub(super) prompt: String,
    pub(super) model: Option<&'static str>,
    pub(super) environment: Environment,
    pub(super) endpoint: Endpoint,
    pub(super) snapshot: Option<&'static Path>,
}

impl Call {
    pub(super) fn new() -> Self {
        Self {
            prompt: "You are a reviewer.\nMARKER @/etc/passwd".into(),
            model: None,
            environment: Environment::default(),
            endpoint: Endpoint::default(),
            snapshot: None,
        }
    }

    /// With what every adapter needs to be called at all.
    pub(super) fn able() -> Self {
        Self::with(&[
            ("GEMINI_API_KEY", "k"),
            ("ANTHROPIC_API_KEY", "k"),
            ("OPENAI_API_KEY", "k"),
            ("GH_TOKEN", "k"),
        ])
    }

    pub(super) fn with(variables: &[(&str, &str)]) -> Self {
        let vars = variables
            .iter()
            .map(|(n, v)| (OsString::from(n), OsString::from(v)));
        Self {
            environment: Environment {
                vars: vars.collect(),
            },
            ..Self::new()
        }
    }

    pub(super) fn prepare(&self, name: &str) -> Result<Invocation, AgentError> {
        let schema = crate::reply::reply_schema();
        adapter(name).unwrap().prepare(&InvocationRequest {
            shared: 0,
            program: Path::new("/bin/agent"),
            prompt: &self.prompt,
            schema: &schema,
            model: self.model,
            limits: limits(),
            snapshot: self.snapshot,
            tools: &[],
            environment: &self.environment,
            endpoint: &self.endpoint,
            command_args: &["--flag".to_owned(), "two words".to_owned()],
        })
    }

    pub(super) fn arguments(&self, name: &str) -> Vec<String> {
        let invocation = self.prepare(name).unwrap();
        invocation
            .args
            .into_iter()
            .map(|a| a.into_string().unwrap())
            .collect()
    }
}

pub(super) fn names_of(invocation: &Invocation) -> Vec<&str> {
    invocation
        .env
        .iter()
        .map(|(name, _)| name.to_str().unwrap())
        .collect()
}

#[test]
fn the_prompt_goes_in_through_standard_input_only() {
    for agent in adapters().iter().filter(|agent| agent.refused().is_none()) {
        let invocation = Call::able().prepare(agent.name()).unwrap();
        assert_eq!(invocation.prompt, Call::new().prompt.as_bytes());
        let elsewhere = format!(
            "{:?} {:?} {:?}",
            invocation.args, invocation.env, invocation.files
        );
        assert!(!elsewhere.contains("MARKER"));
        assert_eq!(
            (invocation.cwd.as_ref(), invocation.limits),
            (None, limits())
        );
        assert!(
            invocation.args.iter().all(|a| a.len() < 100_000),
            "one argument holds 128 KiB at most"
        );
    }
}

#[test]
fn every_adapter_is_found_by_its_name_and_says_how_it_is_sealed() {
    let names: Vec<_> = adapters().iter().map(|a| a.name()).collect();
    assert_eq!(names[..2], ["claude", "codex"]);
    assert_eq!(names.last(), Some(&"command"));
    for agent in adapters() {
        assert_eq!(adapter(agent.name()).unwrap().family(), agent.family());
        assert!(!agent.sealing().is_empty() && !agent.login_hint().is_empty());
    }
    assert!(adapter("offline").is_none());
}

#[test]
fn claude_is_called_without_tools_and_with_every_door_closed() {
    let arguments = Call {
        model: Some("sonnet"),
        ..Call::new()
    }
    .arguments("claude");
    let schema = crate::reply::reply_schema().to_string();
    let expected = "-p --output-format json --permission-mode dontAsk --permission-prompts none --restricted \
                    --safe-mode --setting-sources= --strict-mcp-config --disable-slash-commands \
                    --no-session-persistence --no-chrome --tools  --max-turns 6 --json-schema SCHEMA --model sonnet";
    assert_eq!(arguments.join(" ").replace(&schema, "SCHEMA"), expected);
    let canary = Call::with(&[
        ("ANTHROPIC_API_KEY", "k"),
        ("CLAUDE_CONFIG_DIR", "/c"),
        ("CLAUDE_CODE_EXTRA_BODY", "x"),
        ("CLAUDECODE", "1"),
        ("AWS_SECRET_ACCESS_KEY", "a"),
        ("CODEX_API_KEY", "o"),
        ("GIT_DIR", "/r"),
    ]);
    let invocation = canary.prepare("claude").unwrap();
    assert_eq!(
        names_of(&invocation),
        [
            "ANTHROPIC_API_KEY",
            "CLAUDE_CONFIG_DIR",
            "TERM",
            "NO_COLOR",
            "CI",
            "GIT_OPTIONAL_LOCKS",
            "GIT_TERMINAL_PROMPT",
            "GIT_AGENTS_INSIDE_REVIEW",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
            "CLAUDE_CODE_DISABLE_FILE_MENTIONS",
            "CLAUDE_CODE_MAX_RETRIES",
            "API_TIMEOUT_MS",
        ]
    );
    let bedrock = Call::with(&[
        ("CLAUDE_CODE_USE_BEDROCK", "1"),
        ("AWS_SECRET_ACCESS_KEY", "a"),
    ]);
    assert!(names_of(&bedrock.prepare("claude").unwrap()).contains(&"AWS_SECRET_ACCESS_KEY"));
}

#[test]
fn codex_is_called_without_a_shell_and_with_the_schema_in_a_file() {
    let call = Call {
        model: Some("gpt-5.2"),
        ..Call::new()
    };
    let arguments = call.arguments("codex");
    let pairs = |flag: &str| {
        arguments
            .windows(2)
            .filter(|w| w[0] == flag)
            .map(|w| w[1].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(pairs("--disable"), ["shell_tool", "unified_exec"]);
    assert_eq!(
        (pairs("--sandbox"), pairs("-m")),
        (vec!["read-only".to_owned()], vec!["gpt-5.2".to_owned()])
    );
    for needed in [
        "--ephemeral",
        "--ignore-user-config",
        "--ignore-rules",
        "--disable=hooks",
        "project_doc_max_bytes=0",
    ] {
        assert!(arguments.iter().any(|a| a == needed), "{needed}");
    }
    assert_eq!(arguments.last().unwrap(), "-");
    let invocation = call.prepare("codex").unwrap();
    assert_eq!(
        invocation.files,
        [(
            "schema.json".to_owned(),
            crate::reply::reply_schema().to_string().into_bytes()
        )]
    );
    assert!(!arguments.iter().any(|a| a.starts_with("model_provider")));
}

#[test]
fn codex_takes_the_persons_own_url_but_no_toml_from_it() {
    let arguments = Call::with(&[
        ("OPENAI_BASE_URL", "http://127.0.0.1:9/v1"),
        ("CODEX_API_KEY", "k"),
    ])
    .arguments("codex");
    assert!(
        arguments
            .iter()
            .any(|a| a.contains("base_url=\"http://127.0.0.1:9/v1\""))
    );
    for url in [
        "http://h/\",x=\"",
        "http://user:password@h/",
        "ftp://h",
        "http://h\n",
        "http://{dir}",
    ] {
        assert!(
            matches!(
                Call::with(&[("OPENAI_BASE_URL", url)]).prepare("codex"),
                Err(AgentError::Refused(_))
            ),
            "{url}"
        );
    }
}

#[test]
fn the_persons_command_gets_its_own_words_and_a_cleared_environment() {
    let call = Call::with(&[
        ("HOME", "/h"),
        ("ANTHROPIC_API_KEY", "k"),
        ("GIT_INDEX_FILE", "i"),
    ]);
    assert_eq!(call.arguments("command"), ["--flag", "two words"]);
    let invocation = call.prepare("command").unwrap();
    assert_eq!(invocation.program, Path::new("/bin/agent"));
    assert!(
        !names_of(&invocation)
            .iter()
            .any(|n| ["ANTHROPIC_API_KEY", "GIT_INDEX_FILE"].contains(n))
    );
    assert_eq!(names_of(&invocation)[0], "HOME");
}

#[test]
fn what_a_program_could_take_for_something_else_is_refused() {
    for agent in adapters() {
        for prompt in ["/help", "@/etc/passwd", "!ls", " x", "\nx", ""] {
            let call = Call {
                prompt: prompt.into(),
                ..Call::new()
            };
            assert!(
                matches!(call.prepare(agent.name()), Err(AgentError::Refused(_))),
                "{prompt:?}"
            );
        }
    }
    for name in ["claude", "codex"] {
        let call = Call {
            model: Some("--dangerously-skip-permissions"),
            ..Call::new()
        };
        assert!(matches!(call.prepare(name), Err(AgentError::BadModel(_))));
        let call = Call {
            prompt: "é".repeat(10_000_001),
            ..Call::new()
        };
        assert!(matches!(
            call.prepare(name),
            Err(AgentError::TooLong { .. })
        ));
    }
}

proptest::proptest! {
    #[test]
    fn no_output_makes_reading_panic_or_answer(stdout in proptest::prelude::any::<Vec<u8>>(), stderr in "\\PC{0,80}") {
        for agent in adapters() {
            let answer = read(agent.name(), Ending::Exited(1), &stdout, &stderr);
            proptest::prop_assert_ne!(&answer.ending, &Ending::Answered);
            let answer = read(agent.name(), Ending::Answered, &stdout, &stderr);
            proptest::prop_assert!(answer.ending != Ending::Answered || answer.reply.is_some());
        }
    }
}
