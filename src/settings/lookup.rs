//! From a key that was read to the documented one.

use similar::TextDiff;

use super::keys::{KEYS, Key};
use super::value;
use crate::model::{AgentName, Settings};

/// How alike two names must be for one to be suggested, of 1.
const ALIKE: f32 = 0.75;
/// The same for two short words.
const ALIKE_WORD: f32 = 0.6;
/// Longer keys get no suggestion.
const LONGEST_KEY: usize = 100;

impl Key {
    /// The key as documented, with the agent's name of the key as it was read.
    pub(super) fn written(&self, read: &str) -> String {
        match middle(read) {
            Some(own) => self.name.replace("<agent>", own).replace("<name>", own),
            None => self.name.to_owned(),
        }
    }
}

/// A key that was found, for one agent or model, or for all.
#[derive(Debug)]
pub(super) struct Match {
    pub(super) key: &'static Key,
    /// What stands for `<agent>` or `<name>`; empty where the key has neither.
    agent: String,
}

impl PartialEq for Match {
    fn eq(&self, other: &Self) -> bool {
        self.key.name == other.key.name && self.agent == other.agent
    }
}

impl Match {
    /// Takes the value; none when it is not understood. A bare key is git's word for true.
    pub(super) fn set(&self, settings: &mut Settings, value: Option<&str>) -> Option<()> {
        let is_flag = matches!(self.key.default, Some("true" | "false"));
        let text = value.or_else(|| is_flag.then_some("true"))?;
        (self.key.set)(settings, &self.agent, text)
    }
}

/// Whether the key is in our section.
pub(super) fn is_ours(key: &str) -> bool {
    key.get(..7)
        .is_some_and(|section| section.eq_ignore_ascii_case("agents."))
}

/// The documented key behind one that git printed or a person wrote: the first
/// and last part whatever their case, the middle to the letter.
pub(super) fn find(read: &str) -> Option<Match> {
    let (_, name) = read.rsplit_once('.')?;
    let agent = middle(read);
    if !is_ours(read) {
        return None;
    }
    let plain = |key: &&Key| {
        let own = key.name.rsplit_once('.').map_or("", |(_, name)| name);
        !key.name.contains('<') && own.eq_ignore_ascii_case(name) && middle(key.name) == agent
    };
    if let Some(key) = KEYS.iter().find(plain) {
        return Some(Match {
            key,
            agent: String::new(),
        });
    }
    let own = agent?;
    let of = |owner: &str| {
        let ours = |key: &&Key| {
            key.name
                .strip_prefix(owner)
                .is_some_and(|last| last.eq_ignore_ascii_case(name))
        };
        KEYS.iter().find(ours).map(|key| Match {
            key,
            agent: own.to_owned(),
        })
    };
    let of_agent = AgentName::parse(own).and_then(|_| of("agents.<agent>."));
    of_agent.or_else(|| value::model(own).and_then(|_| of("agents.<name>.")))
}

/// The documented key that looks most like this one, if any does.
pub(crate) fn nearest(read: &str) -> Option<&'static str> {
    if read.len() > LONGEST_KEY {
        return None;
    }
    let read = read.to_ascii_lowercase();
    let likeness = |key: &Key| {
        TextDiff::from_chars(read.as_str(), key.name.to_ascii_lowercase().as_str()).ratio()
    };
    let plain = KEYS.iter().filter(|key| !key.name.contains('<'));
    let scored = plain
        .map(|key| (likeness(key), key.name))
        .filter(|(score, _)| *score >= ALIKE);
    scored
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, name)| name)
}

/// The word that looks most like this one, if any does.
pub(crate) fn nearest_word<'a>(
    read: &str,
    words: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    if read.len() > LONGEST_KEY {
        return None;
    }
    let read = read.to_ascii_lowercase();
    let likeness = |word: &str| TextDiff::from_chars(read.as_str(), word).ratio();
    let scored = words
        .map(|word| (likeness(word), word))
        .filter(|(score, _)| *score >= ALIKE_WORD);
    scored
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, word)| word)
}

/// The part between the first and the last dot.
fn middle(key: &str) -> Option<&str> {
    let (_, rest) = key.split_once('.')?;
    rest.rsplit_once('.').map(|(middle, _)| middle)
}
