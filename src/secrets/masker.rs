//! The same change without its secrets.

use std::ops::Range;

use super::detector::Detector;
use super::error::DetectorError;
use super::lines::{Piece, line_ranges, merged, pieces, replaced};
use super::seen::Values;
use crate::model::dependency::{DependencyChange, VersionChange};
use crate::model::{
    Change, FileChange, Hunk, Line, LineKind, MaskedSecret, RepoPath, SecretSpan, SkipReason,
};

/// Replaces secrets by markers and remembers which number each value has. It
/// holds the values, so it has no `Debug`.
pub(crate) struct Masker<'a> {
    pub(super) detector: &'a Detector,
    pub(super) values: Values,
    pub(super) hits: Vec<MaskedSecret>,
}

/// Pieces of every line of a hunk.
type HunkPieces = Vec<Vec<Piece>>;

/// What a first pass found in a file; the second pass masks with it.
struct FilePieces {
    new_text: Vec<(Range<usize>, usize)>,
    old_text: Vec<(Range<usize>, usize)>,
    hunks: Vec<HunkPieces>,
}

impl<'a> Masker<'a> {
    /// A masker that has seen nothing yet.
    #[must_use]
    pub(crate) fn new(detector: &'a Detector) -> Self {
        Self {
            detector,
            values: Values::default(),
            hits: Vec::new(),
        }
    }

    /// Masks every text of the change: hunks, whole texts, commit messages and
    /// authors, subject, branch, section headings, notes, dependency facts.
    /// Paths are left: [`Masker::name`] is for them. A value found anywhere is masked wherever it stands
    /// literally, from 8 bytes on.
    ///
    /// # Errors
    /// When detection fails; the change is then not fit to be sent.
    pub(crate) fn change(&mut self, change: &mut Change) -> Result<(), DetectorError> {
        let mut found = Vec::with_capacity(change.files.len());
        for file in &change.files {
            found.push(self.find_in_file(file)?);
        }
        for text in prose(change) {
            self.learn(text.as_bytes())?;
        }
        self.values.prepare()?;
        for (file, pieces) in change.files.iter_mut().zip(found) {
            self.mask_file(file, pieces);
        }
        let messages: Vec<_> = change
            .commits
            .iter()
            .map(|commit| (commit.message_path(), commit.message.clone()))
            .collect();
        for text in prose(change) {
            let masked = self.text(text)?;
            *text = masked;
        }
        for (path, message) in messages {
            self.text_without_file(&path, message.as_bytes())?;
        }
        Ok(())
    }

    /// Masks one text of the context. The number of lines stays.
    ///
    /// # Errors
    /// When detection fails; the text is then not fit to be sent.
    pub(crate) fn text(&mut self, text: &str) -> Result<String, DetectorError> {
        let spans = self.learn(text.as_bytes())?;
        self.values.prepare()?;
        let masked = self.mask_bytes(text.as_bytes(), &spans);
        Ok(masked.map_or_else(
            || text.to_owned(),
            |bytes| String::from_utf8_lossy(&bytes).into_owned(),
        ))
    }

    /// Masks texts that belong together, in place: a value found in any of them is masked in all.
    /// Returns in how many something was masked.
    ///
    /// # Errors
    /// When detection fails; the texts are then not fit to be sent.
    pub(crate) fn texts(&mut self, texts: &mut [&mut Vec<u8>]) -> Result<usize, DetectorError> {
        let spans = texts
            .iter()
            .map(|text| self.learn(text))
            .collect::<Result<Vec<_>, _>>()?;
        self.values.prepare()?;
        let mut count = 0;
        for (text, spans) in texts.iter_mut().zip(spans) {
            if let Some(masked) = self.mask_bytes(text, &spans) {
                **text = masked;
                count += 1;
            }
        }
        Ok(count)
    }

    /// The secrets masked in the change's hunks, by file and line: one for
    /// every number and place, a secret over many lines at its first.
    #[must_use]
    pub(crate) fn hits(&self) -> &[MaskedSecret] {
        &self.hits
    }

    /// How many distinct secrets were found in all that was masked.
    #[must_use]
    pub(crate) fn count(&self) -> usize {
        self.values.len()
    }

    pub(super) fn learn(
        &mut self,
        text: &[u8],
    ) -> Result<Vec<(Range<usize>, usize)>, DetectorError> {
        let spans = self.detector.scan(text)?;
        Ok(self.keep(text, &spans))
    }

    fn learn_file(
        &mut self,
        path: &RepoPath,
        text: &[u8],
    ) -> Result<Vec<(Range<usize>, usize)>, DetectorError> {
        let spans = self.detector.scan_file(path.as_bytes(), text)?;
        Ok(self.keep(text, &spans))
    }

    fn keep(&mut self, text: &[u8], spans: &[SecretSpan]) -> Vec<(Range<usize>, usize)> {
        spans
            .iter()
            .map(|span| (span.range.clone(), self.values.learn(text, span)))
            .collect()
    }

    fn find_in_file(&mut self, file: &FileChange) -> Result<FilePieces, DetectorError> {
        let mut sides = Vec::new();
        for (whole, side) in [(&file.new_text, Side::New), (&file.old_text, Side::Old)] {
            let spans = whole
                .as_deref()
                .map(|text| self.learn_file(&file.path, text))
                .transpose()?
                .unwrap_or_default();
            let lines = whole.as_deref().map(line_ranges).unwrap_or_default();
            let cut = whole
                .as_deref()
                .map(|text| pieces(text, &lines, &spans))
                .unwrap_or_default();
            sides.push(WholeSide {
                side,
                text: whole.as_deref(),
                lines,
                cut,
                spans,
            });
        }
        let mut hunks = Vec::with_capacity(file.hunks.len());
        for hunk in &file.hunks {
            let mut found = vec![Vec::new(); hunk.lines.len()];
            for whole in &sides {
                self.find_in_side(&file.path, hunk, whole, &mut found)?;
            }
            hunks.push(found);
        }
        let mut spans = sides.into_iter().map(|whole| whole.spans);
        let (new_text, old_text) = (
            spans.next().unwrap_or_default(),
            spans.next().unwrap_or_default(),
        );
        Ok(FilePieces {
            new_text,
            old_text,
            hunks,
        })
    }

    /// From the whole text where the hunk's lines stand in it, else from the hunk alone.
    fn find_in_side(
        &mut self,
        path: &RepoPath,
        hunk: &Hunk,
        whole: &WholeSide<'_>,
        found: &mut HunkPieces,
    ) -> Result<(), DetectorError> {
        let members: Vec<usize> = (0..hunk.lines.len())
            .filter(|i| whole.side.number(&hunk.lines[*i]).is_some())
            .collect();
        if members.iter().all(|i| whole.holds(&hunk.lines[*i])) {
            for i in members {
                found[i].extend_from_slice(whole.pieces_of(&hunk.lines[i]));
            }
            return Ok(());
        }
        let joined = members
            .iter()
            .map(|i| hunk.lines[*i].text.as_slice())
            .collect::<Vec<_>>()
            .join(&b'\n');
        let spans = self.learn_file(path, &joined)?;
        let cut = pieces(&joined, &line_ranges(&joined), &spans);
        for (i, pieces) in members.into_iter().zip(cut) {
            found[i].extend(pieces);
        }
        Ok(())
    }

    fn mask_file(&mut self, file: &mut FileChange, found: FilePieces) {
        for (text, spans) in [
            (&mut file.new_text, found.new_text),
            (&mut file.old_text, found.old_text),
        ] {
            if let Some(masked) = text
                .as_deref()
                .and_then(|bytes| self.mask_bytes(bytes, &spans))
            {
                *text = Some(masked);
            }
        }
        let mut hits = Vec::new();
        for (hunk, pieces) in file.hunks.iter_mut().zip(found.hunks) {
            self.mask_hunk(&file.path, hunk, pieces, &mut hits);
        }
        let stands: Vec<u32> = hits
            .iter()
            .filter(|hit| !hit.on_removed)
            .map(|hit| hit.number)
            .collect();
        hits.retain(|hit| !hit.on_removed || !stands.contains(&hit.number));
        self.hits.extend(hits);
    }

    fn mask_hunk(
        &self,
        path: &RepoPath,
        hunk: &mut Hunk,
        found: HunkPieces,
        hits: &mut Vec<MaskedSecret>,
    ) {
        let mut before: Vec<(LineKind, usize)> = Vec::new();
        for (line, mut pieces) in hunk.lines.iter_mut().zip(found) {
            pieces.extend(self.values.literal(&line.text));
            let pieces = merged(pieces);
            if !pieces.is_empty() {
                line.text = replaced(&line.text, &pieces, |secret| self.values.marker(secret));
            }
            let mut here: Vec<(LineKind, usize)> = pieces
                .iter()
                .map(|piece| (line.kind, piece.secret))
                .collect();
            here.sort_by_key(|(_, secret)| *secret);
            here.dedup();
            let fresh = here.iter().filter(|entry| !before.contains(entry));
            hits.extend(fresh.map(|(_, secret)| self.hit(path, line, *secret)));
            before = here;
        }
    }

    fn hit(&self, path: &RepoPath, line: &Line, secret: usize) -> MaskedSecret {
        let known = self.values.get(secret);
        let on_removed = line.kind == LineKind::Removed;
        let number = if on_removed {
            line.old_number
        } else {
            line.new_number
        };
        MaskedSecret {
            path: path.clone(),
            line: number.unwrap_or(0),
            masked_line: line.to_text(),
            added: line.kind == LineKind::Added,
            on_removed,
            rule: known.rule,
            what: known.what,
            confidence: known.confidence,
            number: self.values.number(secret),
        }
    }

    /// `None` when there is nothing to mask.
    pub(super) fn mask_bytes(
        &self,
        text: &[u8],
        spans: &[(Range<usize>, usize)],
    ) -> Option<Vec<u8>> {
        let lines = line_ranges(text);
        let cut = pieces(text, &lines, spans);
        let mut masked = Vec::with_capacity(text.len());
        let mut any = false;
        for (at, (range, mut found)) in lines.iter().zip(cut).enumerate() {
            let line = &text[range.clone()];
            found.extend(self.values.literal(line));
            let found = merged(found);
            any |= !found.is_empty();
            masked.extend(replaced(line, &found, |secret| self.values.marker(secret)));
            let end = lines.get(at + 1).map_or(text.len(), |next| next.start);
            masked.extend_from_slice(&text[range.end..end]);
        }
        any.then_some(masked)
    }
}

/// A side of a file.
#[derive(Clone, Copy)]
enum Side {
    New,
    Old,
}

impl Side {
    fn number(self, line: &Line) -> Option<u32> {
        match (self, line.kind) {
            (Self::New, LineKind::Removed) | (Self::Old, LineKind::Added) => None,
            (Self::New, LineKind::Added | LineKind::Context) => Some(line.new_number.unwrap_or(0)),
            (Self::Old, LineKind::Removed | LineKind::Context) => {
                Some(line.old_number.unwrap_or(0))
            }
        }
    }
}

/// A side's whole text with what was found in it.
struct WholeSide<'t> {
    side: Side,
    text: Option<&'t [u8]>,
    lines: Vec<Range<usize>>,
    cut: Vec<Vec<Piece>>,
    spans: Vec<(Range<usize>, usize)>,
}

impl WholeSide<'_> {
    fn index(&self, line: &Line) -> Option<usize> {
        usize::try_from(self.side.number(line)?)
            .ok()?
            .checked_sub(1)
            .filter(|at| *at < self.lines.len())
    }

    fn holds(&self, line: &Line) -> bool {
        let bytes = self
            .text
            .zip(self.index(line))
            .map(|(text, at)| &text[self.lines[at].clone()]);
        bytes == Some(line.text.as_slice())
    }

    fn pieces_of(&self, line: &Line) -> &[Piece] {
        self.index(line).map_or(&[], |at| &self.cut[at])
    }
}

/// Every text of a change that is neither code nor a path.
fn prose(change: &mut Change) -> impl Iterator<Item = &mut String> {
    let Change {
        target,
        commits,
        files,
        skipped,
        lock_files,
        reader,
        notes,
        ..
    } = change;
    let reader = match reader {
        crate::model::Reader::Plumbing { why } => Some(why),
        crate::model::Reader::Libgit2 => None,
    };
    let sections = files
        .iter_mut()
        .flat_map(|file| &mut file.hunks)
        .map(|hunk| &mut hunk.section);
    let skipped = skipped
        .iter_mut()
        .filter_map(|skipped| match &mut skipped.reason {
            SkipReason::Unreadable(why) => Some(why),
            _ => None,
        });
    let dependencies = lock_files.iter_mut().flat_map(|lock| {
        lock.changes
            .iter_mut()
            .flat_map(dependency)
            .chain(&mut lock.incomplete)
    });
    std::iter::once(&mut target.subject)
        .chain(&mut target.branch)
        .chain(
            commits
                .iter_mut()
                .flat_map(|commit| [&mut commit.message, &mut commit.author]),
        )
        .chain(sections)
        .chain(notes)
        .chain(reader)
        .chain(skipped)
        .chain(dependencies)
}

fn dependency(change: &mut DependencyChange) -> Vec<&mut String> {
    let mut texts = vec![&mut change.name];
    texts.extend(&mut change.source);
    match &mut change.version {
        VersionChange::Added(text)
        | VersionChange::Removed(text)
        | VersionChange::SourceChanged(text) => {
            texts.push(text);
        }
        VersionChange::Moved { from, to } => texts.extend([from, to]),
    }
    texts
}
