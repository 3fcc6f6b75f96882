//! Files that reviewers are spared: their text, for the search that spares nothing.
//!
//! Whatever a repository says of a file, what is pushed is pushed: the text of
//! every file that was left out is handed on here, in windows of bounded size,
//! decoded, with the number of each window's first line.

use std::collections::HashSet;
use std::ops::ControlFlow;

use super::file_hunks::Work;
use crate::git::{Content, GitError, Repo};
use crate::model::{RepoPath, SkipReason};
use crate::text::encoding::Encoding;

/// A file up to this size is read at once, bytes; a larger one in windows of it.
const WINDOW: usize = 2 * 1024 * 1024;
/// How far a window reaches back into the one before, so that nothing is cut apart, bytes.
const OVERLAP: usize = 16 * 1024;
/// Files and bytes read in one batch.
const BATCH: (usize, u64) = (256, 8 * 1024 * 1024);

/// A file that was left out of the review and has a text after the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spared {
    /// Its path.
    pub(crate) path: RepoPath,
    /// Why it was left out.
    pub(crate) reason: SkipReason,
    /// What it was before the change, in each parent that has it.
    before: Vec<Content>,
    after: Content,
    bytes: u64,
}

/// A part of a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window<'t> {
    /// Decoded, without what its encoding adds.
    pub(crate) text: &'t [u8],
    /// Number of its first line in the file, from 1.
    pub(crate) first_line: u32,
    /// How the file is written.
    pub(crate) encoding: Encoding,
}

impl Spared {
    /// None where nothing can be read after the change.
    pub(super) fn of(item: &Work, reason: &SkipReason, size: Option<u64>) -> Option<Self> {
        let candidate = &item.candidate;
        let after = candidate.new.as_ref().filter(|side| side.is_readable())?;
        let before = candidate.old.iter().chain(item.others.iter().flatten());
        Some(Self {
            path: candidate.path.clone(),
            reason: reason.clone(),
            before: before
                .filter(|side| side.is_readable())
                .map(|side| side.content.clone())
                .collect(),
            after: after.content.clone(),
            bytes: size?,
        })
    }

    /// Size of the text after the change, bytes as stored.
    #[must_use]
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Those of `values` that stood in the file before the change already.
    ///
    /// # Errors
    /// git cannot be asked.
    pub(crate) fn held_before(
        &self,
        repo: &Repo,
        values: &HashSet<Vec<u8>>,
    ) -> Result<HashSet<Vec<u8>>, GitError> {
        let mut held = HashSet::new();
        for content in &self.before {
            let mut look = |window: Window<'_>| {
                let stands = |value: &&Vec<u8>| contains(window.text, value);
                held.extend(values.iter().filter(stands).cloned());
            };
            stream(repo, content, &mut look)?;
        }
        Ok(held)
    }
}

/// Hands on the whole text of every file, in windows. Returns the files that could not be read.
///
/// # Errors
/// git cannot be asked.
pub(crate) fn read_spared<'s>(
    repo: &Repo,
    spared: &'s [Spared],
    each: &mut dyn FnMut(&'s Spared, Window<'_>),
) -> Result<Vec<&'s Spared>, GitError> {
    let mut unread = Vec::new();
    let mut rest = spared;
    while let Some(first) = rest.first() {
        if first.bytes > WINDOW as u64 {
            if !stream(repo, &first.after, &mut |window| each(first, window))? {
                unread.push(first);
            }
            rest = &rest[1..];
            continue;
        }
        let mut bytes = 0;
        let fits = |item: &&Spared| {
            bytes += item.bytes;
            item.bytes <= WINDOW as u64 && bytes <= BATCH.1
        };
        let length = rest.iter().take(BATCH.0).take_while(fits).count().max(1);
        let (batch, tail) = rest.split_at(length);
        rest = tail;
        let contents: Vec<Content> = batch.iter().map(|item| item.after.clone()).collect();
        for (item, text) in batch.iter().zip(repo.measured_contents(&contents)?) {
            let Some(text) = text else {
                unread.push(item);
                continue;
            };
            let encoding = Encoding::of(&text);
            let text = if encoding == Encoding::Bytes {
                text
            } else {
                encoding.decode(&text)
            };
            let window = Window {
                text: &text,
                first_line: 1,
                encoding,
            };
            each(item, window);
        }
    }
    Ok(unread)
}

/// Reads one content in windows; false where it cannot be had.
fn stream(
    repo: &Repo,
    content: &Content,
    each: &mut dyn FnMut(Window<'_>),
) -> Result<bool, GitError> {
    let mut raw: Vec<u8> = Vec::new();
    let mut windows = Windows::default();
    let read = repo.stream(content, &mut |chunk| {
        raw.extend_from_slice(chunk);
        if raw.len() >= WINDOW {
            windows.take(&mut raw, each);
        }
        ControlFlow::Continue(())
    })?;
    windows.end(&mut raw, each);
    Ok(read)
}

/// The decoded text that is at hand, and where it stands in the file.
#[derive(Default)]
struct Windows {
    encoding: Option<Encoding>,
    text: Vec<u8>,
    lines_before: usize,
}

impl Windows {
    /// Decodes what was read and hands on a window; its tail begins the next one.
    fn take(&mut self, raw: &mut Vec<u8>, each: &mut dyn FnMut(Window<'_>)) {
        let encoding = *self.encoding.get_or_insert_with(|| Encoding::of(raw));
        // a unit of UTF-16 is not cut in two
        let whole = raw.len() - raw.len() % 2;
        self.text.extend(encoding.decode(&raw[..whole]));
        raw.drain(..whole);
        self.hand_on(encoding, each);
        let keep = self.text.len().saturating_sub(OVERLAP);
        let line_start = self.text[keep..].iter().position(|b| *b == b'\n');
        let cut = line_start.map_or(keep, |at| keep + at + 1);
        self.lines_before += self.text[..cut].iter().filter(|b| **b == b'\n').count();
        self.text.drain(..cut);
    }

    fn end(&mut self, raw: &mut Vec<u8>, each: &mut dyn FnMut(Window<'_>)) {
        let encoding = *self.encoding.get_or_insert_with(|| Encoding::of(raw));
        self.text.extend(encoding.decode(raw));
        raw.clear();
        self.hand_on(encoding, each);
    }

    fn hand_on(&self, encoding: Encoding, each: &mut dyn FnMut(Window<'_>)) {
        each(Window {
            text: &self.text,
            first_line: u32::try_from(self.lines_before + 1).unwrap_or(u32::MAX),
            encoding,
        });
    }
}

fn contains(text: &[u8], value: &[u8]) -> bool {
    memchr::memmem::find(text, value).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_overlap_and_know_their_lines() {
        let line = b"0123456789abcdef0123456789abcde\n";
        let whole = line.repeat(3 * WINDOW / line.len());
        let mut windows = Windows::default();
        let mut seen: Vec<(u32, usize)> = Vec::new();
        let mut raw = Vec::new();
        for chunk in whole.chunks(WINDOW) {
            raw.extend_from_slice(chunk);
            windows.take(&mut raw, &mut |w| seen.push((w.first_line, w.text.len())));
        }
        windows.end(&mut raw, &mut |w| seen.push((w.first_line, w.text.len())));
        let per_window = u32::try_from(WINDOW / line.len()).unwrap_or(0);
        let back = u32::try_from(OVERLAP / line.len()).unwrap_or(0);
        assert_eq!(seen[0], (1, WINDOW));
        // the next one begins some lines before the end of the one before
        let second = seen[1].0;
        assert!(
            second <= per_window && second + back >= per_window,
            "{second}"
        );
        assert_eq!(seen.last().map(|w| w.1 < WINDOW), Some(true));
    }
}
