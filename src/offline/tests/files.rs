//! What stands in the lines and files themselves.

use super::*;

#[test]
fn trojan_source_is_told() {
    let rlo = "/*\u{202e} } \u{2066}if (isAdmin)\u{2069} \u{2066} begin admins only */";
    assert_eq!(security("a.c", rlo), vec!["high 100 CWE-1007 a.c:1"]);
    let early_return = "x = 1\n''' Subtract funds then \u{2067}''' ;return";
    assert_eq!(
        security("a.py", early_return),
        vec!["high 100 CWE-1007 a.py:2"]
    );
    assert_eq!(security("a.md", rlo), vec!["low 50 CWE-1007 a.md:1"]);
    assert_eq!(
        security("a.txt", "hi\u{e0049}\u{e0067}"),
        vec!["high 100 CWE-1007 a.txt:1"]
    );
    assert_eq!(
        security("a.js", "const is\u{200b}Admin = true"),
        vec!["medium 75 CWE-1007 a.js:1"]
    );
    assert_eq!(
        security("a.js", "const { timeout, \u{3164} } = req.query"),
        vec!["medium 75 CWE-1007 a.js:1"]
    );
    assert_eq!(
        security("a.js", "function s\u{430}yHello() {}\ns\u{430}yHello()"),
        vec!["medium 75 CWE-1007 a.js:1"]
    );
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
    assert_eq!(
        told(&with(vec![file]), &Context::default(), "security"),
        Vec::<String>::new()
    );
}

#[test]
fn conflict_markers_need_both_ends() {
    let both = "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> other";
    assert_eq!(
        retro("src/a.rs", both),
        vec!["high 100 conflict-marker src/a.rs:2"]
    );
    assert_eq!(retro("a.md", both), vec!["low 50 conflict-marker a.md:2"]);
    assert_eq!(retro("a.rst", "Heading\n======="), Vec::<String>::new());
    assert_eq!(
        retro("src/a.rs", "    <<<<<<< HEAD\n    >>>>>>> x"),
        Vec::<String>::new()
    );
}

#[test]
fn debugging_is_told_outside_tests() {
    assert_eq!(
        retro("a.py", "import x\n    breakpoint()"),
        vec!["low 75 debug-leftover a.py:2"]
    );
    assert_eq!(
        retro("a.ts", &"  console.log(x)\n".repeat(8)),
        vec!["low 50 debug-leftover a.ts:1"]
    );
    assert_eq!(
        retro("a.ts", &"  console.log(x)\n".repeat(7)),
        Vec::<String>::new()
    );
    assert_eq!(retro("tests/a.py", "breakpoint()"), Vec::<String>::new());
    assert_eq!(
        retro("src/a.rs", "let x = dbg!(y);"),
        vec!["low 75 debug-leftover src/a.rs:1"]
    );
    assert_eq!(
        retro(
            "src/a.rs",
            "/// dbg!(y);\n#[cfg(test)]\nmod tests {\n    dbg!(y);"
        ),
        Vec::<String>::new()
    );
}

#[test]
fn files_are_told_by_what_they_are() {
    let new = |path: &str, text: &str| FileChange {
        status: FileStatus::Added,
        old_mode: 0,
        ..added(path, text)
    };
    let of = |file: FileChange| told(&with(vec![file]), &Context::default(), "security");
    assert_eq!(
        of(new("deploy/id_rsa", "x")),
        vec!["high 75 CWE-538 deploy/id_rsa:1"]
    );
    assert_eq!(of(new("deploy/id_rsa.pub", "x")), Vec::<String>::new());
    assert_eq!(of(new(".env", "# c\nA=1")), vec!["low 50 CWE-538 .env:2"]);
    assert_eq!(of(new(".env.example", "A=1")), Vec::<String>::new());
    let executable = |path: &str, text: &str| FileChange {
        new_mode: 0o100_755,
        ..added(path, text)
    };
    assert_eq!(
        of(executable("a.md", "words")),
        vec!["low 75 CWE-732 a.md:1"]
    );
    assert_eq!(
        of(executable("run.js", "#!/usr/bin/env node")),
        Vec::<String>::new()
    );
    assert_eq!(of(executable("run.sh", "ls")), Vec::<String>::new());
    let link = |path: &str, to: &str| FileChange {
        new_mode: 0o120_000,
        ..new(path, to)
    };
    assert_eq!(of(link("a/b", "../../etc")), vec!["medium 75 CWE-59 a/b:1"]);
    assert_eq!(
        of(link("a/b", "/etc/passwd")),
        vec!["medium 75 CWE-59 a/b:1"]
    );
    assert_eq!(of(link("a/b", "../c/./d")), Vec::<String>::new());
    assert_eq!(
        of(FileChange {
            new_mode: 0o100_666,
            ..added("a.rs", "x")
        }),
        vec!["medium 75 CWE-732 a.rs:1"]
    );
    let binary = |path: &str| Skipped {
        path: path.into(),
        reason: SkipReason::Binary,
    };
    let stores = Change {
        skipped: vec![
            binary("app/release.jks"),
            binary("test/a.jks"),
            binary("a.png"),
        ],
        ..empty()
    };
    assert_eq!(
        told(&stores, &Context::default(), "security"),
        vec!["medium 50 CWE-538 app/release.jks:0"]
    );
}
