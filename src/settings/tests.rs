#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod origins;
mod policy;
mod values;

use crate::settings::entry::Scope;
use proptest::prelude::*;

use super::*;
use crate::model::{AgentName, GatePolicy, Severity};

fn entry(key: &str, value: &str) -> ConfigEntry {
    ConfigEntry {
        key: key.to_owned(),
        value: Some(value.to_owned()),
        scope: Scope::Local,
        origin: "file:.git/config".to_owned(),
        inside_work_tree: false,
    }
}

fn tracked(key: &str, value: &str) -> ConfigEntry {
    ConfigEntry {
        origin: "file:.git/../team".into(),
        inside_work_tree: true,
        ..entry(key, value)
    }
}

fn loaded(pairs: &[(&str, &str)]) -> Settings {
    let entries: Vec<ConfigEntry> = pairs.iter().map(|(key, value)| entry(key, value)).collect();
    load(&entries, None).unwrap()
}

fn mistake(key: &str, value: &str) -> SettingsError {
    load(&[entry(key, value)], None).unwrap_err()
}

fn names(text: &str) -> Vec<AgentName> {
    text.split(' ')
        .map(|name| AgentName::parse(name).unwrap())
        .collect()
}
