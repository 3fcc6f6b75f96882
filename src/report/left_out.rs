//! What was left out, in words.

use std::collections::BTreeMap;

use crate::model::{Report, SkipReason, Skipped};
use crate::text::plural::count;

/// `3 files left out (2 vendored, 1 excluded by .gitagents.toml or agents.exclude)`: what
/// reviewers were spared by a rule that stands in the repository or the settings.
pub(super) fn spared(report: &Report) -> Option<String> {
    let rules = [
        (SkipReason::Generated, "generated"),
        (SkipReason::Vendored, "vendored"),
        (SkipReason::Minified, "minified"),
        (
            SkipReason::Filtered,
            "excluded by .gitagents.toml or agents.exclude",
        ),
    ];
    let skipped = &report.coverage.skipped;
    let (mut all, mut parts) = (0, Vec::new());
    for (reason, words) in rules {
        let number = skipped.iter().filter(|s| s.reason == reason).count();
        all += number;
        if number > 0 {
            parts.push(format!("{number} {words}"));
        }
    }
    (all > 0).then(|| format!("{} left out ({})", count(all, "file"), parts.join(", ")))
}

/// `left out: 2 binary, 1 generated`; files that are a gap and lock files with a summary are told apart.
pub(super) fn left_out(report: &Report) -> Option<String> {
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let told = |s: &&Skipped| {
        !s.reason.is_gap() && report.lock_files.iter().all(|lock| lock.path != s.path)
    };
    for skipped in report.coverage.skipped.iter().filter(told) {
        *reasons.entry(skipped.reason.describe()).or_default() += 1;
    }
    let parts: Vec<String> = reasons
        .into_iter()
        .map(|(reason, number)| format!("{number} {reason}"))
        .collect();
    (!parts.is_empty()).then(|| format!("left out: {}", parts.join(", ")))
}
