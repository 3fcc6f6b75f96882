//! Settings that are wrong, or that choose who is reviewed.

use crate::support::Sandbox;

#[test]
fn a_wrong_setting_is_said_in_one_line_at_the_commit() {
    let place = Sandbox::hooked();
    place
        .git_shown(&["commit", "-q", "--allow-empty", "-m", "fine"])
        .exits(0);
    place.quiet();
    place.git_shown(&["status"]);
    place.config("agents.settle", "soon");
    for message in ["one", "two"] {
        let shown = place
            .git_shown(&["commit", "-q", "--allow-empty", "-m", message])
            .exits(0);
        assert_eq!(shown.text.lines().count(), 1, "{}", shown.text);
        assert!(
            shown
                .text
                .starts_with("agents: not reviewed: `agents.settle` is `soon`"),
            "{}",
            shown.text
        );
    }
    place.quiet();
    assert_eq!(place.ready(), 0, "said once");
    place.config("agents.settle", "0");
    let shown = place
        .git_shown(&["commit", "-q", "--allow-empty", "-m", "three"])
        .exits(0);
    assert_eq!(shown.text, "");
    place.quiet();
    assert_eq!(place.reviewed().last().map(String::as_str), Some("three"));
}

#[test]
fn captured_it_is_told_at_the_next_command() {
    let place = Sandbox::hooked();
    place.config("agents.settle", "soon");
    place.commit_hooked_empty("one");
    place.wait_ready(1);
    place.config("agents.settle", "0");
    let shown = place.git_shown(&["switch", "-q", "-c", "x"]).exits(0);
    assert!(
        shown.count("NOT REVIEWED") == 1 && shown.text.contains("`agents.settle` is `soon`"),
        "{}",
        shown.text
    );
}
