//! `git agents config`: every setting with its value, where it was set and what it means.

use super::args::ConfigArgs;
use super::error::CommandError;
use super::{exit_code, output};
use crate::review;
use crate::settings::{self, ConfigEntry};
use crate::text::escape;

pub(super) fn config(args: &ConfigArgs) -> Result<u8, CommandError> {
    let workspace = super::here()?;
    let entries = review::config_entries(&workspace)?;
    let mut values = settings::values(&workspace.settings);
    if let Some(asked) = &args.key {
        values.retain(|(name, _)| name.eq_ignore_ascii_case(asked));
        if values.is_empty() {
            return Err(unknown(asked));
        }
    }
    let mut text = String::new();
    for (name, value) in values {
        let set = entries
            .iter()
            .rev()
            .find(|entry| entry.key.eq_ignore_ascii_case(&name));
        text.push_str(&if args.list.is_json() {
            json(&name, &value, set)
        } else {
            plain(&name, &value, set)
        });
    }
    let shows_all = args.key.is_none() && !args.list.is_json();
    for line in workspace.settings.ignored.iter().filter(|_| shows_all) {
        text.push_str(&format!("not obeyed: {}\n", escape::line(line)));
    }
    if args.list.is_json() {
        output::stdout(&text)?;
    } else {
        output::list(&text)?;
    }
    Ok(exit_code::CLEAN)
}

/// The key is not one of ours; the nearest one is named.
fn unknown(asked: &str) -> CommandError {
    let failure = CommandError::usage(format!("`{asked}` is not a setting of git agents"));
    match settings::nearest(asked) {
        Some(name) => failure.hint(format!(
            "`git agents config {name}` shows the setting whose name is nearest"
        )),
        None => failure.hint("`git agents config` lists all settings"),
    }
}

fn plain(name: &str, value: &str, set: Option<&ConfigEntry>) -> String {
    let place = set.map_or_else(|| "default".to_owned(), ConfigEntry::place);
    let key = settings::KEYS
        .iter()
        .find(|key| key.name.eq_ignore_ascii_case(name));
    let about = key.map_or("", |key| key.about);
    format!(
        "{}\n    {about}\n",
        escape::line(&format!("{name} = {value}   ({place})"))
    )
}

fn json(name: &str, value: &str, set: Option<&ConfigEntry>) -> String {
    let origin = set.map(|entry| entry.origin.as_str());
    format!(
        "{}\n",
        serde_json::json!({"key": name, "value": value, "origin": origin})
    )
}
