//! `Gemfile.lock`.

use super::lines::{field, indentation};
use super::package::{Origin, Package, Parsed, line_number};

/// Sections `GEM`, `GIT`, `PATH`, each with a remote and its specs.
pub(super) fn gemfile(text: &str) -> Parsed {
    let known = |line: &str| {
        matches!(
            line.trim_end(),
            "GEM" | "GIT" | "PATH" | "DEPENDENCIES" | "PLATFORMS"
        )
    };
    if !text.lines().any(known) {
        return Err("no `GEM`, `GIT` or `PATH` section in it".to_owned());
    }
    let mut packages = Vec::new();
    let (mut section, mut remote) = ("", "");
    for (index, line) in text.lines().enumerate() {
        match indentation(line) {
            0 if !line.is_empty() => (section, remote) = (line.trim_end(), ""),
            2 => remote = field(line, "remote").unwrap_or(remote),
            4 if matches!(section, "GEM" | "GIT" | "PATH") => {
                packages.extend(
                    spec(line, section, remote)
                        .map(|package| package.with_line(line_number(index))),
                );
            }
            _ => {}
        }
    }
    Ok(packages)
}

/// `    name (1.2.3-x86_64-linux)`.
fn spec(line: &str, section: &str, remote: &str) -> Option<Package> {
    let (name, version) = line.trim().split_once(" (")?;
    let origin = match section {
        "GIT" => Origin::foreign(&format!("git+{remote}")),
        "PATH" => Origin::Unsaid,
        _ => Origin::address(remote, &["https://rubygems.org", "http://rubygems.org"]),
    };
    Some(Package::new(name, version.trim_end_matches(')'), origin))
}
