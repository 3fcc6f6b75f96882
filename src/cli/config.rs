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
    let mut text = String::new();
    for (name, value) in settings::values(&workspace.settings) {
        let set = entries
            .iter()
            .rev()
            .find(|entry| entry.key.eq_ignore_ascii_case(&name));
        text.push_str(&if args.json {
            json(&name, &value, set)
        } else {
            plain(&name, &value, set)
        });
    }
    for line in workspace.settings.ignored.iter().filter(|_| !args.json) {
        text.push_str(&format!("not obeyed: {}\n", escape::line(line)));
    }
    output::stdout(&text)?;
    Ok(exit_code::CLEAN)
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
