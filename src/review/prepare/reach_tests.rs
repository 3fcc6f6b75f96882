//! How far an agent reaches is the person's to say: no definition file and no file of a repository
//! gets an agent more than read-only tools on a snapshot.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;

use crate::agents::definition::parse_definition;
use crate::backends::environment::Environment;
use crate::backends::{Adapter, InvocationRequest, adapters};
use crate::model::{
    Access, BackendCandidate, Change, DefinitionSource, Endpoint, Invocation, JobLimits, samples,
};
use crate::plan::{PlanInput, plan};
use crate::settings::entry::Scope;
use crate::settings::{self, ConfigEntry};

const SNAPSHOT: &str = "/tmp/git-agents-snapshot-x";
const MARK: &str = "model-that-nobody-else-names";

fn call(adapter: &dyn Adapter, model: Option<&str>, explores: bool) -> Option<Invocation> {
    let vars = [
        "GEMINI_API_KEY",
        "ANTHROPIC_API_KEY",
        "OPENAI_API_KEY",
        "GH_TOKEN",
    ];
    let environment = Environment {
        vars: vars
            .map(|name| (OsString::from(name), OsString::from("k")))
            .to_vec(),
    };
    let second = Duration::from_secs(1);
    let request = InvocationRequest {
        program: Path::new("/opt/agent"),
        prompt: "You review.",
        shared: 0,
        schema: &serde_json::json!({}),
        model,
        snapshot: explores.then(|| Path::new(SNAPSHOT)),
        tools: &[],
        limits: JobLimits {
            hard: second,
            idle: second,
            output_bytes: 1,
            grace: second,
        },
        environment: &environment,
        endpoint: &Endpoint::default(),
        command_args: &[],
    };
    adapter.prepare(&request).ok()
}

/// Everything of a call that a program sees beside the prompt.
fn words(invocation: &Invocation) -> String {
    let Invocation {
        program,
        args,
        env,
        files,
        cwd,
        prompt: _,
        limits: _,
    } = invocation;
    format!("{program:?} {args:?} {env:?} {cwd:?} {files:?}")
}

fn change() -> Change {
    Change {
        commit_count: 1,
        ..samples::change(vec![samples::file("a.rs")])
    }
}

fn tool() -> impl Strategy<Value = String> {
    let known = [
        "Read",
        "Grep",
        "Glob",
        "Bash",
        "Write",
        "Edit",
        "WebFetch",
        "Task",
        "Bash(git log:*)",
        "Read(/etc/**)",
        "read",
        "*",
        "mcp__x__y",
        "Read,Bash",
        "Read Bash",
        "--tools",
        "default",
    ];
    prop_oneof![4 => proptest::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => "[ -~]{0,12}"]
}

fn model() -> impl Strategy<Value = String> {
    let known = [
        "opus",
        "gpt-5",
        "--dangerously-skip-permissions",
        "x --yolo",
        "x\" -c sandbox_mode=\"y",
        "{dir}",
    ];
    prop_oneof![3 => proptest::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => "[ -~]{0,16}"]
}

/// Fields of other programs' definitions, and some that nobody knows.
fn field() -> impl Strategy<Value = String> {
    let known = [
        "permissionMode: bypassPermissions",
        "hooks: {Stop: [{command: touch x}]}",
        "mcpServers: {x: {command: y}}",
        "disallowedTools: []",
        "allowedTools: [Bash]",
        "sandbox: danger-full-access",
        "access: unsafe",
        "env: {PATH: .}",
        "command: touch x",
        "backend: command",
        "background: true",
        "cwd: /",
        "approved: true",
    ];
    prop_oneof![3 => proptest::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => "[a-z]{1,8}: [a-z]{0,8}"]
}

/// A repository's tracked policy, and what a tracked file that is included would set.
fn policy() -> impl Strategy<Value = String> {
    let known = [
        "enabled = [\"tracer\"]",
        "backend = \"command\"",
        "command = \"touch x\"",
        "tools = [\"Bash\"]",
        "[agents.tracer]\ntools = [\"Bash\"]",
        "approved = [\"tracer\"]",
        "guidance = \"use Bash\"",
        "gate = \"off\"",
    ];
    let line = prop_oneof![4 => proptest::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => "[ -~]{0,20}"];
    proptest::collection::vec(line, 0..4).prop_map(|lines| lines.join("\n"))
}

fn tracked(key: &str, value: &str) -> ConfigEntry {
    ConfigEntry {
        key: key.to_owned(),
        value: Some(value.to_owned()),
        scope: Scope::Local,
        origin: "file:/repo/tracked.config".into(),
        inside_work_tree: true,
    }
}

#[derive(Debug)]
struct Case {
    tools: Vec<String>,
    model: Option<String>,
    fields: Vec<String>,
    policy: String,
    background: bool,
}

prop_compose! {
    fn case()(
        tools in proptest::collection::vec(tool(), 0..4),
        model in proptest::option::of(model()),
        fields in proptest::collection::vec(field(), 0..4),
        policy in policy(),
        background in any::<bool>(),
    ) -> Case {
        Case { tools, model, fields, policy, background }
    }
}

impl Case {
    fn definition(&self) -> String {
        let mut lines = vec!["name: tracer".to_owned(), "description: d".to_owned()];
        lines.push(format!("tools: {}", serde_json::json!(self.tools)));
        lines.extend(
            self.model
                .as_ref()
                .map(|model| format!("model: {}", serde_json::json!(model))),
        );
        lines.extend(self.fields.iter().cloned());
        format!("---\n{}\n---\nUse Bash.\n", lines.join("\n"))
    }

    /// How each call of this definition looks, with the access that the plan gave; none where it is refused.
    fn check(&self, adapter: &'static dyn Adapter) {
        let path = "/repo/.gitagents/agents/tracer.md";
        let source = DefinitionSource::Repository(path.into());
        let Ok(definition) = parse_definition(self.definition().as_bytes(), source) else {
            return;
        };
        let hostile = [
            tracked("agents.command", "touch x"),
            tracked("agents.backend", "command"),
            tracked("agents.tracer.model", "--yolo"),
        ];
        let Ok(settings) = settings::load(&hostile, Some(self.policy.as_bytes())) else {
            return;
        };
        assert!(settings.command.is_none() && settings.backend == "auto");
        let explores = adapter.exploring().is_ok();
        let (name, family) = (adapter.name().to_owned(), adapter.family().to_owned());
        let planned = plan(&PlanInput {
            definitions: std::slice::from_ref(&definition),
            settings: &settings,
            requested: std::slice::from_ref(&definition.name),
            requested_backend: Some(adapter.name()),
            change: &change(),
            available: &[BackendCandidate {
                name,
                family,
                auto: true,
                explores,
            }],
            background: self.background,
            approved: &[],
            withheld: &[],
        });
        let only_reads = self
            .tools
            .iter()
            .all(|tool| tool.is_empty() || ["Read", "Grep", "Glob"].contains(&tool.trim()));
        for job in planned.unwrap().jobs {
            assert!(only_reads, "{self:?} runs");
            let reads = job.access == Access::Explore;
            assert!(
                !reads || (explores && !definition.tools.is_empty()),
                "{self:?} reads"
            );
            let Some(invocation) = call(adapter, job.model.as_deref(), reads) else {
                continue;
            };
            let reference = call(adapter, job.model.as_ref().map(|_| MARK), reads).unwrap();
            let model = job.model.as_deref().unwrap_or(MARK);
            assert_eq!(
                words(&invocation),
                words(&reference).replace(MARK, model),
                "{self:?}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_definition_and_no_repository_widens_a_call(case in case()) {
        for adapter in adapters().iter().filter(|adapter| adapter.refused().is_none()) {
            case.check(*adapter);
        }
    }
}

/// What the calls above are compared with: spelled out, so that nobody widens it unseen.
#[test]
fn exploring_calls_grant_reading_and_nothing_more() {
    let tools = |name: &str| {
        let adapter = crate::backends::adapter(name).unwrap();
        let [sealed, explores] =
            [false, true].map(|explores| call(adapter, None, explores).unwrap());
        assert_eq!(
            (sealed.cwd, explores.cwd.as_deref()),
            (None, Some(Path::new(SNAPSHOT))),
            "{name}"
        );
        let text = |list: Vec<OsString>| {
            list.into_iter()
                .map(|word| word.into_string().unwrap())
                .collect::<Vec<_>>()
        };
        let env = explores
            .env
            .into_iter()
            .map(|(name, value)| format!("{name:?}={value:?}"))
            .collect::<Vec<_>>();
        (text(sealed.args), text(explores.args), env.join("\n"))
    };
    let (sealed, explores, _) = tools("claude");
    let after =
        |args: &[String]| args[args.iter().position(|arg| arg == "--tools").unwrap() + 1].clone();
    assert_eq!([after(&sealed), after(&explores)], ["", "Read,Grep,Glob"]);
    assert!(
        ["--restricted", "--safe-mode", "dontAsk"]
            .iter()
            .all(|flag| explores.iter().any(|arg| arg == flag))
    );
    let (sealed, explores, _) = tools("codex");
    assert!(
        sealed
            .windows(2)
            .any(|pair| pair == ["--sandbox", "read-only"])
            && sealed.contains(&"shell_tool".to_owned())
    );
    assert!(
        !explores.contains(&"--sandbox".to_owned()),
        "it would put the profile out of force"
    );
    let profile = "permissions.explore.filesystem={\":minimal\"=\"read\",\"/etc\"=\"deny\",\
                   \":workspace_roots\"={\".\"=\"read\"},\"/opt/agent\"=\"read\"}";
    assert!(
        explores.windows(2).any(|pair| pair == ["-c", profile]),
        "{explores:?}"
    );
    let (sealed, explores, _) = tools("copilot");
    assert!(sealed.contains(&"--available-tools=none".to_owned()));
    assert!(explores.contains(&"--available-tools=view,grep,rg,glob".to_owned()));
    let (_, _, env) = tools("opencode");
    assert!(
        env.contains("external_directory") && !env.contains("bash") && !env.contains("edit"),
        "{env}"
    );
}

/// A program that cannot be kept to reading is given no snapshot even if somebody hands it one.
#[test]
fn whoever_cannot_be_kept_to_reading_ignores_a_snapshot() {
    for adapter in adapters()
        .iter()
        .filter(|adapter| adapter.refused().is_none() && adapter.exploring().is_err())
    {
        let [sealed, explores] =
            [false, true].map(|explores| call(*adapter, None, explores).unwrap());
        assert_eq!(sealed, explores, "{}", adapter.name());
    }
}

#[test]
fn what_a_person_allowed_is_given_by_name_or_not_at_all() {
    let granting = |backend: &str, tools: &[&str]| {
        let tools: Vec<String> = tools.iter().map(|tool| (*tool).to_owned()).collect();
        crate::backends::adapter(backend)
            .unwrap()
            .granting(&tools)
            .is_ok()
    };
    assert!(granting("claude", &["Bash(git log:*)", "Write"]));
    for tool in [
        "Task",
        "mcp__x__y",
        "*",
        "--dangerously-skip-permissions",
        "Bash(a)(b)",
        "Bash(a),Write",
        "",
        "Bash(x",
    ] {
        assert!(!granting("claude", &[tool]), "{tool}");
    }
    assert!(!granting("codex", &["Bash"]) && !granting("copilot", &["Bash"]));
}
