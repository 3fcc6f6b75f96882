//! Where a secret stands in a text.

use std::ops::Range;

/// A hit of the secret detector: never the secret itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretSpan {
    /// Bytes of the scanned text to mask.
    pub range: Range<usize>,
    /// The rule's name, `[a-z0-9-]+`.
    pub rule: &'static str,
    /// What a person calls it: `AWS access key id`.
    pub what: &'static str,
    /// 0-100: how sure the rule is that this is a live kind of secret.
    pub confidence: u8,
}

/// A secret that was masked in the change: where, never what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaskedSecret {
    /// The file.
    pub path: super::path::RepoPath,
    /// Line in the new file, or in the old one when `on_removed`.
    pub line: u32,
    /// The line as it stands now, masked.
    pub masked_line: String,
    /// Whether this change added the line.
    pub added: bool,
    /// Whether it stands only on removed lines.
    pub on_removed: bool,
    /// The rule's name.
    pub rule: &'static str,
    /// What a person calls it.
    pub what: &'static str,
    /// 0-100.
    pub confidence: u8,
    /// The number in its marker `[redacted:<rule>:<n>]`.
    pub number: u32,
}
