//! Secrets that were masked, as findings. The text of a secret is not known here.

use std::collections::BTreeMap;

use super::location::{Fact, Location};
use super::paths::is_sample;
use crate::model::{MaskedSecret, PlaceWithoutFile, Proposal, Severity};
use crate::text::plural::count;
use crate::text::visible::beginning;

const CATEGORY: &str = "CWE-798";
/// From here on a rule's shape is specific.
const SPECIFIC: u8 = 75;

/// One proposal for every distinct secret, at its first place.
pub(super) fn check(secrets: &[MaskedSecret]) -> Vec<Proposal> {
    let mut by_number: BTreeMap<u32, Vec<&MaskedSecret>> = BTreeMap::new();
    for secret in secrets {
        by_number.entry(secret.number).or_default().push(secret);
    }
    by_number
        .values()
        .filter_map(|places| of_one(places))
        .collect()
}

fn of_one(places: &[&MaskedSecret]) -> Option<Proposal> {
    let added: Vec<&MaskedSecret> = places.iter().copied().filter(|place| place.added).collect();
    let real = added
        .iter()
        .find(|place| !is_sample(&place.path))
        .or(added.first());
    if let Some(place) = real {
        return (place.confidence >= 25).then(|| committed(place, added.len()));
    }
    let still_there = places.iter().any(|place| !place.on_removed);
    let place = places
        .iter()
        .find(|place| place.confidence >= SPECIFIC && !is_sample(&place.path))?;
    (!still_there).then(|| removed(place))
}

fn committed(place: &MaskedSecret, times: usize) -> Proposal {
    let what = place.what;
    let elsewhere = if times > 1 {
        format!(
            " It stands in {} that this change added.",
            count(times, "place")
        )
    } else {
        String::new()
    };
    let fact = Fact {
        title: format!("{what} {}", where_it_stands(place)),
        severity: severity(place),
        confidence: confidence(place),
        category: CATEGORY,
        scenario: format!(
            "Everyone who can read the repository, its forks or its backups can use this {what}, also after a later commit removes it.{elsewhere}"
        ),
        advice: format!(
            "Revoke or rotate the {what} now, then read it from the environment or a secret store; do not only delete the line."
        ),
    };
    spot(place).proposal(fact)
}

fn where_it_stands(place: &MaskedSecret) -> &'static str {
    match place.path.place_without_file() {
        Some(PlaceWithoutFile::CommitMessage) => "in a commit message",
        Some(PlaceWithoutFile::TagMessage) => "in the message of a tag",
        Some(PlaceWithoutFile::Object) => "in an object without a commit",
        None if place.line == 0 => "in a file's name",
        None => "in the code",
    }
}

fn removed(place: &MaskedSecret) -> Proposal {
    let what = place.what;
    let fact = Fact {
        title: format!("removed {what} stays in history: rotate it"),
        severity: Severity::Low,
        confidence: 50,
        category: CATEGORY,
        scenario: format!(
            "The line is gone, but every clone still holds the {what} in an older commit, where it works until it is revoked."
        ),
        advice: format!("Revoke or rotate the {what} if that has not been done."),
    };
    spot(place).proposal(fact)
}

fn spot(place: &MaskedSecret) -> Location {
    Location::at(&place.path, place.line, around_marker(place))
}

/// The line, or so much of a long one that its marker is in it.
fn around_marker(place: &MaskedSecret) -> &str {
    const LONGEST: usize = 600;
    let line = place.masked_line.as_str();
    if line.len() <= LONGEST {
        return line;
    }
    let marker = format!("[redacted:{}:{}]", place.rule, place.number);
    let mut start = line.find(&marker).unwrap_or(0).saturating_sub(LONGEST / 3);
    while !line.is_char_boundary(start) {
        start -= 1;
    }
    beginning(&line[start..], LONGEST)
}

fn severity(place: &MaskedSecret) -> Severity {
    match place.confidence {
        _ if is_sample(&place.path) => Severity::Low,
        95.. => Severity::Critical,
        SPECIFIC..95 => Severity::High,
        50..SPECIFIC => Severity::Medium,
        _ => Severity::Low,
    }
}

/// In the steps that findings use; tests and documentation hold made-up ones.
fn confidence(place: &MaskedSecret) -> u8 {
    match place.confidence {
        50.. if is_sample(&place.path) => 50,
        95.. => 100,
        SPECIFIC..95 => 75,
        50..SPECIFIC => 50,
        _ => 25,
    }
}
