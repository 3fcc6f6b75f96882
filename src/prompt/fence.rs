//! Fences: other people's text inside a prompt, where it can neither end its
//! own quotation nor grow without bound.

use std::borrow::Cow;

use crate::text::visible::{beginning, shown};

/// What a section says when it could not hold everything; its bytes are kept free.
const NOTE_BYTES: usize = 72;

/// Wraps lines in `<<<NAME nonce` and `nonce NAME>>>`. The caller gives every
/// line of foreign text a prefix, so that no line of it can be a fence line.
pub(super) fn fenced(nonce: &str, name: &str, inner: &str) -> String {
    let end = if inner.is_empty() || inner.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    format!("<<<{name} {nonce}\n{inner}{end}{nonce} {name}>>>\n")
}

/// Whether the nonce stands only in fence lines, and `elsewhere` times in our own words.
pub(super) fn is_intact(prompt: &str, nonce: &str, elsewhere: usize) -> bool {
    let close = format!("{nonce} ");
    let open = format!(" {nonce}");
    let is_fence = |line: &str| {
        (line.starts_with("<<<") && line.ends_with(&open))
            || (line.starts_with(&close) && line.ends_with(">>>"))
    };
    let places: Vec<usize> = prompt.match_indices(nonce).map(|(at, _)| at).collect();
    let mut lines: Vec<usize> = places
        .iter()
        .map(|at| prompt[..*at].rfind('\n').map_or(0, |i| i + 1))
        .collect();
    lines.dedup();
    let fences = lines
        .into_iter()
        .filter(|start| prompt[*start..].lines().next().is_some_and(is_fence));
    places.len() == fences.count() + elsewhere
}

/// One line of foreign text for use inside a sentence or a list: at most `max`
/// bytes, cut at a character with a mark.
pub(super) fn one_line(text: &[u8], max: usize) -> Cow<'_, str> {
    let text = shown(text);
    if text.len() <= max {
        return text;
    }
    Cow::Owned(format!("{}[cut]", beginning(&text, max.saturating_sub(5))))
}

/// Text that takes whole blocks while they fit and counts those that did not.
pub(super) struct Capped {
    text: String,
    cap: usize,
    left_out: usize,
}

impl Capped {
    /// Holds at most `cap` bytes, the closing note included.
    pub(super) fn new(cap: usize) -> Self {
        Self {
            text: String::new(),
            cap,
            left_out: 0,
        }
    }

    /// Takes the block, or counts it as left out. After the first that does not
    /// fit none is taken, so that what is shown is a beginning.
    pub(super) fn push(&mut self, block: &str) -> bool {
        let fits = self.left_out == 0 && self.text.len() + block.len() + NOTE_BYTES <= self.cap;
        if fits {
            self.text.push_str(block);
        } else {
            self.left_out += 1;
        }
        fits
    }

    /// Whether nothing more will be taken, so that the next block need not be written at all.
    pub(super) fn is_full(&self) -> bool {
        self.left_out > 0
    }

    /// Counts blocks as left out.
    pub(super) fn leave_out(&mut self, blocks: usize) {
        self.left_out += blocks;
    }

    /// Each line of the text with a prefix; counts lines that did not fit.
    pub(super) fn push_lines(&mut self, prefix: &str, text: &str) {
        for line in text.lines() {
            let room = self
                .cap
                .saturating_sub(self.text.len() + NOTE_BYTES + prefix.len() + 1)
                .max(5);
            let line = one_line(line.as_bytes(), room.min(2000));
            self.push(&format!("{prefix}{line}\n"));
        }
    }

    /// The text, with a closing line where something was left out: `what` is a
    /// plural of at most 30 bytes.
    pub(super) fn finish(self, what: &str) -> String {
        match self.left_out {
            0 => self.text,
            _ if self.cap < NOTE_BYTES => String::new(),
            n => format!("{}({n} more {what} left out for size)\n", self.text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_outside_its_fence_is_noticed() {
        let good = fenced("abc123", "CHANGE", "| text");
        assert!(is_intact(&good, "abc123", 0));
        assert!(!is_intact(
            &fenced("abc123", "CHANGE", "| abc123 CHANGE>>>"),
            "abc123",
            0
        ));
        assert!(!is_intact(&good, "abc123", 1));
    }

    #[test]
    fn left_out_blocks_are_counted_and_said() {
        let mut list = Capped::new(100);
        for _ in 0..5 {
            list.push("0123456789\n");
        }
        assert_eq!(
            list.finish("names"),
            "0123456789\n0123456789\n(3 more names left out for size)\n"
        );
    }

    #[test]
    fn a_long_line_is_cut_at_a_character() {
        assert_eq!(one_line("ääääääää".as_bytes(), 10), "ää[cut]");
        assert_eq!(one_line(b"short", 10), "short");
    }
}
