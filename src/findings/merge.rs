//! Candidates → groups that say the same thing.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::category::same_family;
use super::locate::Located;
use super::similarity::{folded_lines, ratio, similar_titles};
use crate::model::{AgentName, FindingId, Perspective, Proposal, Severity};

/// The reviewer name of the embedded reviewer.
pub(super) const OFFLINE: &str = "offline";

/// A located proposal.
pub(super) struct Candidate<'a> {
    pub(super) proposal: &'a Proposal,
    pub(super) place: Located,
    pub(super) id: FindingId,
    /// The fingerprint that it had under the file's old path.
    pub(super) old_id: Option<FindingId>,
    pub(super) reviewer: &'a str,
    pub(super) field: &'a AgentName,
    pub(super) perspective: Perspective,
    /// Which result it is from.
    pub(super) job: usize,
}

impl Candidate<'_> {
    pub(super) fn is_offline(&self) -> bool {
        self.reviewer == OFFLINE
    }

    /// Who speaks: the embedded reviewer is one voice in all fields, chunks of one agent are one voice.
    fn voice(&self) -> (&str, Perspective) {
        if self.is_offline() {
            (OFFLINE, Perspective::Informed)
        } else {
            (self.reviewer, self.perspective)
        }
    }
}

/// Candidates that say the same; the first speaks for all.
pub(super) struct Group<'a> {
    pub(super) members: Vec<Candidate<'a>>,
}

impl<'a> Group<'a> {
    pub(super) fn first(&self) -> &Candidate<'a> {
        &self.members[0]
    }

    pub(super) fn severity(&self) -> Severity {
        self.members
            .iter()
            .map(|m| m.proposal.severity)
            .max()
            .unwrap_or(Severity::Low)
    }

    /// The surest member's confidence, one step more where two voices agree.
    pub(super) fn confidence(&self) -> u8 {
        let surest = self
            .members
            .iter()
            .map(|m| m.proposal.confidence.min(100))
            .max()
            .unwrap_or(0);
        if self.voices() > 1 {
            surest.saturating_add(25).min(100)
        } else {
            surest
        }
    }

    pub(super) fn voices(&self) -> usize {
        self.members
            .iter()
            .map(Candidate::voice)
            .collect::<BTreeSet<_>>()
            .len()
    }

    pub(super) fn agents(&self) -> Vec<String> {
        self.members
            .iter()
            .map(|m| m.reviewer.to_owned())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }

    pub(super) fn fields(&self) -> Vec<AgentName> {
        self.members
            .iter()
            .map(|m| m.field.clone())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }

    fn has(&self, id: &FindingId) -> bool {
        self.members.iter().any(|m| m.id == *id)
    }

    /// Whether one reply named both, under different titles: it means two things then.
    fn tells_apart(&self, other: &Candidate) -> bool {
        let differs = |m: &Candidate| !similar_titles(&m.proposal.title, &other.proposal.title);
        self.members
            .iter()
            .any(|m| m.job == other.job && differs(m))
    }

    /// Fingerprints by which it may be known, best first: the embedded
    /// reviewer's do not change from run to run.
    pub(super) fn ids(&self) -> Vec<&FindingId> {
        let (fixed, free): (Vec<_>, Vec<_>) = self.members.iter().partition(|m| m.is_offline());
        let ordered = || fixed.iter().chain(free.iter());
        ordered()
            .map(|m| &m.id)
            .chain(ordered().filter_map(|m| m.old_id.as_ref()))
            .collect()
    }
}

/// Groups the candidates; every candidate ends in exactly one group. An agent's
/// words go before the embedded reviewer's, the worse before the better.
pub(super) fn group(mut candidates: Vec<Candidate<'_>>) -> Vec<Group<'_>> {
    candidates.sort_by_key(|c| {
        (
            c.is_offline(),
            Reverse(c.proposal.severity),
            Reverse(c.proposal.confidence),
        )
    });
    let mut groups: Vec<Group> = Vec::new();
    for candidate in candidates {
        let joins = |g: &&mut Group| {
            (g.has(&candidate.id) || same(g.first(), &candidate)) && !g.tells_apart(&candidate)
        };
        match groups.iter_mut().find(joins) {
            Some(group) => group.members.push(candidate),
            None => groups.push(Group {
                members: vec![candidate],
            }),
        }
    }
    groups
}

/// Two problems on one line stay two: besides the place, the kind or the title has to agree.
fn same(a: &Candidate, b: &Candidate) -> bool {
    if a.place.path != b.place.path || a.place.on_removed != b.place.on_removed {
        return false;
    }
    let overlap = a.place.line_start <= b.place.line_end && b.place.line_start <= a.place.line_end;
    if overlap {
        return a.place.window_agrees(&b.place)
            && (same_family(&a.proposal.category, &b.proposal.category)
                || similar_titles(&a.proposal.title, &b.proposal.title));
    }
    let near = a.place.line_start.abs_diff(b.place.line_start) <= 3;
    near && similar_titles(&a.proposal.title, &b.proposal.title)
        && ratio(&folded(a), &folded(b), 0.9) >= 0.9
}

fn folded(candidate: &Candidate) -> String {
    folded_lines(&candidate.place.quote).join("\n")
}

impl Located {
    /// In a lock file without line numbers the package decides, not the line 0.
    fn window_agrees(&self, other: &Self) -> bool {
        self.line_start > 0 || self.window == other.window
    }
}
