//! Server-sent events, line by line.

use std::io::{self, BufRead, BufReader, Read};

/// Longest line that is read, in bytes.
const LINE_BYTES: usize = 4 << 20;

/// Lines of a stream, without their ends.
pub(super) struct Lines<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader: BufReader::new(reader),
            line: Vec::new(),
        }
    }

    /// The next line; none at the end.
    ///
    /// # Errors
    /// The stream broke, or a line is longer than any event.
    pub(super) fn next(&mut self) -> io::Result<Option<&[u8]>> {
        self.line.clear();
        let limit = LINE_BYTES as u64;
        let read = (&mut self.reader)
            .take(limit)
            .read_until(b'\n', &mut self.line)?;
        if read == LINE_BYTES && self.line.last() != Some(&b'\n') {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a line of the stream has no end",
            ));
        }
        Ok((read > 0).then(|| self.line.trim_ascii_end()))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn lines_lose_their_ends_and_the_last_needs_none() {
        let mut lines = Lines::new(&b"data: a\r\n\ndata: b"[..]);
        let mut all = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            all.push(String::from_utf8(line.to_vec()).unwrap());
        }
        assert_eq!(all, ["data: a", "", "data: b"]);
    }

    #[test]
    fn a_line_without_an_end_is_an_error() {
        let endless = io::repeat(b'x').take(LINE_BYTES as u64 * 2);
        assert!(Lines::new(endless).next().is_err());
    }
}
