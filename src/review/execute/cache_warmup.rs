//! One reviewer ahead, where the provider's cache is paid for.
//!
//! The Messages API keeps what a request marks, at a higher price for writing and a tenth of it
//! for reading, from the moment in which its answer begins. Reviewers who start together would all
//! write and none would read: so the first of those who share a beginning goes ahead, and the
//! others follow with its first word or its end. Other providers keep what they like at no price,
//! and their reviewers start together.

use std::collections::BTreeMap;

use crate::backends;
use crate::review::execute::task::Place;

/// Which shared beginnings are being read, by backend and part of the change.
#[derive(Default)]
pub(crate) struct Warmth {
    /// Whether the one ahead has said something.
    groups: BTreeMap<(String, u32), bool>,
}

impl Warmth {
    /// Whether the work need not wait for the one ahead.
    pub(crate) fn may_start(&self, place: &Place<'_>) -> bool {
        group(place).is_none_or(|group| self.groups.get(&group).is_none_or(|is_warm| *is_warm))
    }

    /// The work starts; it is the one ahead where nobody was.
    pub(crate) fn starts(&mut self, place: &Place<'_>) {
        if let Some(group) = group(place) {
            self.groups.entry(group).or_insert(false);
        }
    }

    /// The work has said something or is over; whether that lets others start.
    pub(crate) fn is_warm(&mut self, place: &Place<'_>) -> bool {
        group(place)
            .and_then(|group| self.groups.get_mut(&group))
            .is_some_and(|warm| !std::mem::replace(warm, true))
    }
}

/// None where nobody need wait.
fn group(place: &Place<'_>) -> Option<(String, u32)> {
    let marks =
        backends::adapter(&place.backend).is_some_and(|adapter| adapter.marks_shared_part());
    marks.then(|| (place.backend.clone(), place.work.id.chunk))
}
