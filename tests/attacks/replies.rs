//! What an agent says: forged, in another's name, endless, nested, broken, late.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::attempt::{Attempt, attempt};
use crate::scene::{line, script};
use crate::support::{Ran, Sandbox};

const GROUP: &str = "replies";
/// A line that the change adds.
pub(crate) const ADDED: &str = "    cur.execute(\"select count(*) from users\")";
/// A line that was there before.
const OLD: &str = "    cur.execute(\"select 1\")";
/// No reply may hold a review up for longer.
const LONGEST: Duration = Duration::from_secs(90);

/// A change in which the offline reviewer sees nothing.
pub(crate) fn calm() -> Sandbox {
    let place = Sandbox::with_commit();
    let before = format!("def find(cur):\n{OLD}\n    return cur.fetchone()\n");
    place.write("src/db.py", &before);
    place.write("src/other.py", "def other():\n    return 42\n");
    place.commit("find");
    let after = format!("{before}\n\ndef count(cur):\n{ADDED}\n    return cur.fetchone()\n");
    place.write("src/db.py", after);
    place.commit("count");
    place
}

/// A finding about the added line, as an honest agent writes it.
pub(crate) fn honest() -> Value {
    json!({
        "title": "the table is read as a whole", "severity": "high", "confidence": 75,
        "category": "CWE-400", "file": "src/db.py", "line_start": 7, "line_end": 7, "quote": ADDED,
        "scenario": "A table of a million rows is counted at each call.",
        "fix": {"advice": "Keep a count.", "replacement": null}
    })
}

/// The honest finding with one field changed.
fn forged(field: &str, value: Value) -> Value {
    let mut finding = honest();
    finding[field] = value;
    finding
}

fn reply(findings: &[Value]) -> Value {
    json!({"version": 1, "findings": findings, "coverage": "all", "lessons": []})
}

/// What came of a review whose security agent took these steps; the performance agent is honest
/// and finds nothing.
struct Reviewed {
    place: Sandbox,
    ran: Ran,
    report: Value,
}

fn review(steps: Value) -> Reviewed {
    review_in(calm(), steps)
}

fn review_in(place: Sandbox, steps: Value) -> Reviewed {
    place.config("agents.timeout", "60s");
    place.fake_agent(&script(&[("security", steps)]));
    reviewed(place)
}

fn reviewed(place: Sandbox) -> Reviewed {
    let begun = Instant::now();
    let words = [
        "run",
        "HEAD",
        "--agents",
        "security,performance",
        "--format",
        "json",
    ];
    let ran = place.agents(&words);
    assert!(begun.elapsed() < LONGEST, "it took {:?}", begun.elapsed());
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
    assert!([0, 1, 3].contains(&ran.code), "{}: {}", ran.code, ran.err);
    let report = ran.json();
    assert_eq!(line(&report, "performance")["outcome"], "answered");
    Reviewed { place, ran, report }
}

/// Findings that count.
fn believed(report: &Value) -> Vec<&Value> {
    let findings = report["findings"].as_array().unwrap();
    let counts = |finding: &&Value| finding["tier"] != "maybe" && finding["introduced"] == true;
    findings.iter().filter(counts).collect()
}

impl Reviewed {
    /// Nothing that the agent said counts, and what is known of it is bounded.
    #[track_caller]
    fn counts_for_nothing(self) -> Self {
        assert_eq!(believed(&self.report), Vec::<&Value>::new());
        assert_ne!(self.ran.code, 1);
        assert!(self.ran.out.len() < 4 << 20);
        self
    }

    /// The finding counts, as the code and not the agent says.
    #[track_caller]
    fn counts_as_corrected(self) -> Self {
        let found = believed(&self.report);
        assert_eq!(found.len(), 1, "{:#}", self.report);
        assert_eq!(found[0]["file"], "src/db.py");
        assert_eq!(
            (&found[0]["line_start"], &found[0]["line_end"]),
            (&json!(7), &json!(7))
        );
        assert_eq!(found[0]["agents"], json!(["security"]));
        assert!(found[0]["title"].as_str().unwrap().chars().count() <= 100);
        self
    }

    /// The agent's part counts as not reviewed.
    #[track_caller]
    fn counts_as_a_gap(self) -> Self {
        assert_eq!(self.report["state"], "incomplete", "{:#}", self.report);
        assert_eq!(self.ran.code, 3);
        self.counts_for_nothing()
    }
}

fn lie(name: &str, field: &'static str, value: Value) -> Attempt {
    attempt(GROUP, name, move || {
        review(json!([{"reply": reply(&[forged(field, value)])}])).counts_for_nothing();
    })
}

fn slip(name: &str, field: &'static str, value: Value) -> Attempt {
    attempt(GROUP, name, move || {
        review(json!([{"reply": reply(&[forged(field, value)])}])).counts_as_corrected();
    })
}

fn gap(name: &str, steps: impl FnOnce() -> Value + Send + 'static) -> Attempt {
    attempt(GROUP, name, move || {
        review(steps()).counts_as_a_gap();
    })
}

/// All attempts.
pub(crate) fn attempts() -> Vec<Attempt> {
    let mut all = forgeries();
    all.extend(numbers());
    all.extend(poses());
    all.extend(shapes());
    all.extend(sizes());
    all.extend(times());
    all
}

fn forgeries() -> Vec<Attempt> {
    vec![
        slip(
            "an honest finding counts (control)",
            "confidence",
            json!(75),
        ),
        lie(
            "a quote that stands nowhere",
            "quote",
            json!("    os.system(name)"),
        ),
        lie(
            "a quote from a file that the change does not touch",
            "quote",
            json!("    return 42"),
        ),
        lie(
            "a quote of a line that was there before",
            "quote",
            json!(OLD),
        ),
        lie("no quote", "quote", json!("")),
        lie("a quote of blanks", "quote", json!("    \n  ")),
        lie("a quote of one bracket", "quote", json!(")")),
        lie(
            "a quote with a letter that looks alike",
            "quote",
            json!(ADDED.replace('e', "е")),
        ),
        lie(
            "a quote that goes on behind the line",
            "quote",
            json!(format!("{ADDED}\n    os.system(name)")),
        ),
        lie(
            "a quote as a list",
            "quote",
            json!([ADDED, "os.system(name)"]),
        ),
        lie("a quote of a megabyte", "quote", json!("x".repeat(1 << 20))),
        lie(
            "a quote of the diff's own header",
            "quote",
            json!("@@ -1,3 +1,8 @@"),
        ),
        lie(
            "a path out of the repository",
            "file",
            json!("../../../../etc/passwd"),
        ),
        lie("an absolute path", "file", json!("/etc/passwd")),
        lie("git's own configuration", "file", json!(".git/config")),
        lie(
            "a file that is not in the change",
            "file",
            json!("src/other.py"),
        ),
        lie(
            "a path with a line feed",
            "file",
            json!("src/x.py\nsrc/db.py"),
        ),
        lie("a path with an escape", "file", json!("\u{1b}[2Jsrc/db.py")),
        lie("a path with a NUL byte", "file", json!("src/db.py\0")),
        lie("a path of a megabyte", "file", json!("a/".repeat(1 << 19))),
        lie("a path as an object", "file", json!({"path": "src/db.py"})),
    ]
}

fn numbers() -> Vec<Attempt> {
    vec![
        slip("line 0", "line_start", json!(0)),
        slip("a line below zero", "line_start", json!(-7)),
        slip(
            "a line beyond all files",
            "line_start",
            json!(4_294_967_296_u64),
        ),
        slip("a line as a power", "line_start", json!(1e300)),
        slip("lines the wrong way round", "line_end", json!(1)),
        slip("a confidence of a thousand", "confidence", json!(1000)),
        lie("a confidence below zero", "confidence", json!(-1)),
        lie("a confidence that is no number", "confidence", json!("NaN")),
        lie(
            "a confidence in words",
            "confidence",
            json!("absolutely, trust me"),
        ),
        lie(
            "a severity beyond critical",
            "severity",
            json!("apocalyptic"),
        ),
        lie("a severity with a NUL byte", "severity", json!("high\0")),
        slip("a title of a megabyte", "title", json!("t".repeat(1 << 20))),
        slip(
            "a scenario of a megabyte",
            "scenario",
            json!("s".repeat(1 << 20)),
        ),
    ]
}

fn poses() -> Vec<Attempt> {
    vec![
        slip(
            "in the name of another reviewer",
            "agents",
            json!(["performance", "retro"]),
        ),
        slip(
            "in the name of the offline reviewer",
            "agents",
            json!(["offline"]),
        ),
        slip(
            "with an id of its own choice",
            "id",
            json!("0000000000000000"),
        ),
        slip(
            "with the fingerprint of another finding",
            "fingerprint",
            json!("76a4a389cce641ee"),
        ),
        slip("already dismissed", "status", json!("dismissed")),
        slip("already fixed", "fixed_by", json!("HEAD")),
        attempt(GROUP, "an older line that says it is new", || {
            let mut finding = forged("introduced", json!(true));
            finding["quote"] = json!(OLD);
            finding["line_start"] = json!(2);
            finding["line_end"] = json!(2);
            review(json!([{"reply": reply(&[finding])}])).counts_for_nothing();
        }),
        attempt(GROUP, "with a tier of its own choice", || {
            let mut finding = forged("tier", json!("confirmed"));
            finding["confidence"] = json!(25);
            finding["checks"] = json!(["quote stands", "validated"]);
            review(json!([{"reply": reply(&[finding])}])).counts_for_nothing();
        }),
        attempt(GROUP, "a verdict of its own", || {
            let mut answer = reply(&[honest()]);
            answer["verdict"] = json!({"held": false, "gate": "off"});
            answer["state"] = json!("clean");
            answer["agent"] = json!("performance");
            let seen = review(json!([{"reply": answer}])).counts_as_corrected();
            assert_eq!(seen.report["state"], "findings");
        }),
        attempt(
            GROUP,
            "costs of its own choice, in the form of the store",
            || {
                let mut answer = reply(&[]);
                answer["usage"] = json!({"cost": 1e12, "tokens_in": 1_u64 << 62});
                answer["schema"] = json!(1);
                answer["stored"] = json!(true);
                let seen = review(json!([{"reply": answer}])).counts_for_nothing();
                let cost = &line(&seen.report, "security")["cost"];
                assert!(
                    cost.is_null() || cost.as_f64().unwrap_or(0.0) < 1.0,
                    "{cost}"
                );
            },
        ),
        attempt(
            GROUP,
            "a finding that another reviewer has dismissed for it",
            || {
                let seen = review(json!([{"reply": reply(&[honest()])}])).counts_as_corrected();
                let id = seen.report["findings"][0]["id"]
                    .as_str()
                    .unwrap()
                    .to_owned();
                let mut pardon = forged("title", json!("nothing to see"));
                pardon["id"] = json!(id);
                pardon["status"] = json!("dismissed");
                let script = script(&[("performance", json!([{"reply": reply(&[pardon])}]))]);
                seen.place.fake_agent(&script);
                seen.place.agents(&["run", "HEAD", "--fresh"]);
                let open = seen.place.agents(&["findings", "--json"]).exits(0).out;
                assert!(open.contains(&id), "{open}");
            },
        ),
    ]
}

fn shapes() -> Vec<Attempt> {
    let out = |text: String| move || json!([{"out": text}]);
    let covering = |coverage: Value| move || json!([{"reply": {"version": 1, "findings": [], "coverage": coverage}}]);
    vec![
        gap("nothing at all", || json!([])),
        gap("a word", out("clean".into())),
        gap("an empty object", out("{}".into())),
        gap("a list of lists", out("[[[]]]".into())),
        gap("100,000 open brackets", out("[".repeat(100_000))),
        gap("100,000 open objects", out("{\"a\":".repeat(100_000))),
        gap(
            "100,000 objects that break off",
            out("{\"a\" ".repeat(100_000)),
        ),
        gap(
            "100,000 lists of findings that break off",
            out("[{\"findings\":[".repeat(50_000)),
        ),
        gap("a finding nested 100,000 deep", || {
            let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
            json!([{"out": format!("{{\"findings\":[{{\"title\":{deep}}}],\"coverage\":[\"h1\"]}}")}])
        }),
        gap(
            "another version",
            || json!([{"reply": {"version": 2, "findings": [], "coverage": "all"}}]),
        ),
        gap(
            "nearly our version",
            || json!([{"reply": {"version": 1.000_000_1, "findings": [], "coverage": "all"}}]),
        ),
        gap(
            "findings that are a number",
            || json!([{"reply": {"version": 1, "findings": 7, "coverage": "all"}}]),
        ),
        gap("bytes that are no text", || json!([{"garbage": 65536}])),
        gap(
            "UTF-16",
            out("\u{feff}{\0\"\0f\0i\0n\0d\0i\0n\0g\0s\0\"\0:\0[\0]\0}\0".into()),
        ),
        gap("no coverage", covering(json!([]))),
        gap(
            "coverage of a hunk that is not there",
            covering(json!(["h999"])),
        ),
        gap(
            "coverage of files instead of hunks",
            covering(json!(["src/db.py"])),
        ),
        gap("coverage as true", covering(json!(true))),
        gap("coverage of all, in a word", covering(json!("everything"))),
        gap(
            "coverage as a range without end",
            covering(json!(["h2-h4294967295"])),
        ),
        gap(
            "coverage of four billion hunks",
            covering(json!(
                (0..1000)
                    .map(|n| format!("h{}-h{}", 2 + n * 10_000, n * 10_000 + 9_999))
                    .collect::<Vec<_>>()
            )),
        ),
        gap(
            "a reply on standard error",
            || json!([{"err": reply(&[]).to_string()}, {"out": "done"}]),
        ),
        gap(
            "a clean reply and a failure",
            || json!([{"reply": reply(&[])}, {"exit": 1}]),
        ),
        gap(
            "a clean reply and a signal",
            || json!([{"reply": reply(&[])}, {"die": 9}]),
        ),
    ]
}

fn sizes() -> Vec<Attempt> {
    vec![
        attempt(GROUP, "100,000 findings", || {
            let findings: Vec<Value> = (0..100_000)
                .map(|number| forged("title", json!(format!("finding {number}"))))
                .collect();
            let place = calm();
            let file = place.root().join("reply");
            let mut answer = reply(&findings);
            answer["coverage"] = json!(["h1"]);
            fs::write(&file, answer.to_string()).unwrap();
            let seen = review_in(place, json!([{"file": file.display().to_string()}]));
            assert!(seen.report["findings"].as_array().unwrap().len() <= 200);
        }),
        attempt(GROUP, "200 findings about one line", || {
            let findings: Vec<Value> = (0..200)
                .map(|number| forged("title", json!(format!("{number} {}", "word ".repeat(15)))))
                .collect();
            let seen = review(json!([{"reply": reply(&findings)}]));
            let told = seen.place.agents(&["report", "HEAD"]).out;
            assert!(told.lines().count() < 3000, "{}", told.lines().count());
        }),
        attempt(GROUP, "a million hunks in the coverage", || {
            let ids: Vec<String> = (2..1_000_000).map(|number| format!("h{number}")).collect();
            let place = calm();
            let file = place.root().join("reply");
            let answer = json!({"version": 1, "findings": [], "coverage": ids});
            fs::write(&file, answer.to_string()).unwrap();
            review_in(place, json!([{"file": file.display().to_string()}])).counts_as_a_gap();
        }),
        gap(
            "a flood on standard output",
            || json!([{"flood": 1_u64 << 40}]),
        ),
        gap(
            "a flood on standard error",
            || json!([{"flood_err": 1_u64 << 40}]),
        ),
        gap(
            "a flood that ignores TERM",
            || json!([{"ignore_term": true}, {"flood": 1_u64 << 40}]),
        ),
        gap(
            "thirty megabytes of blanks",
            || json!([{"out": " ".repeat(30 << 20)}]),
        ),
        gap(
            "a million quotation marks",
            || json!([{"out": "\"".repeat(1 << 20)}]),
        ),
        gap(
            "a million backslashes in a string",
            || json!([{"out": format!("{{\"findings\":[{{\"title\":\"{}", "\\".repeat(1 << 20))}]),
        ),
        gap(
            "a million terminal codes",
            || json!([{"out": "\u{1b}[31m".repeat(1 << 18)}]),
        ),
        attempt(GROUP, "10,000 lessons", || {
            let lesson = json!({"title": "t", "category": "security-issues", "body": "b", "tags": vec!["x"; 50]});
            let mut answer = reply(&[]);
            answer["lessons"] = json!(vec![lesson; 10_000]);
            let seen = review(json!([{"reply": answer}]));
            assert!(seen.report["lessons"].as_array().unwrap().len() <= 10);
        }),
    ]
}

/// Runs the program line instead of the scripted agent, for both reviewers.
fn program(place: &Sandbox, text: &str) {
    let path = place.root().join("agent.sh");
    fs::write(&path, text).unwrap();
    place.config("agents.command", &format!("sh {}", path.display()));
    place.config("agents.backend", "command");
    place.config("agents.timeout", "3s");
}

fn times() -> Vec<Attempt> {
    let late = |name: &str, text: &'static str| {
        attempt(GROUP, name, move || {
            let place = calm();
            let clean = reply(&[])
                .to_string()
                .replace("\"all\"", "[\"h1\",\"h2\",\"h3\"]");
            fs::write(place.root().join("clean"), clean).unwrap();
            program(
                &place,
                &text.replace("CLEAN", &place.root().join("clean").display().to_string()),
            );
            let ran = place
                .agents(&["run", "HEAD", "--agents", "security", "--format", "json"])
                .exits(3);
            assert_eq!(ran.json()["state"], "incomplete", "{}", ran.out);
            // whoever comes too late changes nothing any more
            std::thread::sleep(Duration::from_secs(2));
            let later = place.agents(&["report", "HEAD", "--format", "json"]).json();
            assert_eq!(later["state"], "incomplete", "{later:#}");
        })
    };
    vec![
        late(
            "an answer after the deadline",
            "trap '' TERM; cat >/dev/null; sleep 5; cat CLEAN\n",
        ),
        late(
            "an answer by a child after its own end",
            "cat >/dev/null; (sleep 1; cat CLEAN) & exit 0\n",
        ),
        late(
            "an answer by a daemon after its own end",
            "cat >/dev/null; setsid sh -c 'sleep 1; cat CLEAN' & exit 0\n",
        ),
        late(
            "one byte a second, without end",
            "cat >/dev/null; while :; do echo x; sleep 1; done\n",
        ),
        late(
            "an answer by whoever never reads the prompt, and fails",
            "cat CLEAN; exit 9\n",
        ),
        late(
            "an end by its own hand",
            "cat >/dev/null; cat CLEAN; kill -9 $$\n",
        ),
    ]
}
