//! Proposals by field, capped.

use crate::model::{AgentName, Proposal};

/// A field of review that this reviewer works in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Security,
    Performance,
    Retro,
}

impl Field {
    pub(super) fn agent(self) -> AgentName {
        let name = match self {
            Self::Security => "security",
            Self::Performance => "performance",
            Self::Retro => "retro",
        };
        AgentName::parse(name).expect("built-in names are names")
    }
}

/// The most proposals of one field; beyond that a person reads none of them.
const MOST: usize = 200;

/// What was found so far.
#[derive(Default)]
pub(super) struct Fields {
    security: Vec<Proposal>,
    performance: Vec<Proposal>,
    retro: Vec<Proposal>,
}

impl Fields {
    pub(super) fn extend(&mut self, field: Field, proposals: impl IntoIterator<Item = Proposal>) {
        let list = match field {
            Field::Security => &mut self.security,
            Field::Performance => &mut self.performance,
            Field::Retro => &mut self.retro,
        };
        list.extend(proposals);
    }

    /// Each field with its proposals, worst first, and a note where some were cut.
    pub(super) fn into_parts(self) -> [(Field, Vec<Proposal>, Vec<String>); 3] {
        [
            capped(Field::Security, self.security),
            capped(Field::Performance, self.performance),
            capped(Field::Retro, self.retro),
        ]
    }
}

fn capped(field: Field, mut proposals: Vec<Proposal>) -> (Field, Vec<Proposal>, Vec<String>) {
    proposals.sort_by_key(|p| std::cmp::Reverse((p.severity, p.confidence)));
    let more = proposals.len().saturating_sub(MOST);
    proposals.truncate(MOST);
    let notes = if more > 0 {
        vec![format!("{more} more facts of this kind left out")]
    } else {
        Vec::new()
    };
    (field, proposals, notes)
}
