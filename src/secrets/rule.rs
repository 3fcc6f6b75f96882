//! What a rule is.

/// One token format. The pattern is a `regex` pattern over bytes; group 1, or
/// else the whole match, is the secret.
pub(super) struct Rule {
    /// `[a-z0-9-]+`.
    pub(super) name: &'static str,
    /// What a person calls it.
    pub(super) what: &'static str,
    /// How a keyword leads to the pattern.
    pub(super) place: RuleContext,
    /// Any of these, in any case, has to stand there before the pattern is tried.
    pub(super) keywords: &'static [&'static str],
    /// 0-100.
    pub(super) confidence: u8,
    /// The pattern.
    pub(super) pattern: &'static str,
}

/// Where a pattern stands, seen from the keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RuleContext {
    /// It starts with the keyword: a token's fixed prefix.
    Start,
    /// The keyword is part of a name, an assignment follows, then the pattern.
    Named,
    /// The pattern is searched in the keyword's line.
    Line,
}

/// From the end of a keyword to the value that is assigned to the name it is in.
const ASSIGNED: &str = r#"^[\w .\-]{0,40}?["'\]}]{0,2}[ \t]{0,4}(?:=>|[:?+|.]{0,3}={1,3}|[:,(>]|\|\|)\s{0,12}(?:[bru]?["'`]|\\")?"#;

/// What may follow a token: anything that could not be more of it.
const AFTER: &str = "(?P<after>[^A-Za-z0-9_]|$)";

impl Rule {
    /// The pattern as it is compiled. The group `after` is not the secret.
    pub(super) fn expression(&self) -> String {
        let pattern = self.pattern;
        match self.place {
            RuleContext::Start => format!("^(?:{pattern}){AFTER}"),
            RuleContext::Named => format!("{ASSIGNED}({pattern}){AFTER}"),
            RuleContext::Line => pattern.to_owned(),
        }
    }
}

/// Writes a table of rules: `name, what, place, [keywords], confidence, pattern;`.
macro_rules! rules {
    ($table:ident: $($name:literal, $what:literal, $place:ident, [$($keyword:literal),+], $confidence:literal, $pattern:literal;)+) => {
        pub(super) const $table: &[crate::secrets::rule::Rule] = &[$(crate::secrets::rule::Rule {
            name: $name,
            what: $what,
            place: crate::secrets::rule::RuleContext::$place,
            keywords: &[$($keyword),+],
            confidence: $confidence,
            pattern: $pattern,
        }),+];
    };
}
pub(super) use rules;
