//! A path inside the repository.

use std::fmt;

/// Bytes as git stores them, `/`-separated, relative to the top; not assumed
/// to be UTF-8. Display replaces what is not UTF-8; a terminal still needs the
/// escaper, since control characters pass through.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RepoPath(Vec<u8>);

impl RepoPath {
    /// Takes the bytes as they are.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text form that prompts and reports use, lossy where not UTF-8.
    #[must_use]
    pub fn to_text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }

    /// The last component.
    #[must_use]
    pub fn file_name(&self) -> &[u8] {
        self.0.rsplit(|b| *b == b'/').next().unwrap_or(&self.0)
    }

    /// The lower-cased text after the last dot of the file name, if any.
    #[must_use]
    pub fn extension(&self) -> Option<String> {
        let name = self.file_name();
        let dot = name.iter().rposition(|b| *b == b'.').filter(|i| *i > 0)?;
        Some(String::from_utf8_lossy(&name[dot + 1..]).to_ascii_lowercase())
    }
}

/// A text that has no file, but stands where a report names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceWithoutFile {
    /// The message of a commit.
    CommitMessage,
    /// The message of an annotated tag.
    TagMessage,
    /// An object that a ref names directly, without a commit.
    Object,
}

impl PlaceWithoutFile {
    const ALL: [Self; 3] = [Self::CommitMessage, Self::TagMessage, Self::Object];

    /// How its name begins; what follows tells which one it is.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::CommitMessage => "commit message of ",
            Self::TagMessage => "tag message of ",
            Self::Object => "object pushed as ",
        }
    }
}

impl RepoPath {
    /// The name of a text without a file. `which` names the commit, the tag or the ref.
    #[must_use]
    pub fn without_file(place: PlaceWithoutFile, which: &str) -> Self {
        Self::from(format!("{}{which}", place.prefix()).as_str())
    }

    /// What kind of text this names, where it names no file.
    #[must_use]
    pub fn place_without_file(&self) -> Option<PlaceWithoutFile> {
        PlaceWithoutFile::ALL
            .into_iter()
            .find(|place| self.0.starts_with(place.prefix().as_bytes()))
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.0))
    }
}

impl From<&str> for RepoPath {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}
