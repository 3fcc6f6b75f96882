//! What names say of values: who fills them, and what calls make of them.

use std::sync::LazyLock;

use regex::{Regex, bytes};

use super::rule::Dialect;
use super::syntax::Source;

/// Annotations of parameters that a client fills.
const FROM_REQUEST: &str =
    "@(?:RequestParam|PathVariable|RequestBody|QueryParam|PathParam|RequestHeader|CookieValue)";

impl Source<'_> {
    /// Whether the text names something that an outsider fills.
    pub(super) fn is_source(&self, text: &str) -> bool {
        let text = text.get(..text.len().min(160)).unwrap_or(text);
        self.dialect
            .sources()
            .is_some_and(|s| s.name.is_match(text))
    }
}

impl Dialect {
    fn sources(self) -> Option<&'static Sources> {
        match self {
            Self::Python => Some(&PYTHON_SOURCES),
            Self::JavaScript | Self::TypeScript | Self::Tsx => Some(&SCRIPT_SOURCES),
            Self::Java => Some(&JAVA_SOURCES),
            Self::Go => Some(&GO_SOURCES),
            Self::Rust | Self::C => None,
        }
    }

    /// Whether the text names anything that an outsider fills.
    pub(super) fn names_outside(self, text: &[u8]) -> bool {
        self.sources().is_some_and(|s| s.anywhere.is_match(text))
    }
}

/// What an outsider fills, by name.
struct Sources {
    name: Regex,
    /// The same without the anchors, for a whole file.
    anywhere: bytes::Regex,
}

impl Sources {
    fn of(pattern: &str) -> Self {
        let anywhere = format!("{FROM_REQUEST}|{}", pattern.replace(['^', '$'], ""));
        let anywhere =
            bytes::Regex::new(&anywhere).expect("the pattern is constant and a test compiles it");
        Self {
            name: regex(pattern),
            anywhere,
        }
    }
}

/// Whether a parameter's annotation says that a client fills it.
pub(super) fn is_from_request(parameter: &str) -> bool {
    static ANNOTATION: LazyLock<Regex> = LazyLock::new(|| regex(FROM_REQUEST));
    ANNOTATION.is_match(parameter)
}

/// Calls that give back a part of their receiver, whatever they are asked for.
pub(super) const LOOKUPS: [&str; 8] = [
    "get",
    "getlist",
    "pop",
    "items",
    "values",
    "keys",
    "getOrDefault",
    "next",
];

pub(super) fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is constant and a test compiles it")
}

/// Calls whose result cannot carry an attack.
pub(super) static CLEANERS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix) quot | escape | saniti[sz]e | purify | encodeuri | encodefor | htmlencode | secure_?filename | basename
        | valid | getLogger | placeholder | identifier
        | ^(?: int | float | len | bool | hash | ord | id | range | parseint | parsefloat | parselong | atoi | parseuint
        | parsebool | number | isinstance | length | size | count | indexof | hexdigest | sha256 | uuid4? | time | now
        | getSimpleName | Base | name_or_none | Itoa | FormatInt )$",
    )
});

/// Calls that give back their input, text and all.
pub(super) static IDENTITY: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:str|text|getvalue|StringIO|strip|rstrip|lstrip|trim|encode|decode|toString|String|valueOf|TrimSpace|dedent|cleandoc|bytes|getBytes|toCharArray|stripIndent|to_string|to_owned|clone|as_str|intern|lower|upper|toLowerCase|toUpperCase|ToLower|Markup|SafeString|mark_safe|raw|HTML|lstrip|expandtabs|StringBuilder|StringBuffer)$",
    )
});

/// Calls whose result is made of what went in, unchecked.
pub(super) static CARRIERS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:unquote|unquote_plus|b64decode|b64encode|decodeURIComponent|atob|btoa|join|split|Join|Split|substring|slice|substr|get|getlist|pop|items|values|keys|list|dict|tuple|sorted|next|iter|loads|parse|Path|File|FileInputStream|FileOutputStream|FileReader|Paths|of|resolve|joinpath|normalize|decode|encodeBase64|decodeBase64|getValue|getName|nextElement|nextToken|next|replace|ReplaceAll|Sprint|ReadAll|read|readLine|URL|URI|Request|NewReader|abspath|realpath|expanduser|fspath|group|partition|rsplit|title|capitalize|Clean|Abs|fromstring)$",
    )
});

static PYTHON_SOURCES: LazyLock<Sources> = LazyLock::new(|| {
    Sources::of(
        r"^(?:flask\.|self\.)?request\.(?:args|form|values|cookies|headers|json|data|files|query_string|query_params|path_params|get_json|get_data|GET|POST|COOKIES|FILES|body|match_info|rel_url|params|stream)\b|^self\.get_(?:query_|body_)?arguments?$|^input\($|^flask\.request$",
    )
});

static SCRIPT_SOURCES: LazyLock<Sources> = LazyLock::new(|| {
    Sources::of(
        r"^(?:(?:req|request|ctx\.request|ctx\.req|c\.req)\.(?:query|params|body|cookies|headers|url|originalUrl|param|get|header|rawBody|files)\b|ctx\.(?:query|params)\b|(?:window\.|document\.|self\.)?location\.(?:search|hash|href)\b|document\.(?:URL|documentURI|referrer|cookie)\b|window\.name\b|(?:new )?URLSearchParams\((?:window\.)?location|searchParams\.get\b)",
    )
});

static JAVA_SOURCES: LazyLock<Sources> = LazyLock::new(|| {
    Sources::of(
        r"^(?:req|request|httpRequest|httpServletRequest|servletRequest)\.get(?:Parameter\w*|Header\w*|Cookies|QueryString|InputStream|Reader|PathInfo|RequestURI|RequestURL|Part|Parts)\b",
    )
});

static GO_SOURCES: LazyLock<Sources> = LazyLock::new(|| {
    Sources::of(
        r"^(?:r|req|request)\.(?:URL\.(?:Query|Path|RawQuery|RawPath|String)|FormValue|PostFormValue|Form|PostForm|Header\.Get|PathValue|Cookie|Body|MultipartForm|Host|RequestURI)\b|^(?:c|ctx)\.(?:Query|Param|PostForm|DefaultQuery|DefaultPostForm|GetHeader|FormValue|QueryParam|Params|Cookie|GetRawData)\(?|^mux\.Vars\(|^chi\.URLParam\b",
    )
});
