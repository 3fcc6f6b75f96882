//! Lock files in TOML: Cargo, Poetry, uv, PDM. All list `[[package]]`.

use std::collections::HashMap;

use toml::{Table, Value};

use super::package::{Origin, Package, Parsed, line_number};

const CRATES: [&str; 2] = [
    "registry+https://github.com/rust-lang/crates.io-index",
    "sparse+https://index.crates.io",
];
const PYPI: [&str; 2] = ["https://pypi.org/", "https://files.pythonhosted.org/"];

/// `Cargo.lock`, versions 1 to 4.
pub(super) fn cargo(text: &str) -> Parsed {
    packages(text, |entry| {
        let origin = entry
            .get("source")
            .and_then(Value::as_str)
            .map_or(Origin::Unsaid, |s| Origin::address(s, &CRATES));
        (
            origin,
            entry
                .get("checksum")
                .and_then(Value::as_str)
                .map(str::to_owned),
        )
    })
}

/// `poetry.lock`.
pub(super) fn poetry(text: &str) -> Parsed {
    packages(text, |entry| {
        let source = entry.get("source").and_then(Value::as_table);
        let field = |name: &str| {
            source
                .and_then(|s| s.get(name))
                .and_then(Value::as_str)
                .unwrap_or("")
        };
        let origin = match field("type") {
            "" => Origin::Registry,
            "legacy" => Origin::address(field("url"), &PYPI),
            kind => Origin::foreign(&format!("{kind}+{}", field("url"))),
        };
        (origin, None)
    })
}

/// `uv.lock`.
pub(super) fn uv(text: &str) -> Parsed {
    packages(text, |entry| {
        let source = entry.get("source").and_then(Value::as_table);
        let field = |name: &str| source.and_then(|s| s.get(name)).and_then(Value::as_str);
        let origin = match (field("registry"), field("git"), field("url"), field("path")) {
            (Some(url), ..) => Origin::address(url, &PYPI),
            (_, Some(url), ..) => Origin::foreign(&format!("git+{url}")),
            (_, _, Some(url), _) | (.., Some(url)) => Origin::foreign(url),
            _ => Origin::Unsaid,
        };
        (origin, None)
    })
}

/// `pdm.lock`.
pub(super) fn pdm(text: &str) -> Parsed {
    packages(text, |entry| {
        let field = |name: &str| entry.get(name).and_then(Value::as_str);
        let origin = match (field("git"), field("url"), field("path")) {
            (Some(url), ..) => Origin::foreign(&format!("git+{url}")),
            (_, Some(url), _) | (.., Some(url)) => Origin::foreign(url),
            _ => Origin::Registry,
        };
        (origin, None)
    })
}

fn packages(text: &str, details: impl Fn(&Table) -> (Origin, Option<String>)) -> Parsed {
    let table: Table = text
        .parse()
        .map_err(|e: toml::de::Error| e.message().to_owned())?;
    let known = ["version", "metadata", "lock-version", "root"]
        .iter()
        .any(|key| table.contains_key(*key));
    let Some(entries) = table.get("package").and_then(Value::as_array) else {
        return if known || table.is_empty() {
            Ok(Vec::new())
        } else {
            Err("no `[[package]]` in it".to_owned())
        };
    };
    let lines = entry_lines(text);
    let read = |entry: &Value| {
        let entry = entry.as_table()?;
        let name = entry.get("name").and_then(Value::as_str)?;
        let version = entry.get("version").and_then(Value::as_str).unwrap_or("");
        let (origin, digest) = details(entry);
        let line = lines.get(&(name, version)).copied();
        Some(
            Package::new(name, version, origin)
                .with_digest(digest.as_deref())
                .with_line(line),
        )
    };
    entries
        .iter()
        .map(|entry| read(entry).ok_or_else(|| "a package without a name".to_owned()))
        .collect()
}

/// Line of every `name = "..."` with the version on the next line.
fn entry_lines(text: &str) -> HashMap<(&str, &str), u32> {
    let mut lines = HashMap::new();
    let mut name = None;
    for (index, line) in text.lines().enumerate() {
        if let Some(value) = quoted(line, "name = ") {
            name = Some((value, index));
        } else if let (Some((name, at)), Some(version)) = (name, quoted(line, "version = "))
            && let Some(number) = line_number(at)
        {
            lines.entry((name, version)).or_insert(number);
        }
    }
    lines
}

fn quoted<'t>(line: &'t str, key: &str) -> Option<&'t str> {
    line.strip_prefix(key)?
        .trim()
        .strip_prefix('"')?
        .strip_suffix('"')
}
