//! A sealed place with one change in it, where a real program reviews.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::model_server::{ModelServer, Request, Step};
use crate::program::{Program, installed};
use crate::support::{Ran, Sandbox};

/// The longest that programs are waited for.
const PATIENCE: Duration = Duration::from_secs(540);

/// The key that the server takes.
pub(crate) const KEY: &str = "sk-loopback-right";
/// Stands in the change and nowhere else.
pub(crate) const MARKER: &str = "quokkazephyr";
/// The line with the mistake that only the model sees.
const BAD: &str = "    key = f\"price:{sku}\"";
/// What the model calls it.
pub(crate) const SEEN_BY_MODEL: &str = "Cache key leaves out the tenant";
/// What the offline reviewer finds, below the bar.
pub(crate) const SEEN_OFFLINE: &str = "Temporary name is made before the file";

const FILE: &str = "\
import tempfile

CACHE = {}


def price(tenant, sku):  # quokkazephyr
    key = f\"price:{sku}\"
    if key not in CACHE:
        CACHE[key] = tenant.price_of(sku)
    return CACHE[key]


def export(rows):
    path = tempfile.mktemp()
    with open(path, \"w\") as out:
        out.writelines(rows)
    return path
";

/// The place.
pub(crate) struct Place {
    pub(crate) sandbox: Sandbox,
    pub(crate) program: &'static Program,
}

impl Place {
    /// With the change as its last commit.
    pub(crate) fn new(program: &'static Program) -> Self {
        let place = Self::without_change(program);
        place.commit_change("cache the price table");
        place
    }

    pub(crate) fn without_change(program: &'static Program) -> Self {
        let sandbox = Sandbox::with_commit();
        sandbox.config("agents.backend", program.name);
        sandbox.config("agents.timeout", "10m");
        Self { sandbox, program }
    }

    pub(crate) fn commit_change(&self, message: &str) {
        self.sandbox.write("src/prices.py", FILE);
        self.sandbox.commit(message);
    }

    /// A review that speaks to this address with this key.
    pub(crate) fn command(&self, url: &str, key: &str) -> Command {
        let mut command = self.command_of("git", url, key);
        command.args(["agents", "run", "--format", "json"]);
        command
    }

    /// Any program of the place, led to this address with this key.
    pub(crate) fn command_of(&self, name: &str, url: &str, key: &str) -> Command {
        let search = [installed(), self.sandbox.root().join("bin")];
        let program = search
            .iter()
            .map(|dir| dir.join(name))
            .find(|path| path.exists())
            .unwrap();
        let mut command = self.sandbox.command(program);
        command.env("PATH", std::env::join_paths(search).unwrap());
        (self.program.lead)(self.sandbox.root(), &mut command, url, key);
        command
    }

    pub(crate) fn run(&self, server: &ModelServer) -> Ran {
        self.run_at(&server.url(), KEY)
    }

    pub(crate) fn run_at(&self, url: &str, key: &str) -> Ran {
        Ran::of(&self.command(url, key).output().unwrap())
    }

    /// A run whose agents reach their deadline after they have asked and each line of the report is as
    /// it should be: how long a program takes to get there depends on the machine, so the deadline grows
    /// until it is late enough. The last run is the one that counts.
    pub(crate) fn run_into_deadline(
        &self,
        server: &ModelServer,
        is_late_enough: impl Fn(&Value) -> bool,
    ) -> Ran {
        let run = |seconds: u32| {
            self.sandbox
                .config("agents.timeout", &format!("{seconds}s"));
            let before = server.asked().len();
            let ran = self.run(server);
            let has_asked = server.asked().len() >= before + PROMPTS;
            (
                has_asked && lines(&ran.json()).into_iter().all(&is_late_enough),
                ran,
            )
        };
        let mut last = run(8);
        for seconds in [30, 120, 480] {
            if !last.0 {
                last = run(seconds);
            }
        }
        last.1
    }

    /// Waits for a held server to have been asked by all; each start may take a busy machine a minute.
    #[track_caller]
    pub(crate) fn wait_until_all_ask(&self, server: &ModelServer) {
        let begun = Instant::now();
        while server.asked().len() < PROMPTS {
            assert!(
                begun.elapsed() < PATIENCE,
                "only {} prompts came",
                server.asked().len()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub(crate) fn start(&self, server: &ModelServer) -> Child {
        let mut command = self.command(&server.url(), KEY);
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

/// Prompts of a run: retro also looks with fresh eyes, without the work's own story.
pub(crate) const PROMPTS: usize = 4;

/// What a good model answers: security finds the mistake, everybody has read everything.
pub(crate) fn good_answer(request: &Request) -> Step {
    let finding = json!({
        "title": SEEN_BY_MODEL, "severity": "high", "confidence": 100, "category": "CWE-639",
        "file": "src/prices.py", "line_start": 7, "line_end": 7, "quote": BAD,
        "scenario": "Two tenants that ask for the same sku get each other's price.",
        "not_shown": null,
        "fix": {"advice": "Put the tenant in the key.", "replacement": null},
    });
    let findings = if request.reviewer() == Some("security") {
        vec![finding]
    } else {
        Vec::new()
    };
    Step::Reply(
        json!({"version": 1, "findings": findings, "coverage": request.hunks(), "lessons": []}),
    )
}

/// Titles of a report's findings of a tier, sorted.
pub(crate) fn titles(report: &Value, tier: &str) -> Vec<String> {
    let findings = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["tier"] == tier);
    let mut titles: Vec<String> = findings
        .map(|finding| finding["title"].as_str().unwrap().to_owned())
        .collect();
    titles.sort();
    titles
}

/// The lines of the three reviewers, by name.
pub(crate) fn lines(report: &Value) -> Vec<&Value> {
    let all = report["agents"].as_array().unwrap();
    let line = |name: &str| {
        all.iter()
            .find(|line| line["name"] == name)
            .unwrap_or_else(|| panic!("{report:#}"))
    };
    ["security", "performance", "retro"].map(line).to_vec()
}

/// The report of a review in which everybody answered well.
#[track_caller]
pub(crate) fn assert_complete(ran: Ran) -> Value {
    let report = ran.exits(1).json();
    assert_eq!(report["state"], "findings", "{report:#}");
    for line in lines(&report) {
        assert_eq!(line["outcome"], "answered", "{report:#}");
    }
    assert_eq!(
        titles(&report, "confirmed"),
        [SEEN_BY_MODEL, SEEN_OFFLINE],
        "{report:#}"
    );
    let coverage = &report["coverage"];
    assert_eq!(
        (&coverage["hunks_read"], &coverage["not_reviewed"]),
        (&coverage["hunks"], &json!([])),
        "{report:#}"
    );
    report
}

/// The report of a review in which nobody answered, for this reason: what was found without a
/// model is kept, and it is not called clean.
#[track_caller]
pub(crate) fn assert_gap(ran: Ran, outcome: &str) -> Value {
    let report = ran.exits(3).json();
    assert_eq!(report["state"], "incomplete", "{report:#}");
    for line in lines(&report) {
        assert_eq!(line["outcome"], outcome, "{report:#}");
    }
    assert_eq!(titles(&report, "confirmed"), [SEEN_OFFLINE], "{report:#}");
    report
}
