#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::findings::fixtures::{QUOTE, change, db, file, proposal};
use crate::model::{DependencyChange, SkipReason, Skipped};

fn locate(change: &Change, proposal: &Proposal) -> Result<Located, String> {
    Locator::new(change, [proposal.quote.as_str()]).locate(proposal, Source::Agent)
}

fn at(file: &str, line: u32, quote: &str) -> Result<Located, String> {
    locate(&change(vec![db()]), &proposal(file, line, quote))
}

/// Line range, introduced, checks.
fn summary(place: &Located) -> (u32, u32, bool, Vec<&str>) {
    (
        place.line_start,
        place.line_end,
        place.introduced,
        place.checks.iter().map(String::as_str).collect(),
    )
}

#[test]
fn a_quote_at_its_lines_stands() {
    let place = at("src/db.py", 12, QUOTE).unwrap();
    assert_eq!(summary(&place), (12, 12, true, vec!["quote stands"]));
    assert_eq!(place.quote, QUOTE);
    assert!(!place.on_removed);
}

#[test]
fn paths_are_taken_as_models_write_them() {
    for path in [
        "src/db.py",
        "./src/db.py",
        "a/src/db.py",
        "b/src/db.py",
        " src/db.py ",
        "`src/db.py`",
        "src/db.py:12",
        "db.py",
        "repository/src/db.py",
    ] {
        assert!(at(path, 12, QUOTE).is_ok(), "{path}");
    }
    for path in ["../src/db.py", "/etc/passwd", "", "src/db.py/"] {
        assert_eq!(
            at(path, 12, QUOTE).unwrap_err(),
            "the path is not in the change",
            "{path}"
        );
    }
}

#[test]
fn a_real_directory_named_a_wins_over_the_prefix() {
    let change = change(vec![
        file("a/x.py", "+from_a = 1"),
        file("x.py", "+from_top = 1"),
    ]);
    assert_eq!(
        locate(&change, &proposal("a/x.py", 1, "from_a = 1"))
            .unwrap()
            .path,
        "a/x.py".into()
    );
    assert_eq!(
        locate(&change, &proposal("b/x.py", 1, "from_top = 1"))
            .unwrap()
            .path,
        "x.py".into()
    );
}

#[test]
fn the_old_path_of_a_rename_is_the_new_one() {
    let mut moved = file("new.py", "+value = compute()");
    moved.old_path = Some("old.py".into());
    let place = locate(
        &change(vec![moved]),
        &proposal("old.py", 1, "value = compute()"),
    )
    .unwrap();
    assert_eq!(
        (place.path, place.old_path),
        ("new.py".into(), Some("old.py".into()))
    );
}

#[test]
fn wrong_lines_are_corrected() {
    let place = at("src/db.py", 40, QUOTE).unwrap();
    assert_eq!(
        summary(&place),
        (
            12,
            12,
            true,
            vec!["quote stands", "line corrected from 40 to 12"]
        )
    );
    let missing = at("src/db.py", 0, QUOTE).unwrap();
    assert_eq!(
        summary(&missing),
        (
            12,
            12,
            true,
            vec!["quote stands", "line 12 found by the quote"]
        )
    );
}

#[test]
fn a_wide_claim_shrinks_to_the_quote_without_a_word() {
    let mut wide = proposal("src/db.py", 10, QUOTE);
    wide.line_end = 15;
    let place = locate(&change(vec![db()]), &wide).unwrap();
    assert_eq!(summary(&place), (12, 12, true, vec!["quote stands"]));
}

#[test]
fn of_several_places_the_nearest_to_the_claim_is_taken() {
    let diff = "+retry(task)\n one\n two\n three\n four\n+retry(task)\n six";
    let change = change(vec![file("a.py", diff)]);
    for (claim, line) in [(1, 1), (2, 1), (5, 6), (90, 6)] {
        assert_eq!(
            locate(&change, &proposal("a.py", claim, "retry(task)"))
                .unwrap()
                .line_start,
            line
        );
    }
}

#[test]
fn white_space_and_line_marks_do_not_matter() {
    let loose = at(
        "src/db.py",
        12,
        "\tcur.execute(\"select  * from t where n = '\"  + name)\r\n",
    )
    .unwrap();
    assert_eq!(loose.quote, format!("    {QUOTE}"));
    let marked = at(
        "src/db.py",
        11,
        &format!("  11   |     cur = db.cursor()\n  12 + |     {QUOTE}"),
    )
    .unwrap();
    assert_eq!(summary(&marked).0, 11);
    assert_eq!(marked.checks[0], "quote stands without its line marks");
    assert_eq!(marked.quote, format!("    cur = db.cursor()\n    {QUOTE}"));
}

#[test]
fn every_gutter_is_taken_off() {
    let change = change(vec![file("a.py", "+total = 1 + count\n-total = 2 + count")]);
    for gutter in [
        "+   1| ", "   1| ", "+   1~ ", "1: ", "1 | + ", "1 + ", "1 + | ", "+", "+ ",
    ] {
        let place = locate(
            &change,
            &proposal("a.py", 1, &format!("{gutter}total = 1 + count")),
        )
        .unwrap();
        assert_eq!(
            (place.quote.as_str(), place.on_removed),
            ("total = 1 + count", false),
            "{gutter}"
        );
    }
    assert!(
        locate(&change, &proposal("a.py", 1, "-   1| total = 2 + count"))
            .unwrap()
            .on_removed
    );
}

#[test]
fn characters_that_prompts_spell_out_are_found() {
    let hidden = file("a\u{200b}.py", "+if admin\u{202e}: allow()\r\n+x");
    let place = locate(
        &change(vec![hidden]),
        &proposal("a\\u{200b}.py", 1, "if admin\\u{202e}: allow()\\u{d}"),
    )
    .unwrap();
    assert_eq!(place.quote, "if admin\u{202e}: allow()");
}

#[test]
fn only_the_program_may_speak_of_a_whole_file_or_a_brace() {
    let mut change = change(vec![file("a.c", "+}")]);
    change.skipped.push(Skipped {
        path: "keys.p12".into(),
        reason: SkipReason::Binary,
    });
    let ask = |path: &str, line, quote: &str, source| {
        Locator::new(&change, [quote]).locate(&proposal(path, line, quote), source)
    };
    let whole = ask("keys.p12", 0, "", Source::Program).unwrap();
    assert_eq!(
        (whole.line_start, whole.introduced, whole.path),
        (0, true, "keys.p12".into())
    );
    assert!(ask("a.c", 1, "}", Source::Program).is_ok());
    assert!(ask("b.c", 0, "", Source::Program).is_err());
    assert!(ask("keys.p12", 0, "", Source::Agent).is_err());
    assert!(ask("a.c", 1, "}", Source::Agent).is_err());
}

#[test]
fn blank_lines_inside_a_quote_do_not_matter() {
    let change = change(vec![file("a.py", "+first = load()\n+\n+second = save()")]);
    let place = locate(
        &change,
        &proposal("a.py", 1, "first = load()\nsecond = save()"),
    )
    .unwrap();
    assert_eq!((place.line_start, place.line_end), (1, 3));
}

#[test]
fn a_typo_is_replaced_by_what_stands_there() {
    let place = at(
        "src/db.py",
        12,
        "cur.execute(\"select * from t where m = '\" + name)",
    )
    .unwrap();
    assert_eq!(
        place.checks[0],
        "quote miscopied: replaced by what stands there"
    );
    assert_eq!(place.quote, format!("    {QUOTE}"));
}

#[test]
fn an_invented_quote_is_not_found() {
    for quote in [
        "cur.execute(query, (name,))",
        "os.system(name)",
        "def find(name):\n    os.system(name)",
    ] {
        assert_eq!(
            at("src/db.py", 12, quote).unwrap_err(),
            "the quote is not in the file",
            "{quote}"
        );
    }
}

#[test]
fn nothing_is_proved_by_nothing() {
    assert_eq!(at("src/db.py", 12, "").unwrap_err(), "no quote");
    assert_eq!(at("src/db.py", 12, " \n\t\n").unwrap_err(), "no quote");
    for quote in ["}", "});", "{\n}", "x", "a=", "if"] {
        assert_eq!(
            at("src/db.py", 12, quote).unwrap_err(),
            "the quoted code is too short to identify a location",
            "{quote}"
        );
    }
}

#[test]
fn a_short_quote_counts_only_where_it_was_claimed() {
    assert_eq!(at("src/db.py", 12, "name").unwrap().line_start, 12);
    assert_eq!(
        at("src/db.py", 900, "name").unwrap_err(),
        "the quote is not in the file"
    );
}

#[test]
fn unchanged_lines_are_older() {
    let context = at("src/db.py", 11, "cur = db.cursor()").unwrap();
    assert!(!context.introduced);
    let far = at("src/db.py", 16, "return eval(name)").unwrap();
    let older = "older: on lines that this change did not touch";
    assert_eq!(summary(&far), (16, 16, false, vec!["quote stands", older]));
}

#[test]
fn a_quote_that_reaches_into_an_added_line_is_introduced() {
    let place = at("src/db.py", 11, &format!("cur = db.cursor()\n    {QUOTE}")).unwrap();
    assert_eq!(
        (place.line_start, place.line_end, place.introduced),
        (11, 12, true)
    );
}

#[test]
fn removed_code_has_its_old_lines() {
    let place = at("src/db.py", 12, "cur.execute(SAFE, name)").unwrap();
    assert_eq!(
        (place.line_start, place.on_removed, place.introduced),
        (12, true, true)
    );
}

#[test]
fn removed_and_added_lines_together_stand_as_shown() {
    let quote = format!("-    cur.execute(SAFE, name)\n+    {QUOTE}");
    let place = at("src/db.py", 12, &quote).unwrap();
    assert_eq!(
        (place.line_start, place.line_end, place.on_removed),
        (12, 12, false)
    );
}

#[test]
fn a_masked_secret_stands_whatever_its_number() {
    let change = change(vec![file("a.env", "+KEY=[redacted:aws-key:3]")]);
    assert!(
        locate(&change, &proposal("a.env", 1, "KEY=[redacted:aws-key:3]"))
            .unwrap()
            .introduced
    );
    assert!(locate(&change, &proposal("a.env", 1, "KEY=[redacted:aws-key:1]")).is_ok());
    assert!(locate(&change, &proposal("a.env", 1, "KEY=[redacted:npm-token:3]")).is_err());
}

#[test]
fn the_window_is_the_file_around_the_quote() {
    let place = at("src/db.py", 12, QUOTE).unwrap();
    let lines: Vec<&str> = place.window.lines().collect();
    assert_eq!(
        (lines.len(), lines[0], lines[6]),
        (7, "", "def other(name):")
    );
    let top = change(vec![FileChange {
        new_text: Some(b"one()\ntwo()\nthree()\nfour()\nfive()".to_vec()),
        ..file("a.py", "+one()")
    }]);
    assert_eq!(
        locate(&top, &proposal("a.py", 1, "one()")).unwrap().window,
        "one()\ntwo()\nthree()\nfour()"
    );
}

#[test]
fn without_the_whole_text_the_hunk_is_the_window() {
    let change = change(vec![file("a.py", " a1\n a2\n a3\n a4\n+added = 1\n b1")]);
    assert_eq!(
        locate(&change, &proposal("a.py", 5, "added = 1"))
            .unwrap()
            .window,
        "a2\na3\na4\nadded = 1\nb1"
    );
}

#[test]
fn a_lock_file_is_proved_by_a_package_that_changed() {
    let mut change = change(Vec::new());
    let dependency = |name: &str, version| DependencyChange {
        name: name.into(),
        version,
        source: None,
        foreign_source: false,
        line: Some(7),
    };
    change.lock_files.push(LockFileChange {
        path: "package-lock.json".into(),
        ecosystem: "npm",
        changes: vec![
            dependency("left", VersionChange::Added("1".into())),
            dependency("left-pad", VersionChange::Removed("1".into())),
        ],
        incomplete: None,
    });
    let place = locate(&change, &proposal("package-lock.json", 0, "left-pad 1")).unwrap();
    assert_eq!(
        (place.window.as_str(), place.line_start, place.on_removed),
        ("left-pad", 7, true)
    );
    assert_eq!(
        locate(&change, &proposal("package-lock.json", 0, "left@1.0"))
            .unwrap()
            .window,
        "left"
    );
    assert!(locate(&change, &proposal("package-lock.json", 0, "leftover 1")).is_err());
}

#[test]
fn a_file_left_out_is_named_as_such() {
    let mut change = change(Vec::new());
    change.skipped.push(Skipped {
        path: "a.png".into(),
        reason: SkipReason::Binary,
    });
    let why = locate(&change, &proposal("a.png", 1, "whatever")).unwrap_err();
    assert_eq!(why, "the file was left out of the review: binary");
}

/// Bytes compared for 200 wrong quotes in a file of so many lines.
fn effort(lines: usize, quote: impl Fn(usize) -> String) -> usize {
    let text: Vec<String> = (0..lines)
        .map(|n| format!("value_{n} = compute(other_{n}, third)"))
        .collect();
    let mut long = file("long.py", "+first = 1");
    long.new_text = Some(text.join("\n").into_bytes());
    let change = change(vec![long]);
    let proposals: Vec<Proposal> = (0..200)
        .map(|n| proposal("long.py", 0, &quote(n)))
        .collect();
    let mut locator = Locator::new(&change, proposals.iter().map(|p| p.quote.as_str()));
    for proposal in &proposals {
        assert!(
            locator.locate(proposal, Source::Agent).is_err(),
            "{}",
            proposal.quote
        );
    }
    locator.search.spent()
}

#[test]
fn wrong_quotes_cost_bounded_work_however_long_the_file_is() {
    // too short to be miscopied
    assert_eq!(effort(20_000, |n| format!("no {n}")), 0);
    // the letters of every line, in another order
    let shuffled = |n: usize| format!("third, other_{n})compute( = value_{n}");
    let (short, long) = (effort(100, shuffled), effort(20_000, shuffled));
    assert!(short > 0 && long <= 40_000_000, "{short} {long}");
}
