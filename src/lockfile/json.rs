//! Lock files in JSON: npm, Pipenv, Composer, Nix, NuGet, Bun.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::package::{Origin, Package, Parsed, line_number};

pub(super) const NPM: [&str; 3] = [
    "https://registry.npmjs.org/",
    "https://registry.yarnpkg.com/",
    "http://registry.npmjs.org/",
];
type Object = Map<String, Value>;

/// `package-lock.json` and `npm-shrinkwrap.json`, versions 1 to 3.
pub(super) fn npm(text: &str) -> Parsed {
    let root = object(text)?;
    let lines = key_lines(text);
    let mut packages = Vec::new();
    if let Some(entries) = root.get("packages").and_then(Value::as_object) {
        for (place, entry) in entries
            .iter()
            .filter(|(place, _)| place.contains("node_modules/"))
        {
            let name = place.rsplit("node_modules/").next().unwrap_or(place);
            packages.push(npm_package(name, entry).with_line(lines.get(place.as_str()).copied()));
        }
    } else if let Some(entries) = root.get("dependencies").and_then(Value::as_object) {
        nested(entries, &lines, &mut packages);
    } else if !root.contains_key("lockfileVersion") {
        return Err("neither `packages` nor `dependencies` in it".to_owned());
    }
    Ok(packages)
}

/// Version 1 nests; the JSON reader limits the depth.
fn nested(entries: &Object, lines: &HashMap<&str, u32>, packages: &mut Vec<Package>) {
    for (name, entry) in entries {
        packages.push(npm_package(name, entry).with_line(lines.get(name.as_str()).copied()));
        if let Some(inner) = entry.get("dependencies").and_then(Value::as_object) {
            nested(inner, lines, packages);
        }
    }
}

fn npm_package(name: &str, entry: &Value) -> Package {
    let version = text_of(entry, "version");
    let linked = entry.get("link").and_then(Value::as_bool) == Some(true);
    let origin = match (text_of(entry, "resolved"), linked) {
        (_, true) => Origin::Unsaid,
        ("", _) if version.contains(':') => Origin::address(version, &NPM),
        ("", _) => Origin::Unsaid,
        (url, _) => Origin::address(url, &NPM),
    };
    let real_name = entry.get("name").and_then(Value::as_str).unwrap_or(name);
    Package::new(real_name, version, origin)
        .with_digest(entry.get("integrity").and_then(Value::as_str))
}

/// `Pipfile.lock`.
pub(super) fn pipfile(text: &str) -> Parsed {
    let root = object(text)?;
    let lines = key_lines(text);
    if !root.contains_key("_meta") && !root.contains_key("default") {
        return Err("neither `_meta` nor `default` in it".to_owned());
    }
    let groups = root
        .iter()
        .filter(|(name, _)| *name != "_meta")
        .filter_map(|(_, group)| group.as_object());
    let package = |(name, entry): (&String, &Value)| {
        let version = entry
            .get("version")
            .or_else(|| entry.get("ref"))
            .and_then(Value::as_str)
            .unwrap_or("");
        let git = entry
            .get("git")
            .and_then(Value::as_str)
            .map(|url| Origin::foreign(&format!("git+{url}")));
        let file = || {
            entry
                .get("file")
                .or_else(|| entry.get("path"))
                .and_then(Value::as_str)
                .map(Origin::foreign)
        };
        let origin = git.or_else(file).unwrap_or(Origin::Registry);
        Package::new(name, version.trim_start_matches("=="), origin)
            .with_line(lines.get(name.as_str()).copied())
    };
    Ok(groups.flat_map(|group| group.iter().map(package)).collect())
}

/// `composer.lock`: what Packagist serves has its notification address.
pub(super) fn composer(text: &str) -> Parsed {
    let root = object(text)?;
    if !root.contains_key("packages") {
        return Err("no `packages` in it".to_owned());
    }
    let groups = ["packages", "packages-dev"]
        .iter()
        .filter_map(|key| root.get(*key))
        .filter_map(Value::as_array);
    let lines = name_lines(text);
    let package = |entry: &Value| {
        let name = text_of(entry, "name");
        let served = text_of(entry, "notification-url").starts_with("https://packagist.org/");
        let place = |key: &str| entry.get(key).map_or("", |part| text_of(part, "url"));
        let url = if place("dist").is_empty() {
            place("source")
        } else {
            place("dist")
        };
        let origin = match (served, url) {
            (true, _) => Origin::Registry,
            (false, "") => Origin::Unsaid,
            (false, url) => Origin::foreign(url),
        };
        Package::new(name, text_of(entry, "version"), origin).with_line(lines.get(name).copied())
    };
    Ok(groups.flatten().map(package).collect())
}

/// `flake.lock`: an input's version is its revision.
pub(super) fn flake(text: &str) -> Parsed {
    let root = object(text)?;
    let nodes = root
        .get("nodes")
        .and_then(Value::as_object)
        .ok_or("no `nodes` in it")?;
    let lines = key_lines(text);
    let package = |(name, node): (&String, &Value)| {
        let locked = node.get("locked")?;
        let revision = ["rev", "narHash"]
            .iter()
            .map(|key| text_of(locked, key))
            .find(|v| !v.is_empty())
            .unwrap_or("");
        let (owner, repository) = (text_of(locked, "owner"), text_of(locked, "repo"));
        let origin = match text_of(locked, "type") {
            "github" | "gitlab" | "sourcehut" => Origin::Address(format!("{owner}/{repository}")),
            "path" => Origin::foreign(text_of(locked, "path")),
            _ => Origin::address(text_of(locked, "url"), &[]),
        };
        Some(Package::new(name, revision, origin).with_line(lines.get(name.as_str()).copied()))
    };
    Ok(nodes.iter().filter_map(package).collect())
}

/// `packages.lock.json`.
pub(super) fn nuget(text: &str) -> Parsed {
    let root = object(text)?;
    let frameworks = root
        .get("dependencies")
        .and_then(Value::as_object)
        .ok_or("no `dependencies` in it")?;
    let lines = key_lines(text);
    let package = |(name, entry): (&String, &Value)| {
        (text_of(entry, "type") != "Project").then(|| {
            Package::new(name, text_of(entry, "resolved"), Origin::Registry)
                .with_digest(entry.get("contentHash").and_then(Value::as_str))
                .with_line(lines.get(name.as_str()).copied())
        })
    };
    Ok(frameworks
        .values()
        .filter_map(Value::as_object)
        .flat_map(|group| group.iter().filter_map(package))
        .collect())
}

/// `bun.lock`: JSON with commas before closing brackets.
pub(super) fn bun(text: &str) -> Parsed {
    let root = object(&without_trailing_commas(text))?;
    let entries = root
        .get("packages")
        .and_then(Value::as_object)
        .ok_or("no `packages` in it")?;
    let lines = key_lines(text);
    let package = |(key, entry): (&String, &Value)| {
        let parts = entry.as_array()?;
        let (name, version) = split_name(parts.first()?.as_str()?)?;
        let registry = parts.get(1).and_then(Value::as_str).unwrap_or("");
        let origin = match (version.split_once(':'), registry) {
            (Some(("npm", _)), _) | (None, "") => Origin::Registry,
            (Some(("workspace", _)), _) => Origin::Unsaid,
            (Some(_), _) => Origin::address(version, &NPM),
            (None, url) => Origin::address(url, &NPM),
        };
        let digest = parts
            .iter()
            .rev()
            .find_map(Value::as_str)
            .filter(|text| text.starts_with("sha"));
        Some(
            Package::new(name, version, origin)
                .with_digest(digest)
                .with_line(lines.get(key.as_str()).copied()),
        )
    };
    Ok(entries.iter().filter_map(package).collect())
}

/// `@scope/name@version`.
pub(super) fn split_name(text: &str) -> Option<(&str, &str)> {
    let at = text.get(1..)?.find('@')? + 1;
    Some((&text[..at], &text[at + 1..]))
}

fn without_trailing_commas(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let (mut in_string, mut escaped) = (false, false);
    let mut pending = String::new();
    while let Some(c) = chars.next() {
        if in_string {
            in_string = c != '"' || escaped;
            escaped = c == '\\' && !escaped;
            result.push(c);
            continue;
        }
        match c {
            ',' => {
                pending.push(c);
                while let Some(blank) = chars.next_if(|next| next.is_whitespace()) {
                    pending.push(blank);
                }
                let closes = chars.peek().is_none_or(|next| matches!(next, '}' | ']'));
                result.push_str(if closes { &pending[1..] } else { &pending });
                pending.clear();
            }
            _ => {
                in_string = c == '"';
                escaped = false;
                result.push(c);
            }
        }
    }
    result
}

fn object(text: &str) -> Result<Object, String> {
    let value: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
    match value {
        Value::Object(map) => Ok(map),
        _ => Err("not a JSON object".to_owned()),
    }
}

fn text_of<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or("")
}

/// First line on which a key stands alone at the left.
fn key_lines(text: &str) -> HashMap<&str, u32> {
    let mut lines = HashMap::new();
    for (index, line) in text.lines().enumerate() {
        let key = line
            .trim_start()
            .strip_prefix('"')
            .and_then(|rest| rest.split_once("\":"))
            .map(|(key, _)| key);
        if let (Some(key), Some(number)) = (key, line_number(index)) {
            lines.entry(key).or_insert(number);
        }
    }
    lines
}

/// First line of `"name": "..."` by the name.
fn name_lines(text: &str) -> HashMap<&str, u32> {
    let mut lines = HashMap::new();
    for (index, line) in text.lines().enumerate() {
        let name = line
            .trim()
            .strip_prefix("\"name\": \"")
            .and_then(|rest| rest.split('"').next());
        if let (Some(name), Some(number)) = (name, line_number(index)) {
            lines.entry(name).or_insert(number);
        }
    }
    lines
}
