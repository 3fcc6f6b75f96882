//! `yarn.lock`, of classic yarn and of the later ones.

use super::json::{NPM, split_name};
use super::lines::{indentation, unquoted};
use super::package::{Origin, Package, Parsed, line_number};

/// Both forms: a heading of descriptors, then indented fields.
pub(super) fn yarn(text: &str) -> Parsed {
    let mut packages: Vec<Package> = Vec::new();
    let mut open: Option<Entry> = None;
    let mut foreign_lines = 0_usize;
    for (index, line) in text.lines().enumerate() {
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with('#') {
            continue;
        }
        match (indentation(line), bare.strip_suffix(':')) {
            (0, Some(heading)) => {
                packages.extend(open.take().and_then(Entry::finish));
                open = Entry::open(heading, index);
            }
            (0, None) => foreign_lines += 1,
            (2, _) => open.iter_mut().for_each(|entry| entry.read(bare)),
            _ => {}
        }
    }
    packages.extend(open.and_then(Entry::finish));
    if foreign_lines > 0 {
        Err(format!("{foreign_lines} lines that belong to no entry"))
    } else {
        Ok(packages)
    }
}

struct Entry {
    name: String,
    range: String,
    line: Option<u32>,
    version: String,
    source: Option<String>,
    digest: Option<String>,
}

impl Entry {
    /// `None` for a heading that is no package, such as `__metadata`.
    fn open(heading: &str, index: usize) -> Option<Self> {
        let first = unquoted(heading.split(',').next()?).trim_matches('"');
        let (name, range) = split_name(first)?;
        let (name, range, line) = (name.to_owned(), range.to_owned(), line_number(index));
        Some(Self {
            name,
            range,
            line,
            version: String::new(),
            source: None,
            digest: None,
        })
    }

    fn read(&mut self, field: &str) {
        let Some((key, value)) = field.split_once([' ', ':']) else {
            return;
        };
        let value = unquoted(value.trim_start_matches([':', ' '])).to_owned();
        match key {
            "version" => self.version = value,
            "resolved" | "resolution" => self.source = Some(value),
            "integrity" | "checksum" => self.digest = Some(value),
            _ => {}
        }
    }

    fn finish(self) -> Option<Package> {
        if self.version.is_empty() {
            return None;
        }
        let origin = match self.source.as_deref() {
            Some(url) if url.contains("://") && !url.starts_with(&self.name) => {
                Origin::address(url, &NPM)
            }
            Some(resolution) => resolved(resolution),
            None if self.range.contains("://") || self.range.starts_with("file:") => {
                Origin::foreign(&self.range)
            }
            None => Origin::Unsaid,
        };
        let digest = self
            .digest
            .as_deref()
            .map(|d| d.split_once('/').map_or(d, |(_, checksum)| checksum));
        let digest = digest.filter(|_| {
            self.range.contains("npm:")
                || self.digest.as_deref().is_some_and(|d| d.starts_with("sha"))
        });
        Some(
            Package::new(&self.name, &self.version, origin)
                .with_digest(digest)
                .with_line(self.line),
        )
    }
}

/// `name@npm:1.0.0`, `name@workspace:.`, `name@https://...#commit=...`.
fn resolved(resolution: &str) -> Origin {
    let Some((_, reference)) = split_name(resolution) else {
        return Origin::Unsaid;
    };
    match reference.split_once(':') {
        Some(("npm" | "virtual", _)) => Origin::Registry,
        Some(("workspace" | "link" | "portal" | "patch", _)) | None => Origin::Unsaid,
        Some(_) => Origin::foreign(reference),
    }
}
