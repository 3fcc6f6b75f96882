//! Categories as agents write them, and which of them mean the same kind of problem.

/// Lower-case and without decoration: `CWE 89: SQL Injection` → `cwe-89`, `N+1 Query` → `n-1-query`.
pub(super) fn normal(category: &str) -> String {
    let lower = category.trim().to_ascii_lowercase();
    if let Some(number) = cwe(&lower) {
        return format!("cwe-{number}");
    }
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .collect();
    words.join("-").chars().take(64).collect()
}

fn cwe(lower: &str) -> Option<u32> {
    let rest = lower
        .strip_prefix("cwe")?
        .trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    let digits: String = rest
        .chars()
        .take_while(char::is_ascii_digit)
        .take(6)
        .collect();
    digits.parse().ok()
}

/// Whether two categories are the same kind of problem: equal, or weaknesses
/// that reviewers use for each other.
pub(super) fn same_family(a: &str, b: &str) -> bool {
    let (a, b) = (normal(a), normal(b));
    if a.is_empty() || b.is_empty() {
        return false;
    }
    if a == b {
        return true;
    }
    match (cwe(&a), cwe(&b)) {
        (Some(a), Some(b)) => FAMILIES.iter().any(|f| f.contains(&a) && f.contains(&b)),
        _ => false,
    }
}

/// CWE numbers that are parents, children or common stand-ins of each other.
const FAMILIES: [&[u32]; 12] = [
    // injection into an interpreter
    &[20, 74, 77, 78, 88, 89, 90, 91, 94, 95, 564, 943, 1336],
    // script in a page
    &[79, 80, 83, 87, 116],
    // path
    &[20, 22, 23, 24, 36, 59, 73],
    // who may do this
    &[269, 284, 285, 287, 306, 425, 566, 639, 862, 863],
    // secrets in code, logs, transit, storage
    &[
        200, 209, 256, 259, 312, 319, 321, 522, 532, 538, 540, 615, 798,
    ],
    // cryptography and randomness
    &[
        295, 297, 310, 326, 327, 328, 329, 330, 331, 338, 347, 759, 760, 916,
    ],
    // memory
    &[
        119, 120, 121, 122, 125, 131, 190, 193, 415, 416, 476, 680, 787, 805, 823,
    ],
    // unbounded resources
    &[400, 401, 407, 770, 772, 789, 834, 835, 1333],
    // races
    &[362, 364, 366, 367, 413, 662, 667, 820, 821],
    // requests and redirects to where the attacker says
    &[441, 601, 610, 611, 776, 918],
    // untrusted data made into objects
    &[470, 502, 913, 915, 1321],
    // errors and results that are not looked at
    &[252, 253, 390, 391, 396, 703, 754, 755],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weakness_has_one_name() {
        assert_eq!(normal("CWE-89"), "cwe-89");
        assert_eq!(normal("CWE 89: SQL Injection"), "cwe-89");
        assert_eq!(normal(" cwe_089 "), "cwe-89");
        assert_eq!(normal("N+1 Query"), "n-1-query");
        assert_eq!(normal("cwe-99999999999"), "cwe-999999");
        assert_eq!(normal("CWE"), "cwe");
    }

    #[test]
    fn families_join_stand_ins_and_nothing_else() {
        assert!(same_family("CWE-89", "CWE-943"));
        assert!(same_family("n+1", "N-1"));
        assert!(!same_family("CWE-89", "CWE-400"));
        assert!(!same_family("", ""));
        assert!(!same_family("CWE-89", "n-plus-one"));
    }
}
