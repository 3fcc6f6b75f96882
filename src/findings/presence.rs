//! Whether the code of a finding stands in a text: white space does not count, and neither do
//! blank lines. A line of the quote may be a part of a line of the text.

use super::similarity::folded_lines;

/// Letters and signs that a quote needs, so that finding it somewhere else means something.
const TELLING: usize = 10;

/// Whether the quoted lines stand in the text, one after the other.
#[must_use]
pub(crate) fn stands_in(text: &str, quote: &str) -> bool {
    occurrences(text, quote) > 0
}

/// How often the quoted lines stand in the text, one after the other.
#[must_use]
pub(crate) fn occurrences(text: &str, quote: &str) -> usize {
    let wanted = folded_lines(quote);
    let Some(first) = wanted.first() else {
        return 0;
    };
    let lines = folded_lines(text);
    let mut found = 0;
    for (at, line) in lines.iter().enumerate() {
        if !line.contains(first.as_str()) {
            continue;
        }
        let here = &lines[at..];
        let all = here.len() >= wanted.len()
            && here
                .iter()
                .zip(&wanted)
                .all(|(line, part)| line.contains(part.as_str()));
        found += usize::from(all);
    }
    found
}

/// Whether a quote says enough to be looked for in files that no review named.
#[must_use]
pub(crate) fn is_telling(quote: &str) -> bool {
    quote.chars().filter(|c| !c.is_whitespace()).count() >= TELLING
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_lines_stand_in_order_whatever_the_white_space() {
        let text = "fn a() {\n\n    one();\n    two();\n}\n";
        assert!(stands_in(text, "one();\n\ttwo();"));
        assert!(stands_in(text, "  one();"));
        assert!(!stands_in(text, "two();\none();"), "in another order");
        assert!(!stands_in(text, "one();\ntwo();\nthree();"));
        assert!(!stands_in(text, ""));
        assert_eq!(occurrences("x = 1\nx = 1\n", "x = 1"), 2);
    }

    #[test]
    fn a_brace_tells_nothing() {
        assert!(!is_telling("}\n  }"));
        assert!(is_telling("cur.execute(sql)"));
    }
}
