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
    let mut settings = Settings::default();
    let mut obeyed: Vec<(lookup::Match, &ConfigEntry)> = Vec::new();
    for entry in entries.iter().filter(|entry| lookup::is_ours(&entry.key)) {
        match lookup::find(&entry.key) {
            None => settings.ignored.push(unknown(entry)),
            Some(found) if entry.inside_work_tree && found.key.reach == Reach::Owner => {
                settings.ignored.push(refused(entry));
            }
            Some(found) => {
                obeyed.retain(|(earlier, _)| found.key.adds || *earlier != found);
                obeyed.push((found, entry));
            }
        }
    }
    for (found, entry) in obeyed {
        found
            .set(&mut settings, entry.value.as_deref())
            .ok_or_else(|| SettingsError::new(found.key, entry))?;
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
