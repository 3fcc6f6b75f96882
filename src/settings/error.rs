//! A setting that cannot be understood.

use std::path::Path;

use thiserror::Error;

use super::command;
use super::entry::ConfigEntry;
use super::keys::Key;
use super::lookup::nearest_word;

/// Characters of a value that a message repeats.
const SHOWN: usize = 80;

/// A value that its key does not take.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{key}` is {value}, expected {expected}, in {place}", value = quoted(.value.as_deref()))]
pub struct SettingsError {
    /// The key, as documented.
    pub key: String,
    /// The value as it stands, escaped and cut; none for a bare key.
    pub value: Option<String>,
    /// What the key takes.
    pub expected: &'static str,
    /// Where it was set, in words.
    pub place: String,
    /// Commands that mend it.
    pub hints: Vec<String>,
}

impl SettingsError {
    pub(super) fn new(key: &Key, entry: &ConfigEntry) -> Self {
        Self {
            key: shown(&key.written(&entry.key)),
            value: entry.value.as_deref().map(shown),
            expected: key.expects,
            place: entry.place(),
            hints: hints(key, entry),
        }
    }
}

fn quoted(value: Option<&str>) -> String {
    value.map_or_else(
        || "without a value".to_owned(),
        |value| format!("`{value}`"),
    )
}

/// Text of a file, safe on one line of a terminal, cut.
pub(super) fn shown(text: &str) -> String {
    let escaped = |c: char| {
        if c.is_ascii_graphic() || c == ' ' || c.is_alphanumeric() {
            vec![c]
        } else {
            escape(c)
        }
    };
    let mut shown: String = text.chars().take(SHOWN).flat_map(escaped).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push_str("...");
    }
    shown
}

fn escape(c: char) -> Vec<char> {
    c.escape_default().collect()
}

fn hints(key: &Key, entry: &ConfigEntry) -> Vec<String> {
    let Some(config) = command::config_command(entry) else {
        return vec!["git agents config".to_owned()];
    };
    let name = command::word(&key.written(&entry.key));
    let meant = entry
        .value
        .as_deref()
        .and_then(|value| nearest_word(value, choices(key.name).iter().copied()));
    let set = meant
        .or(key.default)
        .map(|value| format!("{config} {name} {}", command::word(value)));
    set.into_iter()
        .chain([format!("{config} --unset-all {name}")])
        .collect()
}

/// The words that a key takes, where it takes one of a few.
fn choices(key: &str) -> &'static [&'static str] {
    match key {
        "agents.auto" => &["commit", "push", "never"],
        "agents.gate" => &["off", "warn", "low", "medium", "high", "critical"],
        "agents.gate.unreviewed" => &["pass", "hold"],
        "agents.nudge" | "agents.notes" => &["true", "false"],
        _ => &[],
    }
}

/// Whether the path's last two parts are these.
pub(super) fn ends_with(path: &Path, parent: &str, name: &str) -> bool {
    path.ends_with(Path::new(parent).join(name))
}
