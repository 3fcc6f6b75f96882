#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use crate::model::*;

fn empty() -> Change {
    Change {
        target: Target { kind: TargetKind::Commit, base: None, head: None, subject: "s".into(), branch: None },
        commits: Vec::new(),
        commit_count: 0,
        files: Vec::new(),
        skipped: Vec::new(),
        lock_files: Vec::new(),
        reader: Reader::Libgit2,
        notes: Vec::new(),
        has_base: true,
    }
}

/// A modified file to which these lines were added, from line 1.
fn added(path: &str, text: &str) -> FileChange {
    let line = |(index, text): (usize, &str)| Line {
        kind: LineKind::Added,
        old_number: None,
        new_number: u32::try_from(index + 1).ok(),
        text: text.as_bytes().to_vec(),
        no_newline: false,
    };
    let lines: Vec<Line> = text.lines().enumerate().map(line).collect();
    let new_count = u32::try_from(lines.len()).unwrap();
    let section = String::new();
    let hunk = Hunk { id: HunkId(1), old_start: 0, old_count: 0, new_start: 1, new_count, section, lines };
    FileChange {
        path: path.into(),
        old_path: None,
        status: FileStatus::Modified,
        old_mode: 0o100_644,
        new_mode: 0o100_644,
        language: Language::of_path(&path.into()),
        hunks: vec![hunk],
        new_text: Some(text.as_bytes().to_vec()),
        old_text: None,
    }
}

fn with(files: Vec<FileChange>) -> Change {
    Change { files, ..empty() }
}

fn replies(change: &Change, context: &Context, secrets: &[MaskedSecret]) -> BTreeMap<AgentName, Reply> {
    review(&OfflineInput { change, context, secrets, structure: true, clock: crate::sys::clock::thread_time })
}

fn proposals(change: &Change, context: &Context, secrets: &[MaskedSecret], agent: &str) -> Vec<Proposal> {
    replies(change, context, secrets).remove(&AgentName::parse(agent).unwrap()).unwrap().proposals
}

/// `severity confidence category file:line` of every proposal in a field.
fn told(change: &Change, context: &Context, agent: &str) -> Vec<String> {
    proposals(change, context, &[], agent).iter().map(brief).collect()
}

fn brief(p: &Proposal) -> String {
    format!("{} {} {} {}:{}", p.severity, p.confidence, p.category, p.file, p.line_start)
}

fn security(path: &str, text: &str) -> Vec<String> {
    told(&with(vec![added(path, text)]), &Context::default(), "security")
}

fn retro(path: &str, text: &str) -> Vec<String> {
    told(&with(vec![added(path, text)]), &Context::default(), "retro")
}

fn masked(path: &str, number: u32, confidence: u8) -> MaskedSecret {
    MaskedSecret {
        path: path.into(),
        line: 7,
        masked_line: format!("  key = \"[redacted:stripe-key:{number}]\""),
        added: true,
        on_removed: false,
        rule: "stripe-key",
        what: "Stripe key",
        confidence,
        number,
    }
}

fn of_secrets(secrets: &[MaskedSecret]) -> Vec<String> {
    proposals(&empty(), &Context::default(), secrets, "security").iter().map(brief).collect()
}

#[test]
fn every_field_answers_and_covers_every_hunk() {
    let change = with(vec![added("lib/a.rb", "x = 1"), added("README.md", "words"), added(".gitignore", "x")]);
    let replies = replies(&change, &Context::default(), &[]);
    let names: Vec<&str> = replies.keys().map(AgentName::as_str).collect();
    assert_eq!(names, vec!["performance", "retro", "security"]);
    for (name, reply) in &replies {
        assert_eq!(reply.coverage, vec![HunkId(1); 3], "{name}");
        assert_eq!(reply.proposals, vec![], "{name}");
        let general: &[&str] = if name.as_str() == "retro" { &[] } else { &["lib/a.rb: general checks only"] };
        assert_eq!(reply.notes, general, "{name}");
    }
}

#[test]
fn many_files_without_rules_are_one_note() {
    let change = with((0..10).map(|n| added(&format!("lib/{n}.rb"), "x = 1")).collect());
    let notes = &replies(&change, &Context::default(), &[])[&AgentName::parse("security").unwrap()].notes;
    let named: Vec<String> = (0..8).map(|n| format!("lib/{n}.rb")).collect();
    assert_eq!(notes, &[format!("{} and 2 more: general checks only", named.join(", "))]);
}

#[test]
fn an_added_secret_is_told_once_by_how_sure_the_rule_is() {
    let sure = masked("src/pay.py", 1, 95);
    let again = MaskedSecret { line: 9, ..sure.clone() };
    let doubtful = masked("src/pay.py", 2, 50);
    let sample = masked("tests/test_pay.py", 3, 95);
    let example = masked("src/pay.py", 4, 25);
    let all = [sure, again, doubtful, sample, example];
    let expected = vec![
        "critical 100 CWE-798 src/pay.py:7",
        "medium 50 CWE-798 src/pay.py:7",
        "low 50 CWE-798 tests/test_pay.py:7",
        "low 25 CWE-798 src/pay.py:7",
    ];
    assert_eq!(of_secrets(&all), expected);
    let found = proposals(&empty(), &Context::default(), &all, "security");
    assert_eq!(found[0].quote, "  key = \"[redacted:stripe-key:1]\"");
    assert!(found[0].scenario.contains("2 places"), "{}", found[0].scenario);
}

#[test]
fn a_removed_secret_asks_for_rotation_only_when_it_is_gone_and_sure() {
    let removed = MaskedSecret { added: false, on_removed: true, ..masked("src/a.py", 1, 95) };
    assert_eq!(of_secrets(std::slice::from_ref(&removed)), vec!["low 50 CWE-798 src/a.py:7"]);
    let unsure = MaskedSecret { confidence: 50, ..removed.clone() };
    assert_eq!(of_secrets(&[unsure]), Vec::<String>::new());
    let context_line = MaskedSecret { on_removed: false, ..removed.clone() };
    assert_eq!(of_secrets(&[removed, context_line]), Vec::<String>::new());
}

#[test]
fn a_long_line_is_quoted_around_its_marker() {
    let line = format!("{}é[redacted:stripe-key:1]{}", "é".repeat(900), "é".repeat(900));
    let secret = MaskedSecret { masked_line: line.clone(), ..masked("a.js", 1, 95) };
    let found = proposals(&empty(), &Context::default(), &[secret], "security");
    assert!(line.contains(&found[0].quote) && found[0].quote.contains("[redacted:stripe-key:1]"));
    assert!(found[0].quote.len() <= 600);
}

#[test]
fn trojan_source_is_told() {
    let rlo = "/*\u{202e} } \u{2066}if (isAdmin)\u{2069} \u{2066} begin admins only */";
    assert_eq!(security("a.c", rlo), vec!["high 100 CWE-1007 a.c:1"]);
    let early_return = "x = 1\n''' Subtract funds then \u{2067}''' ;return";
    assert_eq!(security("a.py", early_return), vec!["high 100 CWE-1007 a.py:2"]);
    assert_eq!(security("a.md", rlo), vec!["low 50 CWE-1007 a.md:1"]);
    assert_eq!(security("a.txt", "hi\u{e0049}\u{e0067}"), vec!["high 100 CWE-1007 a.txt:1"]);
    assert_eq!(security("a.js", "const is\u{200b}Admin = true"), vec!["medium 75 CWE-1007 a.js:1"]);
    assert_eq!(security("a.js", "const { timeout, \u{3164} } = req.query"), vec!["medium 75 CWE-1007 a.js:1"]);
    assert_eq!(security("a.js", "function s\u{430}yHello() {}\ns\u{430}yHello()"), vec!["medium 75 CWE-1007 a.js:1"]);
}

#[test]
fn good_text_in_any_script_is_not_told() {
    let good = [
        "# מחזיר את שם המשתמש, user_name",
        "# يعيد اسم المستخدم user_name",
        "# isolated \u{2067}עברית\u{2069} again",
        "x = \"می\u{200c}خواهم\"",
        "flags = \"\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f} 👩\u{200d}👩\u{200d}👧 🇩🇪\"",
        "# Проверка имени user_name",
        "Δx = σ_max * µs  # naïve café, größe",
        "名前 = get名前()",
        "FILLERS = ['\u{3164}', '\u{115f}']",
        "\u{feff}import os",
        "name = \"한글\u{3164}\"",
    ];
    for line in good {
        assert_eq!(security("a.py", line), Vec::<String>::new(), "{line}");
    }
}

#[test]
fn invisible_text_on_lines_that_were_there_is_not_told() {
    let mut file = added("a.c", "/*\u{202e} */");
    file.hunks[0].lines[0].kind = LineKind::Context;
    assert_eq!(told(&with(vec![file]), &Context::default(), "security"), Vec::<String>::new());
}

fn lock(changes: Vec<DependencyChange>) -> Change {
    let lock = LockFileChange { path: "Cargo.lock".into(), ecosystem: "Cargo", changes, incomplete: None };
    Change { lock_files: vec![lock], ..empty() }
}

fn dependency(name: &str, version: VersionChange, foreign: bool) -> DependencyChange {
    let source = foreign.then(|| "git+https://example.com/x".to_owned());
    DependencyChange { name: name.into(), version, source, foreign_source: foreign, line: Some(3) }
}

fn moved(from: &str, to: &str) -> VersionChange {
    VersionChange::Moved { from: from.into(), to: to.into() }
}

#[test]
fn dependencies_from_outside_and_swapped_ones_are_told() {
    let change = lock(vec![
        dependency("new", VersionChange::Added("1.0.0".into()), true),
        dependency("fine", VersionChange::Added("1.0.0".into()), false),
        dependency("git", moved("1.0.0", "1.0.1"), true),
        dependency("gone", VersionChange::Removed("1.0.0".into()), true),
        dependency("same", VersionChange::SourceChanged("1.0.0".into()), false),
    ]);
    assert_eq!(
        told(&change, &Context::default(), "security"),
        vec!["medium 75 CWE-829 Cargo.lock:3", "medium 75 CWE-494 Cargo.lock:3"]
    );
    assert_eq!(told(&change, &Context::default(), "retro"), Vec::<String>::new());
    let many = (0..30).map(|n| dependency(&format!("d{n}"), VersionChange::SourceChanged("1".into()), true)).collect();
    assert_eq!(told(&lock(many), &Context::default(), "security"), vec!["low 50 CWE-494 Cargo.lock:3"]);
}

#[test]
fn major_steps_that_the_project_asks_for_are_one_note() {
    let asking = |lines: &str, change: Change| Change { files: vec![added("Cargo.toml", lines)], ..change };
    let all = "a = \"2\"\nb = { version = \"0.4\" }\nc = \"1.3\"\nd = \"1\"\ne = \"d\"\ngolang.org/x/net v0.53.0\n";
    let step = || lock(vec![dependency("own-er", moved("1.0.0", "2.0.0"), false)]);
    for (lines, facts) in [("own-er = \"2\"\n", 1), ("own = \"2\"\n", 0), ("my-own-er = \"2\"\n", 0)] {
        assert_eq!(told(&asking(lines, step()), &Context::default(), "retro").len(), facts, "{lines}");
    }
    let own = asking("own-er = { path = \"own-er\", version = \"2\" }\n", step());
    assert_eq!(told(&own, &Context::default(), "retro"), Vec::<String>::new());
    assert_eq!(told(&step(), &Context::default(), "retro"), Vec::<String>::new());
    let change = lock(vec![
        dependency("a", moved("1.9.0", "2.0.0"), false),
        dependency("b", moved("0.3.1", "0.4.0"), false),
        dependency("c", moved("1.2.3", "1.3.0"), false),
        dependency("d", moved("2.0.0", "1.0.0"), false),
        dependency("e", moved("abc", "def"), false),
    ]);
    let change = asking(all, change);
    let found = proposals(&change, &Context::default(), &[], "retro");
    assert_eq!(found.iter().map(brief).collect::<Vec<_>>(), vec!["low 50 major-bump Cargo.lock:3"]);
    assert_eq!(found[0].title, "2 dependencies of Cargo passed a major version");
    let mut of_go = lock(vec![dependency("golang.org/x/net", moved("v0.52.0", "v0.53.0"), false)]);
    of_go.lock_files[0].ecosystem = "Go";
    let of_go = asking(all, of_go);
    assert_eq!(told(&of_go, &Context::default(), "retro"), Vec::<String>::new());
}

#[test]
fn manifests_that_fetch_from_elsewhere_are_told() {
    for (path, line, expected) in [
        ("Cargo.toml", "x = { git = \"https://example.com/x\" }", "low 75 CWE-829"),
        ("package.json", "    \"x\": \"git+ssh://git@example.com/x.git\",", "low 75 CWE-829"),
        ("package.json", "    \"x\": \"http://example.com/x.tgz\"", "high 75 CWE-494"),
        ("requirements.txt", "x @ git+https://example.com/x", "low 75 CWE-829"),
        ("requirements-dev.txt", "--extra-index-url http://pypi.example.com/simple", "high 75 CWE-494"),
        ("Gemfile", "gem 'x', github: 'o/x'", "low 75 CWE-829"),
    ] {
        assert_eq!(security(path, line), vec![format!("{expected} {path}:1")], "{line}");
    }
    for (path, line) in [
        ("package.json", "    \"url\": \"git+https://github.com/o/r.git\""),
        ("package.json", "  \"homepage\": \"http://example.com\","),
        ("package.json", "    \"x\": \"^1.2.3\","),
        ("Cargo.toml", "repository = \"https://github.com/o/r.git\""),
        ("Cargo.toml", "# x = { git = \"https://example.com/x\" }"),
        ("requirements.txt", "x==1.0  # see git+https://example.com"),
        ("src/a.py", "x @ git+https://example.com/x"),
        ("docs/package.json", "\"x\": \"git+ssh://git@example.com/x.git\""),
    ] {
        assert_eq!(security(path, line), Vec::<String>::new(), "{line}");
    }
}

fn companion(touched: &str, missing: &str, together: usize, alone: usize) -> Context {
    let pair = Companion { touched: touched.into(), missing: missing.into(), together, alone };
    Context { history: WorkHistory { missing_companions: vec![pair], ..WorkHistory::default() }, ..Context::default() }
}

#[test]
fn a_manifest_without_its_lock_file_is_told_when_dependencies_changed() {
    let usual = companion("Cargo.toml", "Cargo.lock", 8, 10);
    let change = |line: &str| with(vec![added("Cargo.toml", line)]);
    assert_eq!(told(&change("serde = \"1.2\""), &usual, "retro"), vec!["low 75 missing-companion Cargo.toml:1"]);
    assert_eq!(told(&change("description = \"2 things\""), &usual, "retro"), Vec::<String>::new());
    assert_eq!(told(&change("edition = \"2024\""), &usual, "retro"), Vec::<String>::new());
    assert_eq!(told(&change("serde = \"1.2\""), &Context::default(), "retro"), Vec::<String>::new());
    let mut other_requirement = change("serde = \"1.2\"");
    let old = Line {
        kind: LineKind::Removed,
        text: b"serde = \"1.1\"".to_vec(),
        ..other_requirement.files[0].hunks[0].lines[0].clone()
    };
    other_requirement.files[0].hunks[0].lines.insert(0, old);
    assert_eq!(told(&other_requirement, &usual, "retro"), Vec::<String>::new());
}

#[test]
fn companions_need_numbers() {
    let change = with(vec![added("src/a.rs", CODE)]);
    let retro = |together, alone| told(&change, &companion("src/a.rs", "src/b.rs", together, alone), "retro");
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
    let told_of =
        |path: &str, text: &str| told(&with(vec![added(path, text)]), &companion(path, "src/b.rs", 20, 20), "retro");
    assert_eq!(told_of("src/a.rs", CODE).len(), 1);
    assert_eq!(told_of("src/a.rs", "use b;\n// one\n// two\n// three\n// four"), Vec::<String>::new());
    for path in ["tests/a.rs", "src/a_test.go", "pom.xml", "package.json", "History.md", ".github/workflows/a.yml"] {
        assert_eq!(told_of(path, CODE), Vec::<String>::new(), "{path}");
    }
}

#[test]
fn conflict_markers_need_both_ends() {
    let both = "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> other";
    assert_eq!(retro("src/a.rs", both), vec!["high 100 conflict-marker src/a.rs:2"]);
    assert_eq!(retro("a.md", both), vec!["low 50 conflict-marker a.md:2"]);
    assert_eq!(retro("a.rst", "Heading\n======="), Vec::<String>::new());
    assert_eq!(retro("src/a.rs", "    <<<<<<< HEAD\n    >>>>>>> x"), Vec::<String>::new());
}

#[test]
fn debugging_is_told_outside_tests() {
    assert_eq!(retro("a.py", "import x\n    breakpoint()"), vec!["low 75 debug-leftover a.py:2"]);
    assert_eq!(retro("a.ts", &"  console.log(x)\n".repeat(8)), vec!["low 50 debug-leftover a.ts:1"]);
    assert_eq!(retro("a.ts", &"  console.log(x)\n".repeat(7)), Vec::<String>::new());
    assert_eq!(retro("tests/a.py", "breakpoint()"), Vec::<String>::new());
    assert_eq!(retro("src/a.rs", "let x = dbg!(y);"), vec!["low 75 debug-leftover src/a.rs:1"]);
    assert_eq!(retro("src/a.rs", "/// dbg!(y);\n#[cfg(test)]\nmod tests {\n    dbg!(y);"), Vec::<String>::new());
}

#[test]
fn files_are_told_by_what_they_are() {
    let new = |path: &str, text: &str| FileChange { status: FileStatus::Added, old_mode: 0, ..added(path, text) };
    let of = |file: FileChange| told(&with(vec![file]), &Context::default(), "security");
    assert_eq!(of(new("deploy/id_rsa", "x")), vec!["high 75 CWE-538 deploy/id_rsa:1"]);
    assert_eq!(of(new("deploy/id_rsa.pub", "x")), Vec::<String>::new());
    assert_eq!(of(new(".env", "# c\nA=1")), vec!["low 50 CWE-538 .env:2"]);
    assert_eq!(of(new(".env.example", "A=1")), Vec::<String>::new());
    let executable = |path: &str, text: &str| FileChange { new_mode: 0o100_755, ..added(path, text) };
    assert_eq!(of(executable("a.md", "words")), vec!["low 75 CWE-732 a.md:1"]);
    assert_eq!(of(executable("run.js", "#!/usr/bin/env node")), Vec::<String>::new());
    assert_eq!(of(executable("run.sh", "ls")), Vec::<String>::new());
    let link = |path: &str, to: &str| FileChange { new_mode: 0o120_000, ..new(path, to) };
    assert_eq!(of(link("a/b", "../../etc")), vec!["medium 75 CWE-59 a/b:1"]);
    assert_eq!(of(link("a/b", "/etc/passwd")), vec!["medium 75 CWE-59 a/b:1"]);
    assert_eq!(of(link("a/b", "../c/./d")), Vec::<String>::new());
    assert_eq!(of(FileChange { new_mode: 0o100_666, ..added("a.rs", "x") }), vec!["medium 75 CWE-732 a.rs:1"]);
    let binary = |path: &str| Skipped { path: path.into(), reason: SkipReason::Binary };
    let stores = Change { skipped: vec![binary("app/release.jks"), binary("test/a.jks"), binary("a.png")], ..empty() };
    assert_eq!(told(&stores, &Context::default(), "security"), vec!["medium 50 CWE-538 app/release.jks:0"]);
}

#[test]
fn hot_spots_need_many_repairs() {
    let of = |path: &str| with(vec![added(path, CODE)]);
    let change = of("src/a.rs");
    let context = |commits, repairs| {
        let recent = [("1234567", "refactor"), ("abc1234", "Fix it")].map(|(id, s)| (id.to_owned(), s.to_owned()));
        let history = FileHistory { path: "src/a.rs".into(), commits, repairs, recent: recent.into() };
        Context { history: WorkHistory { files: vec![history], ..WorkHistory::default() }, ..Context::default() }
    };
    assert_eq!(told(&change, &context(10, 5), "retro"), vec!["low 50 hot-spot src/a.rs:1"]);
    assert_eq!(told(&change, &context(20, 5), "retro"), Vec::<String>::new());
    assert_eq!(told(&change, &context(5, 5), "retro"), Vec::<String>::new());
    let found = proposals(&change, &context(10, 6), &[], "retro");
    assert!(found[0].scenario.ends_with("The last was abc1234 `Fix it`."), "{}", found[0].scenario);
}

fn commit(digit: &str, message: &str) -> CommitInfo {
    let id = ObjectId::parse(&digit.repeat(40)).unwrap();
    CommitInfo { id, parents: 1, author: "A".into(), time: 0, message: message.into() }
}

#[test]
fn repairs_inside_a_range_are_told() {
    let of = |commits| {
        let change = Change { commits, ..with(vec![added("src/a.rs", "fn a() {}")]) };
        told(&change, &Context::default(), "retro")
    };
    assert_eq!(of(vec![commit("b", "fixup! add a"), commit("a", "add a")]), vec!["low 75 fixup-chain src/a.rs:1"]);
    let pair = vec![commit("b", "Revert \"add a\"\n\nThis reverts commit a."), commit("a", "add a")];
    assert_eq!(of(pair), vec!["low 75 fixup-chain src/a.rs:1"]);
    assert_eq!(of(vec![commit("b", "Revert \"add c\"")]), Vec::<String>::new());
    assert_eq!(of(vec![commit("b", "fix the a"), commit("a", "add a")]), Vec::<String>::new());
}

#[test]
fn a_revert_leaves_a_lesson() {
    let message = "Revert \"cache prices\"\n\nThis reverts commit aaaa.\n\nTenants saw each other's prices.";
    let change = Change { commits: vec![commit("b", message)], ..with(vec![added("src/a.rs", "x")]) };
    let replies = replies(&change, &Context::default(), &[]);
    let lessons = &replies[&AgentName::parse("retro").unwrap()].lessons;
    assert_eq!(lessons.len(), 1);
    assert_eq!(lessons[0].title, "Taken back: cache prices");
    assert_eq!((lessons[0].category.as_str(), lessons[0].problem_type.as_str()), ("workflow-issues", "workflow_issue"));
    assert!(lessons[0].body.contains("Tenants saw each other's prices."), "{}", lessons[0].body);
    assert!(replies[&AgentName::parse("security").unwrap()].lessons.is_empty());
}

#[test]
fn tests_that_did_not_move_are_told() {
    let tested = |tests: &[&str]| {
        let test_files = tests.iter().map(|path| (*path).into()).collect();
        Context { history: WorkHistory { test_files, ..WorkHistory::default() }, ..Context::default() }
    };
    let long = "value = compute()\n".repeat(20);
    let change = with(vec![added("app/prices.py", &long)]);
    let context = tested(&["tests/test_prices.py"]);
    assert_eq!(told(&change, &context, "retro"), vec!["low 75 untested-change app/prices.py:1"]);
    assert_eq!(told(&change, &tested(&["tests/test_other.py", "tests/prices_test.go"]), "retro"), Vec::<String>::new());
    let short = with(vec![added("app/prices.py", &"value = 1\n".repeat(19))]);
    assert_eq!(told(&short, &context, "retro"), Vec::<String>::new());
    let mut rewritten = added("app/prices.py", &long);
    rewritten.hunks[0].lines[0].kind = LineKind::Removed;
    assert_eq!(told(&with(vec![rewritten]), &context, "retro"), Vec::<String>::new());
    for (message, facts) in [("refactor: one loop", 0), ("Rename value", 0), ("Cache values", 1)] {
        let change = Change { commits: vec![commit("a", message)], ..change.clone() };
        assert_eq!(told(&change, &context, "retro").len(), facts, "{message}");
    }
    let comments = with(vec![added("app/prices.py", &"# value\n".repeat(30))]);
    assert_eq!(told(&comments, &context, "retro"), Vec::<String>::new());
    let both = with(vec![added("app/prices.py", &long), added("tests/test_api.py", "def test_a(): pass")]);
    assert_eq!(told(&both, &context, "retro"), Vec::<String>::new());
    let inline = with(vec![added("src/prices.rs", &format!("{}#[test]\n", "let a = b();\n".repeat(25)))]);
    assert_eq!(told(&inline, &tested(&["tests/prices.rs"]), "retro"), Vec::<String>::new());
}

#[test]
fn a_message_about_documentation_over_code_is_told() {
    let code = "let a = b();\n".repeat(10);
    let of = |subject: &str, path: &str, text: &str| {
        let change = Change { commits: vec![commit("a", subject)], ..with(vec![added(path, text)]) };
        told(&change, &Context::default(), "retro")
    };
    assert_eq!(of("docs: explain", "src/a.rs", &code), vec!["low 50 message-mismatch src/a.rs:1"]);
    assert_eq!(of("docs: explain", "src/a.rs", &"/// words\n".repeat(30)), Vec::<String>::new());
    assert_eq!(of("docs: explain", "docs/a.rs", &code), Vec::<String>::new());
    assert_eq!(of("feat: explain", "src/a.rs", &code), Vec::<String>::new());
}

#[test]
fn titles_fit_and_lists_are_capped() {
    let path = format!("src/{}.rs", "long".repeat(60));
    let changes = (0..9).map(|n| dependency(&format!("{path}{n}"), VersionChange::Added("1".into()), true)).collect();
    let found = proposals(&lock(changes), &Context::default(), &[], "security");
    assert_eq!(found.len(), 9);
    assert!(found.iter().all(|p| p.title.len() <= 100));
    let secrets: Vec<MaskedSecret> = (1..=300).map(|n| masked("a.py", n, 95)).collect();
    let reply =
        replies(&empty(), &Context::default(), &secrets).remove(&AgentName::parse("security").unwrap()).unwrap();
    assert_eq!((reply.proposals.len(), reply.notes), (200, vec!["100 more facts of this kind left out".to_owned()]));
}
