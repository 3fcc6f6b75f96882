//! Sheer size, and shapes that make rules, parsers and comparisons work for ever.
//!
//! Each is small in an ordinary run and of full size where `GIT_AGENTS_ATTACKS=all` asks for it. All
//! must end in time and within a bound of memory, and what was not read must not be called clean.

use std::fs;
use std::io::Write;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::attempt::{Attempt, attempt, is_full};
use crate::support::{Ran, Sandbox};

const GROUP: &str = "denial";
/// Longest that one may take here, built without optimisation and beside others.
const LONGEST: Duration = Duration::from_secs(300);
/// Kibibytes of address space.
const MEMORY: u64 = 6 << 20;

/// Reviews HEAD offline within the bounds.
fn review(place: &Sandbox) -> Ran {
    within(
        place,
        &["run", "HEAD", "--backend", "offline", "--format", "json"],
    )
}

fn within(place: &Sandbox, words: &[&str]) -> Ran {
    let begun = Instant::now();
    let limit = format!("ulimit -v {MEMORY}; exec \"$@\"");
    let mut command = place.command("sh");
    command
        .args(["-c", &limit, "sh"])
        .arg(crate::support::program());
    let ran = Ran::of(&command.args(words).output().unwrap());
    let took = begun.elapsed();
    assert!(took < LONGEST, "{words:?} took {took:?}");
    assert!([0, 1, 3].contains(&ran.code), "{}: {}", ran.code, ran.err);
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
    if let Ok(report) = serde_json::from_str::<Value>(&ran.out) {
        let coverage = &report["coverage"];
        let read = coverage["hunks"] == coverage["hunks_read"];
        assert!(read || report["state"] != "clean", "{coverage}");
    }
    ran
}

/// A commit that adds these files, reviewed.
fn added(
    name: &str,
    files: impl FnOnce(u64) -> Vec<(String, Vec<u8>)> + Send + 'static,
    small: u64,
    full: u64,
) -> Attempt {
    attempt(GROUP, name, move || {
        let place = Sandbox::with_commit();
        for (path, bytes) in files(if is_full() { full } else { small }) {
            place.write(&path, bytes);
        }
        place.commit("add");
        review(&place);
    })
}

/// One file made of so many repetitions.
fn repeated(
    name: &str,
    path: &'static str,
    before: &'static str,
    part: &'static str,
    after: &'static str,
    sizes: (u64, u64),
) -> Attempt {
    let text = move |count: u64| {
        let text = format!(
            "{before}{}{after}",
            part.repeat(usize::try_from(count).unwrap())
        );
        vec![(path.to_owned(), text.into_bytes())]
    };
    added(name, text, sizes.0, sizes.1)
}

/// All attempts.
pub(crate) fn attempts() -> Vec<Attempt> {
    let mut all = lines();
    all.extend(nesting());
    all.extend(deep_expressions());
    all.extend(patterns());
    all.extend(globs());
    all.extend(trees());
    all.extend(records());
    all.extend(settings());
    all
}

fn lines() -> Vec<Attempt> {
    vec![
        attempt(GROUP, "one line of a gigabyte", || {
            let place = Sandbox::with_commit();
            let mut file = fs::File::create(place.repo.join("line.py")).unwrap();
            let block = vec![b'a'; 1 << 20];
            for _ in 0..if is_full() { 1024 } else { 16 } {
                file.write_all(&block).unwrap();
            }
            drop(file);
            place.commit("line");
            review(&place);
        }),
        attempt(
            GROUP,
            "one line of a gigabyte that is not committed",
            || {
                let place = Sandbox::with_commit();
                let mut file = fs::File::create(place.repo.join("line.py")).unwrap();
                let block = vec![b'a'; 1 << 20];
                for _ in 0..if is_full() { 1024 } else { 16 } {
                    file.write_all(&block).unwrap();
                }
                drop(file);
                within(&place, &["run", "--backend", "offline", "--format", "json"]);
            },
        ),
        repeated(
            "a million empty lines",
            "a.py",
            "",
            "\n",
            "x = 1\n",
            (200_000, 1_000_000),
        ),
        repeated(
            "a million lines alike",
            "a.py",
            "",
            "x = 1\n",
            "",
            (50_000, 1_000_000),
        ),
        attempt(GROUP, "50,000 hunks", || {
            let place = Sandbox::with_commit();
            let count = if is_full() { 50_000 } else { 3_000 };
            let text = |word: &str| -> String {
                (0..count * 10)
                    .map(|n| {
                        if n % 10 == 0 {
                            format!("{word} = {n}\n")
                        } else {
                            format!("y{n} = 0\n")
                        }
                    })
                    .collect()
            };
            place.write("a.py", text("x"));
            place.commit("before");
            place.write("a.py", text("z"));
            place.commit("after");
            review(&place);
        }),
        attempt(GROUP, "a commit message of fifty megabytes", || {
            let place = Sandbox::with_commit();
            let size = if is_full() { 50 << 20 } else { 4 << 20 };
            let path = place.root().join("message");
            fs::write(&path, "word ".repeat(size / 5)).unwrap();
            place.write("a.py", "x = 1\n");
            place.git(&["add", "-A"]).exits(0);
            place
                .git(&["commit", "-q", "-F", path.to_str().unwrap()])
                .exits(0);
            review(&place);
        }),
    ]
}

fn nesting() -> Vec<Attempt> {
    let mut all = Vec::new();
    for extension in ["py", "js", "ts", "go", "java", "c", "rs"] {
        let name = format!("100,000 open brackets in .{extension}");
        all.push(added(
            &name,
            move |count| {
                let text = format!("x = {}", "(".repeat(count as usize));
                vec![(format!("a.{extension}"), text.into_bytes())]
            },
            20_000,
            100_000,
        ));
        let name = format!("100,000 blocks in .{extension}");
        all.push(added(
            &name,
            move |count| {
                let text = format!(
                    "{}{}",
                    "{[(".repeat(count as usize),
                    ")]}".repeat(count as usize)
                );
                vec![(format!("a.{extension}"), text.into_bytes())]
            },
            10_000,
            100_000,
        ));
    }
    all
}

/// Expressions and blocks in each other, beyond what brackets show.
fn deep_expressions() -> Vec<Attempt> {
    vec![
        repeated(
            "a sum of 100,000 texts in a statement",
            "a.py",
            "cur.execute(\"a\"",
            " + \"a\"",
            " + name)\n",
            (5_000, 100_000),
        ),
        repeated(
            "a sum of 100,000 texts in JavaScript",
            "a.js",
            "db.query(\"a\"",
            " + \"a\"",
            " + name)\n",
            (5_000, 100_000),
        ),
        repeated(
            "100,000 calls in calls",
            "a.py",
            "x = ",
            "f(",
            "1",
            (5_000, 100_000),
        ),
        repeated(
            "100,000 members of members",
            "a.js",
            "x",
            ".a",
            "\n",
            (20_000, 100_000),
        ),
        repeated(
            "100,000 conditions in conditions",
            "a.c",
            "int x = ",
            "a ? b : ",
            "c;\n",
            (5_000, 100_000),
        ),
        repeated(
            "100,000 functions in functions",
            "a.js",
            "",
            "function(){",
            "",
            (3_000, 100_000),
        ),
        repeated(
            "100,000 formatted texts in each other",
            "a.py",
            "x = ",
            "f'{",
            "1",
            (3_000, 100_000),
        ),
        repeated(
            "100,000 generics in each other",
            "a.rs",
            "type T = ",
            "Vec<",
            "u8",
            (5_000, 100_000),
        ),
        repeated(
            "5,000 indented blocks",
            "a.py",
            "",
            "if x:\n  ",
            "y\n",
            (2_000, 5_000),
        ),
    ]
}

fn patterns() -> Vec<Attempt> {
    vec![
        repeated(
            "a value that no secret pattern ends in",
            "a.env",
            "password=",
            "aA1",
            "\n",
            (200_000, 3_000_000),
        ),
        repeated(
            "a million at signs",
            "a.txt",
            "https://",
            "a:b@",
            "\n",
            (50_000, 1_000_000),
        ),
        repeated(
            "a million beginnings of a key",
            "a.txt",
            "",
            "-----BEGIN RSA PRIVATE KEY-----\n",
            "",
            (5_000, 100_000),
        ),
        repeated(
            "a million keywords of secrets",
            "a.py",
            "",
            "api_key secret token password ",
            "\n",
            (20_000, 500_000),
        ),
        repeated(
            "a million quotes",
            "a.py",
            "x = '",
            "\\'",
            "'\n",
            (100_000, 1_000_000),
        ),
        repeated(
            "a million blanks before a call",
            "a.py",
            "x = 1;",
            " ",
            "os.system(name)\n",
            (100_000, 1_000_000),
        ),
        repeated(
            "100,000 findings",
            "a.py",
            "import os\n",
            "os.system('a ' + name)\n",
            "",
            (2_000, 100_000),
        ),
        repeated(
            "100,000 variables assigned from each other",
            "a.py",
            "a = input()\n",
            "b = a; a = b\n",
            "os.system(a)\n",
            (5_000, 100_000),
        ),
        repeated(
            "a million invisible letters",
            "a.py",
            "x = '",
            "\u{200b}",
            "'\n",
            (50_000, 1_000_000),
        ),
        repeated(
            "a million letters that look alike",
            "a.py",
            "x",
            "\u{0430}",
            " = 1\n",
            (50_000, 500_000),
        ),
        repeated(
            "base64 of a megabyte",
            "a.py",
            "x = '",
            "QUtJQQ",
            "'\n",
            (100_000, 500_000),
        ),
    ]
}

/// Patterns in settings.
fn globs() -> Vec<Attempt> {
    vec![
        attempt(GROUP, "an excluding pattern with a thousand stars", || {
            let place = Sandbox::with_commit();
            let stars = "a*".repeat(1000);
            place.write(
                ".gitagents.toml",
                format!("exclude = [\"{stars}b\", \"{}\"]\n", "**/".repeat(1000)),
            );
            place.write(
                ".gitattributes",
                format!("{} linguist-generated\n", "*a".repeat(500)),
            );
            place.commit("patterns");
            place.write(&format!("{}.py", "a".repeat(200)), "x = 1\n");
            place.commit("match me");
            review(&place);
        }),
        attempt(GROUP, "an excluding pattern with a million choices", || {
            let place = Sandbox::with_commit();
            place.write(
                ".gitagents.toml",
                format!("exclude = [\"{}\"]\n", "{a,b}".repeat(20)),
            );
            place.commit("patterns");
            place.write("a.py", "x = 1\n");
            place.commit("match me");
            review(&place);
        }),
        attempt(
            GROUP,
            "the person's own pattern with a million choices",
            || {
                let place = Sandbox::with_commit();
                place.config("agents.exclude", &"{a,b}".repeat(20));
                place.write("a.py", "x = 1\n");
                place.commit("match me");
                let ran = place.agents(&["run", "HEAD", "--backend", "offline"]);
                assert!(!ran.err.contains("panicked"), "{}", ran.err);
            },
        ),
    ]
}

fn trees() -> Vec<Attempt> {
    vec![
        added(
            "100,000 files",
            |count| {
                (0..count)
                    .map(|n| {
                        (
                            format!("d{}/f{n}.py", n % 100),
                            format!("x = {n}\n").into_bytes(),
                        )
                    })
                    .collect()
            },
            2_000,
            100_000,
        ),
        added(
            "100,000 empty files",
            |count| {
                (0..count)
                    .map(|n| (format!("d{}/f{n}.py", n % 100), Vec::new()))
                    .collect()
            },
            2_000,
            100_000,
        ),
        added(
            "files 700 directories deep",
            |count| {
                vec![(
                    format!("{}a.py", "d/".repeat(count as usize)),
                    b"x = 1\n".to_vec(),
                )]
            },
            700,
            1_800,
        ),
        added(
            "names of 255 bytes",
            |count| {
                (0..count)
                    .map(|n| (format!("{n:0>251}.py"), b"x = 1\n".to_vec()))
                    .collect()
            },
            200,
            5_000,
        ),
        attempt(GROUP, "10,000 files renamed and changed a little", || {
            let place = Sandbox::with_commit();
            let count = if is_full() { 10_000 } else { 500 };
            let text = |n: u64, word: &str| -> String {
                (0..40)
                    .map(|line| format!("value_{line} = {}\n", n * 7 + line))
                    .collect::<String>()
                    + word
            };
            for n in 0..count {
                place.write(&format!("old/f{n}.py"), text(n, "a = 1\n"));
            }
            place.commit("before");
            fs::remove_dir_all(place.repo.join("old")).unwrap();
            for n in 0..count {
                place.write(&format!("new/g{n}.py"), text(n, "b = 2\n"));
            }
            place.commit("after");
            review(&place);
        }),
        attempt(GROUP, "two long files in which every line moved", || {
            let place = Sandbox::with_commit();
            let count: u64 = if is_full() { 200_000 } else { 10_000 };
            let lines = |step: u64| -> String {
                (0..count)
                    .map(|n| format!("v{} = 0\n", n * step % count))
                    .collect()
            };
            place.write("a.py", lines(1));
            place.commit("before");
            place.write("a.py", lines(7919));
            place.commit("after");
            review(&place);
        }),
        attempt(GROUP, "a merge of 16 parents", || {
            let place = Sandbox::with_commit();
            let mut names = Vec::new();
            for n in 0..16 {
                let name = format!("b{n}");
                place.git(&["switch", "-q", "-c", &name, "main"]).exits(0);
                place.write(&format!("f{n}.py"), format!("x = {n}\n"));
                place.commit(&name);
                names.push(name);
            }
            place.git(&["switch", "-q", "main"]).exits(0);
            let mut words = vec!["merge", "-q", "--no-edit"];
            words.extend(names.iter().map(String::as_str));
            place.git(&words).exits(0);
            review(&place);
        }),
    ]
}

/// Files that are read for what stands in them: locks and manifests.
fn records() -> Vec<Attempt> {
    let broken = |name: &str,
                  path: &'static str,
                  before: &'static str,
                  part: &'static str,
                  sizes: (u64, u64)| repeated(name, path, before, part, "", sizes);
    vec![
        broken(
            "a package file nested 100,000 deep",
            "package.json",
            "{\"dependencies\":",
            "{\"a\":",
            (20_000, 100_000),
        ),
        broken(
            "a lock file nested 100,000 deep",
            "package-lock.json",
            "{\"packages\":",
            "{\"a\":",
            (20_000, 100_000),
        ),
        broken(
            "a manifest nested 100,000 deep",
            "Cargo.toml",
            "a = ",
            "[",
            (20_000, 100_000),
        ),
        broken(
            "a lock file of 100,000 packages",
            "Cargo.lock",
            "",
            "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n",
            (5_000, 100_000),
        ),
        broken(
            "a YAML lock nested 100,000 deep",
            "pnpm-lock.yaml",
            "a: ",
            "[",
            (20_000, 100_000),
        ),
        broken(
            "a YAML lock that multiplies itself",
            "pnpm-lock.yaml",
            "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\npackages: *g\n",
            "#\n",
            (1, 1),
        ),
        broken(
            "a yarn lock of one entry without end",
            "yarn.lock",
            "",
            "a@1, ",
            (50_000, 1_000_000),
        ),
        broken(
            "a module file of 100,000 lines",
            "go.mod",
            "module x\n\nrequire (\n",
            "\ta.b/c v1.0.0\n",
            (10_000, 100_000),
        ),
    ]
}

/// Settings and definitions.
fn settings() -> Vec<Attempt> {
    vec![
        attempt(
            GROUP,
            "settings in the repository nested 100,000 deep",
            || {
                let place = Sandbox::with_commit();
                let count = if is_full() { 100_000 } else { 20_000 };
                place.write(
                    ".gitagents.toml",
                    format!("exclude = {}", "[".repeat(count)),
                );
                place.commit("settings");
                place.write("a.py", "x = 1\n");
                place.commit("match me");
                let ran =
                    place.agents(&["run", "HEAD", "--backend", "offline", "--format", "json"]);
                assert!(
                    !ran.err.contains("panicked") && ran.code < 128,
                    "{}: {}",
                    ran.code,
                    ran.err
                );
            },
        ),
        attempt(GROUP, "a definition that multiplies itself", || {
            let place = Sandbox::with_commit();
            let dir = place.root().join("config/git-agents/agents");
            fs::create_dir_all(&dir).unwrap();
            let text = "---\nname: bomb\ndescription: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n---\nx\n";
            fs::write(dir.join("bomb.md"), text).unwrap();
            fs::write(
                dir.join("deep.md"),
                format!(
                    "---\nname: deep\ndescription: {}\n---\nx\n",
                    "[".repeat(20_000)
                ),
            )
            .unwrap();
            let begun = Instant::now();
            let ran = place.agents(&["agents"]);
            assert!(
                !ran.err.contains("panicked") && ran.code < 128,
                "{}: {}",
                ran.code,
                ran.err
            );
            assert!(begun.elapsed() < Duration::from_secs(30));
        }),
    ]
}
