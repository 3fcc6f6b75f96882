//! Numbers with their nouns, as every text for people and prompts writes them.

/// `1 finding`, `2 findings`, `2 more entries`; for nouns with a regular plural.
#[must_use]
pub(crate) fn count(number: usize, one: &str) -> String {
    match one.strip_suffix('y') {
        _ if number == 1 => format!("1 {one}"),
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{number} {stem}ies"),
        _ => format!("{number} {one}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_all_else_is_plural() {
        let counted = [
            count(0, "finding"),
            count(1, "entry"),
            count(2, "entry"),
            count(3, "more day"),
        ];
        assert_eq!(
            counted,
            ["0 findings", "1 entry", "2 entries", "3 more days"]
        );
    }
}
