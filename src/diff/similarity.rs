//! How much of one text is in another, in git's measure: bytes in equal lines
//! (or pieces of 64 bytes of a longer line) against the larger size.

/// A text as the sizes of its pieces.
pub(super) struct Fingerprint {
    pieces: Vec<(u64, u32)>,
    bytes: u64,
}

/// Bytes of a piece of a long line.
const PIECE: usize = 64;

impl Fingerprint {
    pub(super) fn of(text: &[u8]) -> Self {
        let mut pieces: Vec<(u64, u32)> = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let window = &rest[..rest.len().min(PIECE)];
            let length = window
                .iter()
                .position(|b| *b == b'\n')
                .map_or(window.len(), |at| at + 1);
            pieces.push((hash(&rest[..length]), u32::try_from(length).unwrap_or(0)));
            rest = &rest[length..];
        }
        pieces.sort_unstable();
        pieces.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 = kept.1.saturating_add(next.1);
            }
            same
        });
        Self {
            pieces,
            bytes: text.len() as u64,
        }
    }

    /// Per cent, 0 to 100.
    pub(super) fn similarity(&self, other: &Self) -> u64 {
        let (mut left, mut right) = (
            self.pieces.iter().peekable(),
            other.pieces.iter().peekable(),
        );
        let mut shared = 0_u64;
        while let (Some((l, left_bytes)), Some((r, right_bytes))) = (left.peek(), right.peek()) {
            if l == r {
                shared += u64::from(*left_bytes.min(right_bytes));
            }
            let order = l.cmp(r);
            if order.is_le() {
                left.next();
            }
            if order.is_ge() {
                right.next();
            }
        }
        shared * 100 / self.bytes.max(other.bytes).max(1)
    }
}

/// FNV-1a; an equal hash of unlike lines costs a wrong rename, nothing more.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, b| {
        (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn similarity(one: &str, two: &str) -> u64 {
        Fingerprint::of(one.as_bytes()).similarity(&Fingerprint::of(two.as_bytes()))
    }

    #[test]
    fn shared_lines_count_by_their_bytes() {
        assert_eq!(similarity("a\nb\nc\nd\n", "a\nb\nc\nd\n"), 100);
        assert_eq!(similarity("a\nb\nc\nd\n", "d\nc\nx\ny\n"), 50);
        assert_eq!(similarity("a\na\na\na\n", "a\n"), 25);
        assert_eq!(similarity("", ""), 0);
        assert_eq!(similarity("", "x"), 0);
        let long = "0123456789abcdef".repeat(40);
        assert_eq!(similarity(&long, &long), 100);
    }
}
