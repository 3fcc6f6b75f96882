//! Texts that are not UTF-8: UTF-16, with or without a byte order mark, and
//! bytes with NULs between them.

/// Bytes at the start of a text that tell how it is written.
const SNIFFED: usize = 1_024;

/// How the bytes of a text stand for its characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// UTF-8, or something that has ASCII's bytes in it.
    Bytes,
    /// Two bytes a unit, the low one first.
    Utf16Le,
    /// Two bytes a unit, the high one first.
    Utf16Be,
    /// NULs among other bytes: a binary, UTF-32, or a text that wants to pass for one.
    WithNuls,
}

impl Encoding {
    /// How a text that starts with these bytes is written.
    #[must_use]
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let start = &bytes[..bytes.len().min(SNIFFED)];
        // a UTF-32 mark begins like a UTF-16 one
        if start.starts_with(&[0xff, 0xfe, 0, 0]) {
            return Self::WithNuls;
        }
        if start.starts_with(&[0xff, 0xfe]) {
            return Self::Utf16Le;
        }
        if start.starts_with(&[0xfe, 0xff]) {
            return Self::Utf16Be;
        }
        if !start.contains(&0) {
            return Self::Bytes;
        }
        let nuls = |offset: usize| {
            start
                .iter()
                .skip(offset)
                .step_by(2)
                .filter(|b| **b == 0)
                .count()
        };
        let (even, odd, half) = (nuls(0), nuls(1), start.len() / 2);
        // mostly ASCII: every other byte is a NUL, and hardly one of the rest
        if odd * 10 >= half * 6 && even * 10 <= half {
            Self::Utf16Le
        } else if even * 10 >= half * 6 && odd * 10 <= half {
            Self::Utf16Be
        } else {
            Self::WithNuls
        }
    }

    /// Whether this is UTF-16.
    #[must_use]
    pub(crate) fn is_utf16(self) -> bool {
        matches!(self, Self::Utf16Le | Self::Utf16Be)
    }

    /// The text in UTF-8. NULs that carry nothing are dropped, which also makes
    /// ASCII of UTF-32. The line feeds stay.
    #[must_use]
    pub(crate) fn decode(self, bytes: &[u8]) -> Vec<u8> {
        let unit: fn([u8; 2]) -> u16 = match self {
            Self::Bytes => return bytes.to_vec(),
            Self::WithNuls => return bytes.iter().copied().filter(|b| *b != 0).collect(),
            Self::Utf16Le => u16::from_le_bytes,
            Self::Utf16Be => u16::from_be_bytes,
        };
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        let mut text = String::with_capacity(bytes.len() / 2);
        for decoded in char::decode_utf16(units) {
            match decoded {
                // the mark is no character of the text
                Ok('\u{feff}') if text.is_empty() => {}
                Ok(character) => text.push(character),
                Err(_) => text.push(char::REPLACEMENT_CHARACTER),
            }
        }
        text.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, mark: bool, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        let marks: &[u16] = if mark { &[0xfeff] } else { &[] };
        marks
            .iter()
            .copied()
            .chain(text.encode_utf16())
            .flat_map(bytes)
            .collect()
    }

    #[test]
    fn utf16_is_read_with_and_without_a_mark() {
        let text = "naïve = \"x\"\r\n漢上 😀\n";
        let cases = [
            (utf16(text, true, u16::to_le_bytes), Encoding::Utf16Le),
            (utf16(text, true, u16::to_be_bytes), Encoding::Utf16Be),
            (utf16(text, false, u16::to_le_bytes), Encoding::Utf16Le),
            (utf16(text, false, u16::to_be_bytes), Encoding::Utf16Be),
        ];
        for (bytes, encoding) in cases {
            assert_eq!(Encoding::of(&bytes), encoding);
            assert_eq!(encoding.decode(&bytes), text.as_bytes());
        }
    }

    #[test]
    fn other_texts_keep_their_bytes_and_lose_only_nuls() {
        assert_eq!(Encoding::of(b"plain\n"), Encoding::Bytes);
        assert_eq!(Encoding::of(b""), Encoding::Bytes);
        assert_eq!(Encoding::Bytes.decode(b"\xff\n"), b"\xff\n");
        let one = b"a = 1\n\0token\n";
        assert_eq!(Encoding::of(one), Encoding::WithNuls);
        assert_eq!(Encoding::WithNuls.decode(one), b"a = 1\ntoken\n");
        let utf32: Vec<u8> = "\u{feff}ab\n"
            .chars()
            .flat_map(|c| u32::from(c).to_le_bytes())
            .collect();
        assert_eq!(Encoding::of(&utf32), Encoding::WithNuls);
        assert!(Encoding::WithNuls.decode(&utf32).ends_with(b"ab\n"));
    }
}
