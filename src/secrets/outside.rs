//! Secrets that stand outside of the change's hunks: in files that reviewers
//! are spared, and in names.

use super::detector::Detector;
use super::error::DetectorError;
use super::masker::Masker;
use crate::model::{MaskedSecret, RepoPath, SecretSpan};

/// Longest line that is kept around a secret, bytes.
const LINE_BYTES: usize = 2_000;

/// A secret as it was found, not yet masked. It holds the value, so it has no `Debug`.
pub(crate) struct Stray {
    /// Number of its line.
    pub(crate) line: u32,
    /// Its first line, up to its end; or it alone where that is too long.
    text: Vec<u8>,
    /// Where it is in `text`.
    span: SecretSpan,
}

impl Stray {
    /// The secret at a span of a text whose first line has this number.
    #[must_use]
    pub(crate) fn of(text: &[u8], first_line: u32, span: &SecretSpan) -> Self {
        let before = &text[..span.range.start];
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let line_end = memchr::memchr(b'\n', &text[span.range.end..])
            .map_or(text.len(), |at| span.range.end + at);
        let breaks = memchr::memchr_iter(b'\n', before).count();
        let range = if line_end - line_start > LINE_BYTES {
            span.range.clone()
        } else {
            line_start..line_end
        };
        let inside = span.range.start - range.start..span.range.end - range.start;
        Self {
            line: first_line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX)),
            text: text[range].to_vec(),
            span: SecretSpan {
                range: inside,
                ..span.clone()
            },
        }
    }

    /// The secret itself.
    #[must_use]
    pub(crate) fn value(&self) -> &[u8] {
        &self.text[self.span.range.clone()]
    }
}

impl Detector {
    /// Whether there is a secret in a text, or nobody can tell.
    #[must_use]
    pub(crate) fn is_in(&self, text: &[u8]) -> bool {
        !self.scan(text).is_ok_and(|spans| spans.is_empty())
    }
}

impl<'d> Masker<'d> {
    /// The detector that it asks.
    #[must_use]
    pub(crate) fn detector(&self) -> &'d Detector {
        self.detector
    }

    /// A path without the secrets in it; none where there is none.
    ///
    /// # Errors
    /// When detection fails; nothing is then fit to be sent.
    pub(crate) fn name(&mut self, path: &RepoPath) -> Result<Option<RepoPath>, DetectorError> {
        let spans = self.learn(path.as_bytes())?;
        if spans.is_empty() {
            return Ok(None);
        }
        self.values.prepare()?;
        let masked = self.mask_bytes(path.as_bytes(), &spans);
        Ok(masked.map(RepoPath::new))
    }

    /// Remembers the secrets in the name of a file that the change brings, but
    /// not those that its old name held.
    ///
    /// # Errors
    /// When detection fails; nothing is then fit to be sent.
    pub(crate) fn new_name(
        &mut self,
        path: &RepoPath,
        old: Option<&RepoPath>,
    ) -> Result<(), DetectorError> {
        let Some(shown) = self.name(path)? else {
            return Ok(());
        };
        let known: Vec<usize> = match old {
            Some(old) => self
                .learn(old.as_bytes())?
                .into_iter()
                .map(|s| s.1)
                .collect(),
            None => Vec::new(),
        };
        for (_, secret) in self.learn(path.as_bytes())? {
            if !known.contains(&secret) {
                let hit = self.added_at(shown.clone(), 0, shown.to_text(), secret);
                self.hits.push(hit);
            }
        }
        Ok(())
    }

    /// Remembers the secrets in a text without a file that the change brings, such as a commit's
    /// message.
    ///
    /// # Errors
    /// When detection fails; nothing is then fit to be sent.
    pub(crate) fn text_without_file(
        &mut self,
        path: &RepoPath,
        text: &[u8],
    ) -> Result<(), DetectorError> {
        let spans = self.learn(text)?;
        if spans.is_empty() {
            return Ok(());
        }
        self.values.prepare()?;
        let masked = self.mask_bytes(text, &spans).unwrap_or_default();
        let lines: Vec<&[u8]> = masked.split(|byte| *byte == b'\n').collect();
        for (range, secret) in spans {
            // Masking keeps the number of lines.
            let before = memchr::memchr_iter(b'\n', &text[..range.start]).count();
            let line = lines.get(before).copied().unwrap_or_default();
            let number = u32::try_from(before + 1).unwrap_or(u32::MAX);
            let shown = String::from_utf8_lossy(line).into_owned();
            let hit = self.added_at(path.clone(), number, shown, secret);
            self.hits.push(hit);
        }
        Ok(())
    }

    fn added_at(
        &self,
        path: RepoPath,
        line: u32,
        masked_line: String,
        secret: usize,
    ) -> MaskedSecret {
        let known = self.values.get(secret);
        MaskedSecret {
            path,
            line,
            masked_line,
            added: true,
            on_removed: false,
            rule: known.rule,
            what: known.what,
            confidence: known.confidence,
            number: self.values.number(secret),
        }
    }

    /// Remembers a secret that the change adds where no hunk shows it.
    ///
    /// # Errors
    /// When detection fails; nothing is then fit to be sent.
    pub(crate) fn stray(&mut self, path: &RepoPath, stray: &Stray) -> Result<(), DetectorError> {
        let secret = self.values.learn(&stray.text, &stray.span);
        let mut spans = self.learn(&stray.text)?;
        spans.retain(|(range, _)| {
            range.end <= stray.span.range.start || range.start >= stray.span.range.end
        });
        spans.push((stray.span.range.clone(), secret));
        spans.sort_by_key(|(range, _)| range.start);
        self.values.prepare()?;
        let masked = self.mask_bytes(&stray.text, &spans).unwrap_or_default();
        let line = masked.split(|b| *b == b'\n').next().unwrap_or_default();
        let line = String::from_utf8_lossy(line).into_owned();
        let hit = self.added_at(path.clone(), stray.line, line, secret);
        self.hits.push(hit);
        Ok(())
    }
}
