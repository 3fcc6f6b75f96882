//! What git config and `.gitagents.toml` decide, as one value.
//!
//! Promises: zero keys are needed; a later entry wins as in git; a value that
//! cannot be understood is an error that names key, value, place and the
//! command that mends it; what names a program, costs more, sends more or
//! loosens the gate is never taken from a file that the repository can track,
//! and `.gitagents.toml` narrows, never widens. What is not obeyed is listed.
//! Leaves to others: running `git config` (`git`), reading the policy file from
//! the base of the change, and which backends and agents exist.

mod command;
pub(crate) mod entry;
mod error;
mod filter;
mod keys;
mod lookup;
mod policy;
mod show;
mod value;

pub(crate) use entry::{ConfigEntry, parse_config_list};
pub(crate) use error::SettingsError;
pub(crate) use filter::{off_branch, off_paths};
pub(crate) use keys::{KEYS, Reach};
pub(crate) use lookup::{nearest, nearest_word};
pub(crate) use policy::{apply_policy, read_policy};
pub(crate) use show::values;

/// Reads `90s`, `5m`, `1h`, `500ms` or plain seconds; `None` for anything else.
#[must_use]
pub(crate) fn parse_duration(text: &str) -> Option<std::time::Duration> {
    value::duration(text)
}

use crate::model::Settings;

/// Reads settings from the entries of `git config --list` ([`parse_config_list`])
/// and the bytes of `.gitagents.toml` at the base, and applies that policy.
///
/// # Errors
/// The entry that counts for a key has a value that the key does not take.
pub(crate) fn load(
    entries: &[ConfigEntry],
    policy: Option<&[u8]>,
) -> Result<Settings, SettingsError> {
    let entries: Vec<&ConfigEntry> = entries.iter().collect();
    load_these(&entries, policy).map_err(|(error, _)| error)
}

/// As [`load`], for the push gate, which must not fall silent over a wrong value: an entry that its
/// key does not take is left out, so that the one before it counts, and its fault is returned.
pub(crate) fn load_what_is_right(
    entries: &[ConfigEntry],
    policy: Option<&[u8]>,
) -> (Settings, Vec<SettingsError>) {
    let mut left: Vec<&ConfigEntry> = entries.iter().collect();
    let mut faults = Vec::new();
    loop {
        match load_these(&left, policy) {
            Ok(settings) => return (settings, faults),
            Err((fault, at)) => {
                faults.push(fault);
                left.remove(at);
            }
        }
    }
}

/// On an error, also the place of the entry among the given ones.
fn load_these(
    entries: &[&ConfigEntry],
    policy: Option<&[u8]>,
) -> Result<Settings, (SettingsError, usize)> {
    let mut settings = Settings::default();
    let mut obeyed: Vec<(lookup::Match, usize)> = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        if !lookup::is_ours(&entry.key) {
            continue;
        }
        match lookup::find(&entry.key) {
            None => settings.ignored.push(unknown(entry)),
            Some(found) if entry.inside_work_tree && found.key.reach == Reach::Owner => {
                settings.ignored.push(refused(entry));
            }
            Some(found) => {
                obeyed.retain(|(earlier, _)| found.key.adds || *earlier != found);
                obeyed.push((found, at));
            }
        }
    }
    for (found, at) in obeyed {
        let entry = entries[at];
        if found.set(&mut settings, entry.value.as_deref()).is_none() {
            return Err((SettingsError::new(found.key, entry), at));
        }
    }
    if let Some(bytes) = policy {
        let (read, mut ignored) = read_policy(bytes);
        settings.policy = read;
        settings.ignored.append(&mut ignored);
        apply_policy(&mut settings);
    }
    Ok(settings)
}

fn unknown(entry: &ConfigEntry) -> String {
    let meant = lookup::nearest(&entry.key)
        .map(|name| format!("; did you mean `{name}`?"))
        .unwrap_or_default();
    format!(
        "`{}` in {} is not a setting{meant}",
        error::shown(&entry.key),
        entry.place()
    )
}

fn refused(entry: &ConfigEntry) -> String {
    let (key, place) = (error::shown(&entry.key), entry.place());
    format!("`{key}` in {place} is not obeyed: a file inside the work tree may not set it")
}

#[cfg(test)]
mod tests;
