//! Rust's rules, one by one.

use super::super::rule::Dialect;
use super::{Case, hold, rules};

const CASES: &[Case] = &[
    (
        "rs-transmute",
        "fn f(x: u32) -> f32 { unsafe { std::mem::transmute(x) } }\n",
        "fn f(x: u32) -> f32 { f32::from_bits(x) }\n",
    ),
    (
        "rs-unchecked",
        "fn f(x: &[u8]) -> &str { unsafe { std::str::from_utf8_unchecked(x) } }\n",
        "fn f(x: Pin<&mut X>) { unsafe { x.get_unchecked_mut() } }\n",
    ),
    (
        "rs-uninitialized",
        "fn f() -> u8 { unsafe { mem::uninitialized() } }\n",
        "fn f() { MaybeUninit::<u8>::uninit() }\n",
    ),
    (
        "rs-shell",
        "fn f(x: &str) { Command::new(\"sh\").arg(\"-c\").arg(format!(\"ls {x}\")).status(); }\n",
        "fn f(x: &str) { Command::new(\"sh\").arg(\"-c\").arg(\"ls\").status(); Command::new(\"ls\").arg(x); }\n",
    ),
    (
        "rs-sql-built",
        "fn f(n: &str) { sqlx::query(&format!(\"SELECT a FROM t WHERE n = '{n}'\")); }\n",
        "fn f(n: &str) { sqlx::query(\"SELECT a FROM t WHERE n = ?\").bind(n); }\n",
    ),
    (
        "rs-tls-off",
        "fn f() { Client::builder().danger_accept_invalid_certs(true).build() }\n",
        "fn f() { Client::builder().danger_accept_invalid_certs(false).build() }\n",
    ),
    (
        "rs-chmod-all",
        "fn f() { Permissions::from_mode(0o777) }\n",
        "fn f() { Permissions::from_mode(0o700) }\n",
    ),
    (
        "rs-weak-random",
        "fn f() { let token = fastrand::u64(..); use_it(token); }\n",
        "fn f() { let delay = fastrand::u64(..); use_it(delay); }\n",
    ),
    (
        "rs-blocking-in-async",
        "async fn f() { std::thread::sleep(D); }\n",
        "fn f() { std::thread::sleep(D); }\nasync fn g() { spawn_blocking(|| std::thread::sleep(D)).await }\n",
    ),
    (
        "rs-files-in-async",
        "async fn f() { std::fs::read(\"a\"); }\n",
        "async fn f() { tokio::fs::read(\"a\").await; }\nfn g() { std::fs::read(\"a\"); }\n",
    ),
    (
        "rs-regex-in-loop",
        "fn f(xs: &[S]) { for x in xs { let r = Regex::new(\"a+\"); use_it(r, x); } }\n",
        "fn f(xs: &[S]) { let r = Regex::new(\"a+\"); for x in xs { use_it(r, x); } }\n",
    ),
    (
        "rs-collect-to-count",
        "fn f(x: I) -> usize { x.collect::<Vec<_>>().len() }\n",
        "fn f(x: I) -> usize { x.collect::<HashSet<_>>().len() }\n",
    ),
    (
        "rs-nth-char-in-loop",
        "fn f(s: &str) { for i in 0..n { use_it(s.chars().nth(i)); } }\n",
        "fn f(s: &str) { for c in s.chars() { use_it(c); } }\n",
    ),
    (
        "rs-vec-head",
        "fn f(mut queue: Vec<u8>) { while !queue.is_empty() { let x = queue.remove(0); use_it(x); } }\n",
        "fn f(mut queue: Vec<u8>) { while let Some(x) = queue.pop() { use_it(x); } }\n",
    ),
    (
        "rs-vec-membership",
        "fn f(xs: &[u8]) { let mut seen = Vec::new(); for x in xs { if seen.contains(x) { continue; } seen.push(x); } }\n",
        "fn f(xs: &[u8]) { let mut seen = HashSet::new(); for x in xs { if seen.contains(x) { continue; } seen.insert(x); } }\n",
    ),
    (
        "rs-query-per-item",
        "async fn f(ids: Vec<i32>) { for id in ids { let r = query(Q).bind(id).fetch_one(&pool).await; use_it(r); } }\n",
        "async fn f(ids: Vec<i32>) { let r = query(Q).bind(ids).fetch_all(&pool).await; }\n",
    ),
];

#[test]
fn every_rule_meets_its_case_and_leaves_its_neighbour() {
    hold(Dialect::Rust, "src/lib.rs", CASES);
}

#[test]
fn test_modules_are_left_alone() {
    assert_eq!(
        rules(
            "src/lib.rs",
            "mod tests { fn f() { Permissions::from_mode(0o777) } }\n"
        ),
        [""; 0]
    );
}
