//! One entry of a lock file.

use crate::text::visible::beginning;

/// What a parser gives: the entries, or why there are none.
pub(super) type Parsed = Result<Vec<Package>, String>;

/// An entry. Text is untrusted and capped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) origin: Origin,
    /// Checksum with its algorithm in front, where the file has one.
    pub(super) digest: Option<String>,
    /// Line of the entry, from 1.
    pub(super) line: Option<u32>,
}

/// Where an entry comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    /// The file does not say, or it is the project itself.
    Unsaid,
    /// The ecosystem's own registry.
    Registry,
    /// An address on another host.
    Address(String),
    /// Git, a local archive, a single file.
    Foreign(String),
}

const LONGEST_NAME: usize = 214;
const LONGEST_VERSION: usize = 100;
const LONGEST_SOURCE: usize = 300;

impl Package {
    pub(super) fn new(name: &str, version: &str, origin: Origin) -> Self {
        let (name, version) = (capped(name, LONGEST_NAME), capped(version, LONGEST_VERSION));
        Self {
            name,
            version,
            origin,
            digest: None,
            line: None,
        }
    }

    pub(super) fn with_digest(mut self, digest: Option<&str>) -> Self {
        self.digest = digest.map(|text| capped(text, LONGEST_SOURCE));
        self
    }

    pub(super) fn with_line(mut self, line: Option<u32>) -> Self {
        self.line = line;
        self
    }
}

impl Origin {
    /// An address, which is the registry when it begins with one of these.
    pub(super) fn address(url: &str, registries: &[&str]) -> Self {
        if registries.iter().any(|registry| url.starts_with(registry)) {
            return Self::Registry;
        }
        let plain = ["http://", "https://", "registry+", "sparse+"]
            .iter()
            .any(|scheme| url.starts_with(scheme));
        let repository = url.ends_with(".git")
            || url.contains(".git#")
            || url.contains("://codeload.github.com/");
        if plain && !repository {
            Self::Address(scrubbed(url))
        } else {
            Self::foreign(url)
        }
    }

    /// Git, a local archive, a single file.
    pub(super) fn foreign(source: &str) -> Self {
        Self::Foreign(scrubbed(source))
    }

    /// The source as people read it.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Unsaid | Self::Registry => None,
            Self::Address(text) | Self::Foreign(text) => Some(text),
        }
    }

    /// The host of an address.
    pub(super) fn host(&self) -> Option<&str> {
        let Self::Address(url) = self else {
            return None;
        };
        let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
        Some(rest.split(['/', '?', '#']).next().unwrap_or(rest))
    }
}

/// Without a login and without what follows `?`.
fn scrubbed(source: &str) -> String {
    let bare = source.split('?').next().unwrap_or(source);
    let Some((scheme, rest)) = bare.split_once("://") else {
        return capped(bare, LONGEST_SOURCE);
    };
    let authority_end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(authority_end);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    capped(&format!("{scheme}://{host}{path}"), LONGEST_SOURCE)
}

/// At most so many bytes, cut at a character.
fn capped(text: &str, most: usize) -> String {
    beginning(text, most).to_owned()
}

/// Line number, from 1, of an index.
pub(super) fn line_number(index: usize) -> Option<u32> {
    u32::try_from(index).ok()?.checked_add(1)
}
