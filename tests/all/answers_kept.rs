//! Answers that are right and came in an unusual way: they count.

use serde_json::json;

use crate::scene::{finding, reply};
use crate::support::Sandbox;

const TITLE: &str = "Name is pasted into SQL";

fn with_hole() -> Sandbox {
    let place = Sandbox::with_commit();
    place.write_hole(TITLE);
    place.commit("look up users");
    place.config("agents.enabled", "security");
    place
}

#[test]
fn a_whole_answer_of_a_program_that_does_not_exit_counts() {
    let place = with_hole();
    place.config("agents.idleTimeout", "2s");
    place.agents_do(json!([{"reply": reply(&[finding(TITLE, "high")])}, {"stall": true}]));
    let ran = place.agents(&["run"]);
    assert!(ran.out.contains(TITLE), "{} {}", ran.out, ran.err);
    assert!(!ran.out.contains("NOT REVIEWED"), "{}", ran.out);
}

#[test]
fn half_of_a_character_costs_no_answer() {
    let place = with_hole();
    let mut cut = finding(TITLE, "high");
    cut["title"] = "HALF".into();
    let text = reply(&[cut])
        .to_string()
        .replace("HALF", "Name is pasted \\ud83d");
    let hunks = text.replace("\"coverage\":\"all\"", "\"coverage\":[\"h1\"]");
    place.agents_do(json!([{"out": hunks}]));
    let ran = place.agents(&["run"]).exits(1);
    assert!(ran.out.contains("offline, security"), "{}", ran.out);
}

#[test]
fn a_path_as_models_write_it_is_the_file_of_the_change() {
    let place = with_hole();
    for path in [
        "/src/db.py",
        "src\\db.py",
        "src/db.py#L2",
        "src/db.py (line 2)",
        "db.py",
    ] {
        let mut found = finding(TITLE, "high");
        found["file"] = path.into();
        place.agents_do(json!([{"reply": reply(&[found])}]));
        let ran = place.agents(&["run", "--fresh"]).exits(1);
        assert!(ran.out.contains("offline, security"), "{path}: {}", ran.out);
    }
}

#[test]
fn a_file_whose_name_begins_with_a_blank_is_found_by_its_own_name() {
    let place = Sandbox::with_commit();
    let hole = "def f(cur, name):\n    cur.execute(\"select * from t where n = %s\" % name)\n";
    place.write(" db.py", hole);
    place.commit("look up users");
    let ran = place.agents(&["run", "--backend", "offline"]).exits(1);
    assert!(ran.out.contains(" db.py:2"), "{}", ran.out);
}
