//! Lock files with one entry a line: Go, Gradle, Hex.

use super::package::{Origin, Package, Parsed, line_number};

/// `go.sum`: `module version h1:checksum`; the lines about `go.mod` files only are left out.
pub(super) fn go_sum(text: &str) -> Parsed {
    each(text, |line| {
        let mut words = line.split_whitespace();
        let (module, version, checksum) = (words.next()?, words.next()?, words.next()?);
        checksum.starts_with("h1:").then_some(())?;
        let package = Package::new(module, version, Origin::Registry).with_digest(Some(checksum));
        Some((!version.ends_with("/go.mod")).then_some(package))
    })
}

/// `gradle.lockfile`: `group:artifact:version=configurations`.
pub(super) fn gradle(text: &str) -> Parsed {
    each(text, |line| {
        let (entry, _) = line.split_once('=')?;
        if entry == "empty" {
            return Some(None);
        }
        let (name, version) = entry.rsplit_once(':')?;
        Some(Some(Package::new(name, version, Origin::Unsaid)))
    })
}

/// `mix.lock`: `"name": {:hex, :name, "version", "checksum", ...},`.
pub(super) fn mix(text: &str) -> Parsed {
    each(text, |line| {
        let line = line.trim_end_matches(',');
        if matches!(line, "%{" | "}" | "%{}") {
            return Some(None);
        }
        let (name, rest) = line.strip_prefix('"')?.split_once("\": {")?;
        let strings: Vec<&str> = rest.split('"').skip(1).step_by(2).collect();
        let first = *strings.first()?;
        let package = if rest.starts_with(":git") {
            let origin = Origin::foreign(&format!("git+{first}"));
            Package::new(name, strings.get(1).copied().unwrap_or(""), origin)
        } else {
            Package::new(name, first, Origin::Registry).with_digest(strings.get(1).copied())
        };
        Some(Some(package))
    })
}

/// Reads every line that is neither empty nor a comment; `None` from the
/// reader means that the line has no such form.
fn each(text: &str, read: impl Fn(&str) -> Option<Option<Package>>) -> Parsed {
    let mut packages = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with('#') {
            continue;
        }
        let entry = read(bare).ok_or_else(|| format!("line {} has an unknown form", index + 1))?;
        packages.extend(entry.map(|package| package.with_line(line_number(index))));
    }
    Ok(packages)
}
