//! What reviews cost, who is told, and what happens when it is too much.

use std::fs;

use serde_json::{Value, json};

use crate::hooked::names;
use crate::scene::{finding, injected, line, reply, reply_to, script};
use crate::server::{Answer, Server};
use crate::support::{Sandbox, eventually};

/// Reviewers that a review of code asks: security, performance, and retro twice.
const PROMPTS: usize = 4;

/// A repository whose last commit hides nothing, with reviewers at this provider, one after the other.
fn harmless(server: &Server, backend: &str) -> Sandbox {
    let place = Sandbox::with_commit();
    place.write("src/sum.py", "def total(prices):\n    return sum(prices)\n");
    place.commit("add prices");
    let path = if backend == "openai" { "/v1" } else { "" };
    place.config(
        &format!("agents.{backend}.url"),
        &format!("{}{path}", server.url()),
    );
    place.config("agents.backend", backend);
    place.config("agents.jobs", "1");
    place
}

/// A provider whose answers find nothing; the OpenAI-compatible ones say that each costs 0.01.
fn provider() -> Server {
    Server::start(&["model-a"], |request| Answer::Text(reply_to(request, &[])))
}

fn questions(server: &Server) -> usize {
    server
        .seen()
        .iter()
        .filter(|request| !request.body.is_null())
        .count()
}

fn today(place: &Sandbox) -> Value {
    let ran = place.agents(&["status", "--json"]).exits(0);
    let lines = ran
        .out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .filter(|value| value["today"].is_object())
        .map(|value| value["today"].clone())
        .next()
        .unwrap()
}

fn near(value: &Value, expected: f64) -> bool {
    value
        .as_f64()
        .is_some_and(|value| (value - expected).abs() < 1e-9)
}

/// Lines of this repository's ledger.
fn ledger(place: &Sandbox) -> Vec<Value> {
    let dir = place.store().join("ledger");
    let texts = names(&dir)
        .into_iter()
        .map(|name| fs::read_to_string(dir.join(name)).unwrap());
    texts
        .flat_map(|text| {
            text.lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn what_the_provider_says_is_summed_per_agent_run_and_day() {
    let server = provider();
    let place = harmless(&server, "openai");
    let report = place.agents(&["run", "--format", "json"]).exits(0).json();
    for agent in ["security", "performance", "retro", "retro-fresh"] {
        let line = line(&report, agent);
        assert_eq!(
            (&line["cost"], &line["tokens_in"], &line["estimate"]),
            (&json!(0.01), &json!(100), &Value::Null)
        );
    }
    let sum = today(&place);
    assert!(
        near(&sum["cost"], 0.04) && sum["cost_estimated"] == false,
        "{sum:#}"
    );
    assert_eq!(
        (&sum["prompts"], &sum["tokens_in"]),
        (&json!(PROMPTS), &json!(400)),
        "{sum:#}"
    );
    assert!(near(&sum["backends"]["openai"]["cost"], 0.04), "{sum:#}");
    let shown = place.agents(&["status"]).exits(0).out;
    assert!(
        shown.contains("today: 0.04 USD · 4 prompts · 400 tokens in, 40 out · openai 0.04 USD"),
        "{shown}"
    );
    let terminal = place.agents(&["report"]).exits(0).out;
    assert!(terminal.contains("0.04 USD"), "{terminal}");
    let lines = ledger(&place);
    assert_eq!(
        lines.len(),
        2 * PROMPTS,
        "one before each attempt, one after: {lines:#?}"
    );
    for line in &lines {
        assert_eq!(
            (&line["run"], &line["branch"]),
            (&report["run"], &json!("main")),
            "{line:#}"
        );
        assert_eq!(line["commit"], report["target"]["head"], "{line:#}");
    }
    // the user's file of the day holds the same, for the sum over all repositories
    let other = place.root().join("state/git-agents/ledger");
    assert_eq!(
        fs::read_to_string(other.join(&names(&other)[0]))
            .unwrap()
            .lines()
            .count(),
        lines.len()
    );
}

#[test]
fn an_answer_that_is_used_again_costs_nothing_again() {
    let server = provider();
    let place = harmless(&server, "openai");
    place.agents(&["run"]).exits(0);
    place
        .git(&["commit", "-q", "--amend", "-m", "another subject"])
        .exits(0);
    let again = place.agents(&["run", "--format", "json"]).exits(0).json();
    assert_eq!(line(&again, "security")["cost"], 0.0, "{again:#}");
    assert!(near(&today(&place)["cost"], 0.04));
    assert_eq!(questions(&server), PROMPTS);
}

#[test]
fn what_nobody_says_is_estimated_and_marked() {
    let server = provider();
    let place = harmless(&server, "anthropic");
    let report = place.agents(&["run", "--format", "json"]).exits(0).json();
    assert_eq!(
        (
            &line(&report, "security")["cost"],
            &line(&report, "security")["estimate"]
        ),
        (&Value::Null, &Value::Null)
    );
    assert!(
        place
            .agents(&["status"])
            .out
            .contains("anthropic no price known (400 tokens in, 40 out)")
    );
    place.config("agents.anthropic.price", "3 15");
    let report = place
        .agents(&["run", "--fresh", "--format", "json"])
        .exits(0)
        .json();
    // 100 tokens in, 10 out
    assert!(
        near(&line(&report, "security")["estimate"]["cost"], 0.00045),
        "{report:#}"
    );
    let shown = place.agents(&["status"]).exits(0).out;
    assert!(shown.contains("today: ~0.0018 USD"), "{shown}");
}

#[test]
fn a_program_without_figures_gets_an_estimate_of_its_tokens() {
    let place = injected();
    place.fake_agent(&script(&[]));
    let report = place.agents(&["run", "--format", "json"]).exits(1).json();
    let security = line(&report, "security");
    assert_eq!(
        (&security["tokens_in"], &security["cost"]),
        (&Value::Null, &Value::Null),
        "{security:#}"
    );
    assert!(
        security["estimate"]["tokens_in"].as_u64().unwrap() > 500,
        "{security:#}"
    );
    assert!(
        place
            .agents(&["report", "--all"])
            .exits(0)
            .out
            .contains(" tokens in, ~")
    );
    // with money to watch over, that nobody can is said
    place.config("agents.budget.daily", "5");
    let ran = place.agents(&["run", "--fresh"]).exits(1);
    assert!(
        ran.out
            .contains("command names no cost, so no budget counts it"),
        "{}",
        ran.out
    );
}

#[test]
fn at_the_daily_cap_the_rest_waits_and_what_was_answered_stays() {
    let server = provider();
    let place = harmless(&server, "openai");
    place.config("agents.budget.daily", "0.01");
    let report = place.agents(&["run", "--format", "json"]).exits(3).json();
    assert_eq!(questions(&server), 1, "nothing starts at the cap");
    assert_eq!(line(&report, "security")["outcome"], "answered");
    let late = line(&report, "performance");
    assert_eq!(
        (&late["outcome"], &report["state"]),
        (&json!("over budget"), &json!("incomplete"))
    );
    assert_eq!(
        late["detail"],
        "budget reached: 0.01 of 0.01 USD were spent today (agents.budget.daily)"
    );
    let shown = place
        .agents(&["report"])
        .exits(0)
        .out
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let said = "performance, retro, retro-fresh: over budget (openai) · budget reached: 0.01 of 0.01 USD were spent today";
    assert!(shown.contains(said), "{shown}");
    assert!(
        place
            .agents(&["status"])
            .exits(0)
            .out
            .contains("today: 0.01 USD of 0.01, over budget")
    );
    // a raised cap, and only what waited is asked
    place.config("agents.budget.daily", "100");
    let report = place.agents(&["retry", "--format", "json"]).exits(0).json();
    assert_eq!(
        (&report["state"], questions(&server)),
        (&json!("clean"), PROMPTS),
        "{report:#}"
    );
}

#[test]
fn the_day_is_one_over_all_repositories() {
    let server = provider();
    let place = harmless(&server, "openai");
    place.agents(&["run"]).exits(0);
    place.config("agents.budget.daily", "0.04");
    let second = place.root().join("second");
    place
        .git(&[
            "clone",
            "-q",
            place.repo.to_str().unwrap(),
            second.to_str().unwrap(),
        ])
        .exits(0);
    let ran = place.agents_in(&second, &["run"]).exits(3);
    assert!(ran.out.contains("over budget"), "{}", ran.out);
    assert_eq!(questions(&server), PROMPTS);
}

#[test]
fn a_run_and_an_agent_have_budgets_of_their_own() {
    let server = provider();
    let place = harmless(&server, "openai");
    place.config("agents.retro.budget", "0");
    let report = place.agents(&["run", "--format", "json"]).exits(3).json();
    assert_eq!(line(&report, "performance")["outcome"], "answered");
    let retro = line(&report, "retro");
    assert_eq!(
        retro["detail"],
        "budget reached: 0.00 of 0.00 USD were spent by retro in this review (agents.retro.budget)"
    );
    place.config("agents.retro.budget", "");
    place.config("agents.budget.run", "0.02");
    let report = place
        .agents(&["run", "--fresh", "--format", "json"])
        .exits(3)
        .json();
    let over = report["agents"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["outcome"] == "over budget")
        .count();
    assert!(over >= 2, "{report:#}");
    assert!(
        line(&report, "retro")["detail"]
            .as_str()
            .unwrap()
            .contains("(agents.budget.run)"),
        "{report:#}"
    );
}

#[test]
fn a_repository_narrows_the_budget_of_a_run_and_sets_no_other() {
    let server = provider();
    let place = harmless(&server, "openai");
    place.write(".gitagents.toml", "budget = 0\n");
    place.commit("spend nothing here");
    place.write(
        "src/sum.py",
        "def total(prices):\n    return sum(prices) + 1\n",
    );
    place.commit("one more");
    place.config("agents.budget.run", "100");
    let report = place.agents(&["run", "--format", "json"]).exits(3).json();
    assert_eq!(
        line(&report, "security")["outcome"],
        "over budget",
        "{report:#}"
    );
    assert_eq!(questions(&server), 0);
}

#[test]
fn what_costs_nothing_is_never_held() {
    let server = provider();
    let place = harmless(&server, "anthropic");
    place.config("agents.budget.daily", "0");
    place.agents(&["run"]).exits(3);
    assert_eq!(questions(&server), 0);
    place.config("agents.anthropic.price", "0 0");
    place.agents(&["retry"]).exits(0);
    assert_eq!(questions(&server), PROMPTS);
}

/// The state of the only run.
fn state(place: &Sandbox) -> (std::path::PathBuf, Value) {
    let runs = place.store().join("runs");
    let path = runs.join(&names(&runs)[0]).join("state.json");
    let value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    (path, value)
}

/// A background review that waits for money.
fn over_budget() -> Sandbox {
    let place = Sandbox::hooked();
    place.config("agents.budget.daily", "0");
    place.write_hole("Name is pasted into SQL");
    place.commit_hooked("look up users by name");
    eventually("the review waits", || {
        !names(&place.store().join("runs")).is_empty() && state(&place).1["phase"] == "over budget"
    });
    place
}

#[test]
fn a_background_review_at_the_cap_says_so_and_goes_on_another_day() {
    let place = over_budget();
    assert_eq!(place.starts(), 0, "an agent was asked without money");
    eventually("the partial report is ready", || place.ready() == 1);
    let waited = place.agents(&["wait"]).exits(1);
    assert!(
        waited.out.contains("INCOMPLETE") && waited.out.contains("over budget"),
        "{}",
        waited.out
    );
    let shown = place.agents(&["status"]).exits(0).out;
    assert!(
        shown.contains("over budget")
            && shown.contains("continues at the first git command after 00:00"),
        "{shown}"
    );
    // no command of this day makes it go on
    place.git(&["switch", "-q", "-C", "same-day"]).exits(0);
    assert_eq!(state(&place).1["phase"], "over budget");
    // the next day: the cap has room again, and the time has come
    place.config("agents.budget.daily", "5");
    let (path, mut value) = state(&place);
    value["until"] = json!(0);
    fs::write(path, value.to_string()).unwrap();
    place.git(&["switch", "-q", "-C", "next-day"]).exits(0);
    eventually("the review is whole", || state(&place).1["phase"] == "done");
    eventually("the whole report is ready", || place.ready() == 1);
    assert_eq!(place.starts(), 1);
    let told = place.agents(&["wait"]).exits(1);
    assert!(
        !told.out.contains("INCOMPLETE") && told.out.contains("Name is pasted into SQL"),
        "{}",
        told.out
    );
    assert_eq!(
        names(&place.store().join("runs")).len(),
        1,
        "the same review went on"
    );
}

#[test]
fn what_was_asked_again_by_hand_does_not_go_on_by_itself() {
    let place = over_budget();
    place.agents(&["wait"]).exits(1);
    place.agents(&["retry"]).exits(1);
    assert_eq!(
        state(&place).1["phase"],
        "over budget",
        "the money is still missing"
    );
    place.config("agents.budget.daily", "5");
    let report = place.agents(&["retry", "--format", "json"]).exits(1).json();
    assert_eq!(report["state"], "findings", "{report:#}");
    assert_eq!(place.starts(), 1);
}

#[test]
fn an_attempt_is_in_the_ledger_before_it_starts_and_stays_when_it_is_killed() {
    let place = injected();
    let (began, go) = (place.root().join("began"), place.root().join("go"));
    let steps = json!([{"touch": began.display().to_string()}, {"wait_for": go.display().to_string()}, {"reply": reply(&[finding("Name is pasted into SQL", "high")])}]);
    place.fake_agent(&script(&[("security", steps)]));
    let run = place
        .agents(&["run", "--background", "--agents", "security"])
        .exits(0)
        .out
        .trim()
        .to_owned();
    eventually("the agent has begun", || began.exists());
    let lines = ledger(&place);
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert_eq!(
        (&lines[0]["attempt"], lines[0].get("ending")),
        (&json!(1), None),
        "{lines:#?}"
    );
    assert!(lines[0]["estimate"]["tokens_in"].as_u64().unwrap() > 500);
    place.kill_holder(&run);
    fs::write(&go, "").unwrap();
    let common = place.repo.join(".git");
    let again = || {
        let mut command = place.command(crate::support::program());
        command
            .args(["_supervise", &run, "--common-dir"])
            .arg(&common)
            .status()
            .unwrap()
    };
    eventually("another supervisor has ended the run", || {
        again();
        place
            .store()
            .join(format!("runs/{run}/report.json"))
            .exists()
    });
    let report = place
        .agents(&["report", "--run", &run, "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(
        line(&report, "security")["outcome"],
        "answered",
        "{report:#}"
    );
    assert_eq!(
        line(&report, "security")["tried"][0]["outcome"],
        "lost",
        "{report:#}"
    );
    let attempts: Vec<Value> = ledger(&place)
        .iter()
        .map(|line| line["attempt"].clone())
        .collect();
    assert_eq!(
        attempts,
        [json!(1), json!(2), json!(2)],
        "the killed attempt is counted"
    );
    assert_eq!(today(&place)["prompts"], 2, "and may have been paid for");
}

#[test]
fn a_damaged_ledger_costs_its_line() {
    let server = provider();
    let place = harmless(&server, "openai");
    place.agents(&["run"]).exits(0);
    let dir = place.root().join("state/git-agents/ledger");
    let path = dir.join(&names(&dir)[0]);
    let mut text = fs::read_to_string(&path).unwrap();
    text.insert_str(0, "{\"version\":1,\"at\":\n\u{0}\n");
    text.push_str("{\"version\":1,\"at\":12,\"run");
    fs::write(&path, text).unwrap();
    assert!(near(&today(&place)["cost"], 0.04));
}
