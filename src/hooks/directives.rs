//! What a commit's message asks of us.

/// Why the commit is not reviewed now, where its message says so.
pub(super) fn waits(message: &str) -> Option<&'static str> {
    let subject = message.lines().next().unwrap_or("").trim_start();
    let is_fixup = ["fixup! ", "squash! ", "amend! "]
        .iter()
        .any(|prefix| subject.starts_with(prefix));
    if is_fixup || is_wip(subject) {
        return Some("it waits for its sequence or the push");
    }
    skips(message).then_some("its message says [skip agents]")
}

/// Whether no review is wanted at all.
pub(super) fn skips(message: &str) -> bool {
    message.to_ascii_lowercase().contains("[skip agents]")
}

/// `WIP`, `wip: x`, `[WIP] x`, but not `wiping`.
fn is_wip(subject: &str) -> bool {
    let subject = subject.trim_start_matches('[');
    let rest = subject
        .get(..3)
        .filter(|word| word.eq_ignore_ascii_case("wip"))
        .and_then(|_| subject.get(3..));
    rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_and_what_does_not() {
        for subject in [
            "fixup! a",
            "squash! a",
            "amend! a",
            "WIP",
            "wip: half",
            "[WIP] half",
            "a\n\n[Skip Agents]",
        ] {
            assert!(waits(subject).is_some(), "{subject}");
        }
        for subject in [
            "",
            "wiping the cache",
            "fixup the parser",
            "a wip thing",
            "wé",
        ] {
            assert_eq!(waits(subject), None, "{subject}");
        }
    }
}
