//! The embedded reviewer: no account, no network, the same answer every time.
//!
//! Promises: it reports only what this change added (a secret on a removed line
//! as a note to rotate it); every quote is a line as it stands in the masked
//! change; it never holds a secret. Precision comes before recall: what cannot
//! be told from good practice is left out. Every hunk gets the general checks;
//! files in a language without structural rules are named in the notes.
//! Left to others: finding secrets and reading lock files, checking and ranking
//! what is proposed here.

mod by_agent;
mod debug_artifacts;
mod dependencies;
mod far_right;
mod files;
mod history;
mod invisible;
mod lessons;
mod location;
mod manifests;
mod paths;
pub(crate) mod rules;
mod secrets;
mod untested_change;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    AgentName, Change, Context, FileChange, HunkId, Language, MaskedSecret, Proposal, Reply,
    RepoPath,
};
use by_agent::{Field, Fields};

/// What there is to go by. The change is masked already.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OfflineInput<'a> {
    /// The masked change.
    pub change: &'a Change,
    /// What is known besides.
    pub context: &'a Context,
    /// Where secrets were masked in it.
    pub secrets: &'a [MaskedSecret],
    /// Whether anybody asks for what the structural rules find: only files that hold what a rule asks for are parsed.
    pub structure: bool,
    /// The processor time that the current thread has used: what bounds the structural rules.
    pub clock: rules::Clock,
}

/// One proposal for each distinct secret of these places.
#[must_use]
pub(crate) fn secrets_found(places: &[MaskedSecret]) -> Vec<Proposal> {
    secrets::check(places)
}

/// Reviews in the fields `security`, `performance` and `retro`.
#[must_use]
pub(crate) fn review(input: &OfflineInput<'_>) -> BTreeMap<AgentName, Reply> {
    let structure = if input.structure {
        rules::examine(input.change, rules::BUDGET, input.clock)
    } else {
        rules::Examination::default()
    };
    let general = general_only(input.change, &structure.unread);
    let fields = checked(input, structure.hits);
    let coverage: Vec<HunkId> = input.change.hunks().map(|(_, hunk)| hunk.id).collect();
    let lessons = lessons::from_history(input.change, input.context);
    let mut replies = BTreeMap::new();
    for (field, proposals, mut notes) in fields.into_parts() {
        if field != Field::Retro {
            notes.extend(general.iter().cloned());
        }
        let lessons = if field == Field::Retro {
            lessons.clone()
        } else {
            Vec::new()
        };
        let reply = Reply {
            proposals,
            coverage: coverage.clone(),
            lessons,
            notes,
            ..Reply::default()
        };
        replies.insert(field.agent(), reply);
    }
    replies
}

/// Every check, each into its field.
fn checked(input: &OfflineInput<'_>, structure: Vec<rules::RuleHit>) -> Fields {
    let OfflineInput {
        change,
        context,
        secrets,
        structure: _,
        clock: _,
    } = *input;
    let mut fields = Fields::default();
    fields.extend(Field::Security, secrets::check(secrets));
    fields.extend(Field::Security, invisible::check(change));
    fields.extend(Field::Security, far_right::check(change));
    fields.extend(Field::Security, dependencies::check(change));
    fields.extend(Field::Security, manifests::check(change));
    fields.extend(Field::Security, files::check(change, secrets));
    for hit in structure {
        fields.extend(field_of(hit.field), [hit.proposal]);
    }
    fields.extend(Field::Retro, dependencies::large_steps(change));
    fields.extend(Field::Retro, manifests::without_lock(change, context));
    fields.extend(Field::Retro, debug_artifacts::check(change));
    fields.extend(Field::Retro, history::check(change, context));
    fields.extend(Field::Retro, untested_change::check(change, context));
    fields
}

fn field_of(field: rules::Field) -> Field {
    match field {
        rules::Field::Security => Field::Security,
        rules::Field::Performance => Field::Performance,
    }
}

/// Files named in one note.
const NAMED: usize = 8;

/// Names the files whose structure was not looked at, in one note: no rules for
/// their language, or over the rules' bounds.
fn general_only(change: &Change, unread: &[RepoPath]) -> Option<String> {
    let unread: BTreeSet<&RepoPath> = unread.iter().collect();
    let without = |file: &&FileChange| !has_rules(file.language) && !is_a_tools_list(&file.path);
    let changed = change.files.iter().filter(|file| !file.hunks.is_empty());
    let files = changed.filter(|file| unread.contains(&file.path) || without(file));
    let paths: BTreeSet<String> = files.map(|file| file.path.to_text()).collect();
    let rest = paths.len().saturating_sub(NAMED);
    let more = if rest > 0 {
        format!(" and {rest} more")
    } else {
        String::new()
    };
    let named: Vec<&str> = paths.iter().take(NAMED).map(String::as_str).collect();
    (!paths.is_empty()).then(|| format!("{}{more}: general checks only", named.join(", ")))
}

/// `.gitignore` and its like hold no language.
fn is_a_tools_list(path: &RepoPath) -> bool {
    path.file_name()
        .strip_prefix(b".")
        .is_some_and(|rest| !rest.contains(&b'.'))
}

/// Whether a language's structure is looked at, or has none worth looking at.
fn has_rules(language: Language) -> bool {
    rules::covers(language) || matches!(language, Language::Config | Language::Prose)
}
