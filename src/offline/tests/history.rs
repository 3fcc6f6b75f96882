//! What the history says about a change: companions, repairs, tests, messages.

use super::*;

fn companion(touched: &str, missing: &str, together: usize, alone: usize) -> Context {
    let pair = Companion {
        touched: touched.into(),
        missing: missing.into(),
        together,
        alone,
    };
    Context {
        history: WorkHistory {
            missing_companions: vec![pair],
            ..WorkHistory::default()
        },
        ..Context::default()
    }
}

#[test]
fn a_manifest_without_its_lock_file_is_told_when_dependencies_changed() {
    let usual = companion("Cargo.toml", "Cargo.lock", 8, 10);
    let change = |line: &str| with(vec![added("Cargo.toml", line)]);
    assert_eq!(
        told(&change("serde = \"1.2\""), &usual, "retro"),
        vec!["low 75 missing-companion Cargo.toml:1"]
    );
    assert_eq!(
        told(&change("description = \"2 things\""), &usual, "retro"),
        Vec::<String>::new()
    );
    assert_eq!(
        told(&change("edition = \"2024\""), &usual, "retro"),
        Vec::<String>::new()
    );
    assert_eq!(
        told(&change("serde = \"1.2\""), &Context::default(), "retro"),
        Vec::<String>::new()
    );
    let mut other_requirement = change("serde = \"1.2\"");
    let old = Line {
        kind: LineKind::Removed,
        text: b"serde = \"1.1\"".to_vec(),
        ..other_requirement.files[0].hunks[0].lines[0].clone()
    };
    other_requirement.files[0].hunks[0].lines.insert(0, old);
    assert_eq!(
        told(&other_requirement, &usual, "retro"),
        Vec::<String>::new()
    );
}

#[test]
fn companions_need_numbers() {
    let change = with(vec![added("src/a.rs", CODE)]);
    let retro = |together, alone| {
        told(
            &change,
            &companion("src/a.rs", "src/b.rs", together, alone),
            "retro",
        )
    };
    assert_eq!(retro(7, 10), vec!["low 50 missing-companion src/a.rs:1"]);
    assert_eq!(retro(19, 19), vec!["low 50 missing-companion src/a.rs:1"]);
    assert_eq!(retro(38, 40), vec!["low 75 missing-companion src/a.rs:1"]);
    assert_eq!(retro(4, 4), Vec::<String>::new());
    assert_eq!(retro(6, 9), Vec::<String>::new());
    assert_eq!(retro(0, 0), Vec::<String>::new());
}

/// As many lines of code as make a companion worth naming.
const CODE: &str = "fn a() {\n    b();\n    c();\n    d();\n    e();\n}";

#[test]
fn what_changes_on_its_own_has_no_companions() {
    let told_of = |path: &str, text: &str| {
        told(
            &with(vec![added(path, text)]),
            &companion(path, "src/b.rs", 20, 20),
            "retro",
        )
    };
    assert_eq!(told_of("src/a.rs", CODE).len(), 1);
    assert_eq!(
        told_of("src/a.rs", "use b;\n// one\n// two\n// three\n// four"),
        Vec::<String>::new()
    );
    for path in [
        "tests/a.rs",
        "src/a_test.go",
        "pom.xml",
        "package.json",
        "History.md",
        ".github/workflows/a.yml",
    ] {
        assert_eq!(told_of(path, CODE), Vec::<String>::new(), "{path}");
    }
}

#[test]
fn hot_spots_need_many_repairs() {
    let of = |path: &str| with(vec![added(path, CODE)]);
    let change = of("src/a.rs");
    let context = |commits, repairs| {
        let recent = [("1234567", "refactor"), ("abc1234", "Fix it")]
            .map(|(id, s)| (id.to_owned(), s.to_owned()));
        let history = FileHistory {
            path: "src/a.rs".into(),
            commits,
            repairs,
            recent: recent.into(),
        };
        Context {
            history: WorkHistory {
                files: vec![history],
                ..WorkHistory::default()
            },
            ..Context::default()
        }
    };
    assert_eq!(
        told(&change, &context(10, 5), "retro"),
        vec!["low 50 hot-spot src/a.rs:1"]
    );
    assert_eq!(
        told(&change, &context(20, 5), "retro"),
        Vec::<String>::new()
    );
    assert_eq!(told(&change, &context(5, 5), "retro"), Vec::<String>::new());
    let found = proposals(&change, &context(10, 6), &[], "retro");
    assert!(
        found[0]
            .scenario
            .ends_with("The last was abc1234 `Fix it`."),
        "{}",
        found[0].scenario
    );
}

fn commit(digit: &str, message: &str) -> CommitInfo {
    let id = ObjectId::parse(&digit.repeat(40)).unwrap();
    CommitInfo {
        id,
        parents: 1,
        author: "A".into(),
        time: 0,
        message: message.into(),
    }
}

#[test]
fn repairs_inside_a_range_are_told() {
    let of = |commits| {
        let change = Change {
            commits,
            ..with(vec![added("src/a.rs", "fn a() {}")])
        };
        told(&change, &Context::default(), "retro")
    };
    assert_eq!(
        of(vec![commit("b", "fixup! add a"), commit("a", "add a")]),
        vec!["low 75 fixup-chain src/a.rs:1"]
    );
    let pair = vec![
        commit("b", "Revert \"add a\"\n\nThis reverts commit a."),
        commit("a", "add a"),
    ];
    assert_eq!(of(pair), vec!["low 75 fixup-chain src/a.rs:1"]);
    assert_eq!(
        of(vec![commit("b", "Revert \"add c\"")]),
        Vec::<String>::new()
    );
    assert_eq!(
        of(vec![commit("b", "fix the a"), commit("a", "add a")]),
        Vec::<String>::new()
    );
}

#[test]
fn a_revert_leaves_a_lesson() {
    let message =
        "Revert \"cache prices\"\n\nThis reverts commit aaaa.\n\nTenants saw each other's prices.";
    let change = Change {
        commits: vec![commit("b", message)],
        ..with(vec![added("src/a.rs", "x")])
    };
    let replies = replies(&change, &Context::default(), &[]);
    let lessons = &replies[&AgentName::parse("retro").unwrap()].lessons;
    assert_eq!(lessons.len(), 1);
    assert_eq!(lessons[0].title, "Taken back: cache prices");
    assert_eq!(
        (
            lessons[0].category.as_str(),
            lessons[0].problem_type.as_str()
        ),
        ("workflow-issues", "workflow_issue")
    );
    assert!(
        lessons[0].body.contains("Tenants saw each other's prices."),
        "{}",
        lessons[0].body
    );
    assert!(
        replies[&AgentName::parse("security").unwrap()]
            .lessons
            .is_empty()
    );
}

#[test]
fn tests_that_did_not_move_are_told() {
    let tested = |tests: &[&str]| {
        let test_files = tests.iter().map(|path| (*path).into()).collect();
        Context {
            history: WorkHistory {
                test_files,
                ..WorkHistory::default()
            },
            ..Context::default()
        }
    };
    let long = "value = compute()\n".repeat(20);
    let change = with(vec![added("app/prices.py", &long)]);
    let context = tested(&["tests/test_prices.py"]);
    assert_eq!(
        told(&change, &context, "retro"),
        vec!["low 75 untested-change app/prices.py:1"]
    );
    assert_eq!(
        told(
            &change,
            &tested(&["tests/test_other.py", "tests/prices_test.go"]),
            "retro"
        ),
        Vec::<String>::new()
    );
    let short = with(vec![added("app/prices.py", &"value = 1\n".repeat(19))]);
    assert_eq!(told(&short, &context, "retro"), Vec::<String>::new());
    let mut rewritten = added("app/prices.py", &long);
    rewritten.hunks[0].lines[0].kind = LineKind::Removed;
    assert_eq!(
        told(&with(vec![rewritten]), &context, "retro"),
        Vec::<String>::new()
    );
    for (message, facts) in [
        ("refactor: one loop", 0),
        ("Rename value", 0),
        ("Cache values", 1),
    ] {
        let change = Change {
            commits: vec![commit("a", message)],
            ..change.clone()
        };
        assert_eq!(told(&change, &context, "retro").len(), facts, "{message}");
    }
    let comments = with(vec![added("app/prices.py", &"# value\n".repeat(30))]);
    assert_eq!(told(&comments, &context, "retro"), Vec::<String>::new());
    let both = with(vec![
        added("app/prices.py", &long),
        added("tests/test_api.py", "def test_a(): pass"),
    ]);
    assert_eq!(told(&both, &context, "retro"), Vec::<String>::new());
    let inline = with(vec![added(
        "src/prices.rs",
        &format!("{}#[test]\n", "let a = b();\n".repeat(25)),
    )]);
    assert_eq!(
        told(&inline, &tested(&["tests/prices.rs"]), "retro"),
        Vec::<String>::new()
    );
}

#[test]
fn a_message_about_documentation_over_code_is_told() {
    let code = "let a = b();\n".repeat(10);
    let of = |subject: &str, path: &str, text: &str| {
        let change = Change {
            commits: vec![commit("a", subject)],
            ..with(vec![added(path, text)])
        };
        told(&change, &Context::default(), "retro")
    };
    assert_eq!(
        of("docs: explain", "src/a.rs", &code),
        vec!["low 50 message-mismatch src/a.rs:1"]
    );
    assert_eq!(
        of("docs: explain", "src/a.rs", &"/// words\n".repeat(30)),
        Vec::<String>::new()
    );
    assert_eq!(
        of("docs: explain", "docs/a.rs", &code),
        Vec::<String>::new()
    );
    assert_eq!(of("feat: explain", "src/a.rs", &code), Vec::<String>::new());
}
