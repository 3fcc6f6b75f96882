//! What each backend did so far in this repository, from the answers in the store.

use std::collections::BTreeMap;

use crate::store::Store;

/// One backend's past.
#[derive(Clone, Debug, Default)]
pub(super) struct Past {
    /// How its newest job ended, in words. May hold untrusted text.
    pub(super) last: String,
    /// Jobs it was given.
    pub(super) jobs: usize,
    /// US dollars, over the answers that name a price.
    pub(super) cost: f64,
    /// Tokens in and out, over the answers that name them.
    pub(super) tokens: u64,
}

/// All of them, by backend.
pub(super) fn read(store: &Store) -> BTreeMap<String, Past> {
    let runs = store.run_ids();
    let mut all: BTreeMap<String, Past> = BTreeMap::new();
    for answer in runs.iter().rev().flat_map(|run| store.answers(run)) {
        for (backend, ending) in &answer.tried {
            let past = all.entry(backend.clone()).or_default();
            past.jobs += 1;
            past.last = ending.describe();
        }
        let past = all.entry(answer.backend.clone()).or_default();
        past.jobs += 1;
        past.last = answer.ending.describe();
        past.cost += answer.usage.cost.unwrap_or(0.0);
        let tokens = answer
            .usage
            .tokens_in
            .unwrap_or(0)
            .saturating_add(answer.usage.tokens_out.unwrap_or(0));
        past.tokens = past.tokens.saturating_add(tokens);
    }
    all
}
