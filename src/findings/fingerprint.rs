//! The identity of a finding across amend, rebase and moved lines.

use sha2::{Digest, Sha256};

use super::category;
use super::similarity::folded_lines;
use crate::model::digest::hexadecimal;
use crate::model::{FindingId, RepoPath};

/// Fingerprint of remote, category, path and the quoted lines with up to three
/// lines around them. White space and the numbers of `[redacted:...]` markers do
/// not matter; line numbers are no part of it; secrets are masked before.
#[must_use]
pub(crate) fn fingerprint(
    remote: &str,
    category: &str,
    path: &RepoPath,
    quote_window: &str,
) -> FindingId {
    let mut hash = Sha256::new();
    let window = folded_lines(quote_window).join("\n");
    // An amended commit has another id, and its message is the same place all the same.
    let place = match path.place_without_file() {
        Some(place) => place.prefix().as_bytes(),
        None => path.as_bytes(),
    };
    for part in [
        remote.as_bytes(),
        category::normal(category).as_bytes(),
        place,
        window.as_bytes(),
    ] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    FindingId::parse(&hexadecimal(&hash.finalize()[..8]))
        .expect("eight bytes are sixteen hexadecimal digits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_ignores_layout_and_marker_numbers() {
        let path = RepoPath::from("src/a.py");
        let one = fingerprint(
            "r",
            "CWE-798",
            &path,
            "a\n\n  key = \"[redacted:aws-key:1]\"\r\nb",
        );
        let two = fingerprint(
            "r",
            "cwe 798",
            &path,
            "a\nkey  = \"[redacted:aws-key:9]\"\nb\n",
        );
        assert_eq!(one, two);
    }

    #[test]
    fn every_part_counts_and_parts_do_not_run_together() {
        let path = RepoPath::from("a");
        let base = fingerprint("r", "c", &path, "q");
        for other in [
            fingerprint("x", "c", &path, "q"),
            fingerprint("r", "d", &path, "q"),
            fingerprint("r", "c", &RepoPath::from("b"), "q"),
            fingerprint("r", "c", &path, "p"),
            fingerprint("rc", "", &path, "q"),
        ] {
            assert_ne!(base, other);
        }
    }
}
