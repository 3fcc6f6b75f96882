//! Broken, huge and hostile text.

use std::cell::Cell;
use std::time::Duration;

use super::super::{BUDGET, examine};
use super::{check, file, rules};
use crate::model::samples::change;

const EACH: [&str; 8] = [
    "a.py", "a.js", "a.ts", "a.tsx", "a.go", "a.rs", "a.java", "a.c",
];

thread_local! {
    static LOOKS: Cell<u64> = const { Cell::new(0) };
}

/// A clock on which every look takes a millisecond: bounds by it hold on any machine.
fn looks() -> Duration {
    LOOKS.set(LOOKS.get() + 1);
    Duration::from_millis(LOOKS.get())
}

fn whole(path: &str, text: &[u8]) -> crate::model::FileChange {
    let mut one = file(path, Some("x"), "x\n", &[]);
    let count = u32::try_from(text.iter().filter(|b| **b == b'\n').count() + 1).unwrap();
    one.hunks[0].lines = (1..=count).map(super::added).collect();
    one.new_text = Some(text.to_vec());
    one
}

#[test]
fn degenerate_text_ends() {
    for seed in [
        "(",
        "{[(",
        "f(",
        "a.b(c)(d)",
        "\"",
        "${`",
        "if x:\n ",
        "exec(eval(",
    ] {
        let paths = if seed == "(" {
            &EACH[..]
        } else {
            &["a.py", "a.js"]
        };
        let text = seed.repeat((1 << 20) / seed.len());
        let files = paths.iter().map(|p| whole(p, text.as_bytes())).collect();
        let examined = examine(&change(files), BUDGET, crate::sys::clock::thread_time);
        assert!(examined.hits.len() <= 40 * paths.len());
    }
}

#[test]
fn a_change_full_of_degenerate_files_is_bounded_as_a_whole() {
    let text = ["gets".as_bytes(), &vec![b'('; 1 << 14]].concat();
    let files: Vec<_> = (0..15)
        .map(|i| whole(&format!("{i:02}.c"), &text))
        .collect();
    let examined = examine(&change(files), Duration::from_millis(12), looks);
    assert_eq!(examined.hits, []);
    assert!(
        !examined.unread.is_empty() && examined.unread.contains(&"14.c".into()),
        "{:?}",
        examined.unread
    );
}

#[test]
fn what_was_not_looked_at_in_time_is_named_and_tells_nothing() {
    let line = "os.chmod(p, 0o777)\n";
    for budget in 0..12 {
        let examined = examine(
            &change(vec![file("a.py", None, line, &[])]),
            Duration::from_millis(budget),
            looks,
        );
        assert_eq!(
            examined.hits.is_empty(),
            examined.unread == ["a.py".into()],
            "{budget} ms: {examined:?}"
        );
    }
    assert_eq!(rules("a.py", line).len(), 1);
}

#[test]
fn texts_over_the_size_bound_are_not_parsed() {
    let text = format!("{}os.chmod(p, 0o777)\n", "x = 1\n".repeat(200_000));
    let examined = examine(&change(vec![file("a.py", None, &text, &[])]), BUDGET, looks);
    assert_eq!(
        (examined.hits.len(), examined.unread),
        (0, vec!["a.py".into()])
    );
}

#[test]
fn broken_and_binary_text_does_not_panic() {
    let seeds: [&[u8]; 7] = [
        b"",
        b"\0\xff\xfe",
        b"def f(:\n os.system(f'{",
        b"os.system(f'\xf0\x9f{x\xff}')",
        "ä".as_bytes(),
        b"const x = `${`${`${",
        b"exec(\"sh\", \"-c\", \"\\",
    ];
    for path in EACH {
        for seed in seeds {
            let twice = [seed, b"\r\n", seed].concat();
            let hits = check(&change(vec![whole(path, seed), whole(path, &twice)]));
            assert!(hits.len() < 9);
        }
    }
}

#[test]
fn long_chains_of_assignments_end() {
    let mut text = "def f(cur, a0):\n".to_owned();
    for i in 1..2_000 {
        text.push_str(&format!("    a{i} = a{} + a{}\n", i - 1, i - 1));
    }
    text.push_str("    cur.execute('SELECT a FROM t WHERE b = ' + a1999)\n");
    rules("a.py", &text);
    let looped = "def f(cur, a):\n    for i in a:\n        a = a + i\n        cur.execute('SELECT 1 WHERE b = ' + a)\n";
    assert_eq!(rules("a.py", looped), ["py-sql-built"]);
}

#[test]
fn hits_of_one_file_are_capped() {
    assert_eq!(rules("a.py", &"os.chmod(p, 0o777)\n".repeat(500)).len(), 40);
}
