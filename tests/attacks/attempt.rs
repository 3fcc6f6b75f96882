//! One attempt, and the table of all of them.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;

/// Group, name, whether it held, and how long it took, of each that was tried.
static TRIED: Mutex<Vec<(&'static str, String, bool, Duration)>> = Mutex::new(Vec::new());

/// An attack: it holds where `run` does not panic.
pub(crate) struct Attempt {
    group: &'static str,
    name: String,
    run: Box<dyn FnOnce() + Send>,
}

/// An attempt of this group.
pub(crate) fn attempt(
    group: &'static str,
    name: impl Into<String>,
    run: impl FnOnce() + Send + 'static,
) -> Attempt {
    Attempt {
        group,
        name: name.into(),
        run: Box::new(run),
    }
}

impl Attempt {
    /// As a test, which notes how it went.
    pub(crate) fn trial(self) -> Trial {
        let Self { group, name, run } = self;
        let title = format!("{group}: {name}");
        Trial::test(title, move || {
            let begun = Instant::now();
            let ended = catch_unwind(AssertUnwindSafe(run));
            TRIED
                .lock()
                .unwrap()
                .push((group, name, ended.is_ok(), begun.elapsed()));
            ended.map_err(|panic| resume_unwind(panic))
        })
    }
}

/// Whether the heavy ones were asked for at their full size.
pub(crate) fn is_full() -> bool {
    std::env::var("GIT_AGENTS_ATTACKS").is_ok_and(|value| value == "all")
}

/// What was tried, and what held.
pub(crate) fn table() -> String {
    let mut tried = TRIED.lock().unwrap().clone();
    tried.sort();
    let mut counts = BTreeMap::<&str, (usize, usize)>::new();
    let mut text = format!("{:<12} {:<6} {:>7} attempt\n", "group", "held", "seconds");
    for (group, name, held, took) in &tried {
        let word = if *held { "yes" } else { "NO" };
        text.push_str(&format!(
            "{group:<12} {word:<6} {:>7.1} {name}\n",
            took.as_secs_f64()
        ));
        let count = counts.entry(group).or_default();
        count.0 += 1;
        count.1 += usize::from(*held);
    }
    text.push_str(&format!("\n{:<12} {:>6} {:>6}\n", "group", "tried", "held"));
    for (group, (tried, held)) in &counts {
        text.push_str(&format!("{group:<12} {tried:>6} {held:>6}\n"));
    }
    let held = tried.iter().filter(|(_, _, held, _)| *held).count();
    text.push_str(&format!("{:<12} {:>6} {held:>6}\n", "all", tried.len()));
    text
}
