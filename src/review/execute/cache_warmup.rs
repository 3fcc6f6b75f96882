//! One reviewer ahead, where the provider's cache is paid for.
//!
//! The Messages API keeps what a request marks, at a higher price for writing and a tenth of it
//! for reading, from the moment in which its answer begins. Reviewers who start together would all
//! write and none would read: so the first of those who share a beginning goes ahead, and the
//! others follow with its first word or its end. Other providers keep what they like at no price,
//! and their reviewers start together.

use std::collections::BTreeMap;

/// Prompts that begin with the same bytes: the backend, and the part of the change.
pub(crate) type Group = (String, u32);

/// Which shared beginnings a provider has read.
#[derive(Clone, Debug, Default)]
pub(crate) struct CacheWarmup {
    /// Whether others than the leader may start, for each group that has a leader.
    groups: BTreeMap<Group, bool>,
}

impl CacheWarmup {
    /// Whether a prompt of the group need not wait for the leader.
    pub(crate) fn may_start(&self, group: &Group) -> bool {
        self.groups.get(group).is_none_or(|is_warm| *is_warm)
    }

    /// A prompt of the group starts; it leads where none did before.
    pub(crate) fn lead(&mut self, group: Group) {
        self.groups.entry(group).or_insert(false);
    }

    /// A prompt of the group was read, or is over.
    pub(crate) fn release(&mut self, group: &Group) {
        if let Some(is_warm) = self.groups.get_mut(group) {
            *is_warm = true;
        }
    }
}
