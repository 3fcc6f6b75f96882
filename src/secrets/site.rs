//! What the place of a text says about the values in it: its path, never its content.

/// How far a bare name and a value can be trusted in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Site {
    /// No file: a message, a name, an address; or a file of no known kind.
    Unknown,
    /// Settings and scripts of a shell: a bare word is a value there, not a name.
    Settings,
    /// A program: a value stands in quotes, a bare word is a name.
    Program,
    /// Words for people: what is shown is mostly an example.
    Prose,
    /// Lists of checksums, and output of tools: random text is normal there.
    Generated,
    /// Lists of logins: a hash in it is the hash of somebody's password.
    Logins,
}

const SETTINGS_NAMES: [&str; 24] = [
    "dockerfile",
    "containerfile",
    "makefile",
    "justfile",
    "jenkinsfile",
    "procfile",
    "vagrantfile",
    "credentials",
    "config",
    "hosts",
    "inventory",
    "secrets",
    "wp-config.php",
    "settings.py",
    "local_settings.py",
    "config.php",
    "database.php",
    "configuration.php",
    "parameters.php",
    ".bashrc",
    ".zshrc",
    ".profile",
    ".envrc",
    ".netrc",
];

const SETTINGS_EXTENSIONS: [&str; 33] = [
    "env",
    "ini",
    "cfg",
    "conf",
    "cnf",
    "config",
    "properties",
    "props",
    "yml",
    "yaml",
    "json",
    "json5",
    "jsonc",
    "toml",
    "xml",
    "plist",
    "tfvars",
    "hcl",
    "sh",
    "bash",
    "zsh",
    "fish",
    "ps1",
    "psm1",
    "bat",
    "cmd",
    "mk",
    "desktop",
    "service",
    "nomad",
    "settings",
    "reg",
    "http",
];

const PROGRAM_EXTENSIONS: [&str; 48] = [
    "rs", "py", "pyi", "js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "go", "java", "kt",
    "kts", "scala", "groovy", "gradle", "c", "h", "cc", "cpp", "cxx", "hpp", "hh", "m", "mm", "cs",
    "fs", "vb", "rb", "erb", "php", "pl", "pm", "lua", "swift", "dart", "ex", "exs", "erl", "hs",
    "clj", "tf", "vue", "svelte", "sql", "r",
];

const PROSE_EXTENSIONS: [&str; 10] = [
    "md", "mdx", "markdown", "rst", "adoc", "asciidoc", "tex", "html", "htm", "xhtml",
];

const GENERATED_EXTENSIONS: [&str; 14] = [
    "lock", "sum", "map", "svg", "css", "scss", "less", "ipynb", "snap", "po", "sha256", "sha512",
    "md5", "patch",
];

const GENERATED_NAMES: [&str; 8] = [
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "deno.lock",
    ".terraform.lock.hcl",
    "sha256sums",
    "sha512sums",
    "packages.lock.json",
];

/// Folders of what programs say to people.
const PROSE_FOLDERS: [&str; 10] = [
    "lang",
    "langs",
    "language",
    "languages",
    "locale",
    "locales",
    "i18n",
    "l10n",
    "translation",
    "translations",
];

const LOGIN_NAMES: [&str; 4] = [".htpasswd", "htpasswd", "shadow", "passwd"];

impl Site {
    /// The site of a file at a path.
    pub(super) fn of(path: &[u8]) -> Self {
        let lower = path.to_ascii_lowercase();
        let name = lower.rsplit(|b| *b == b'/').next().unwrap_or(&lower);
        let is = |names: &[&str]| names.iter().any(|known| name == known.as_bytes());
        let extension = name.rsplit(|b| *b == b'.').next().unwrap_or(name);
        let ends = |known: &[&str]| known.iter().any(|known| extension == known.as_bytes());
        let mut folders = lower.split(|b| *b == b'/').rev().skip(1);
        let speaks = |folder: &[u8]| PROSE_FOLDERS.iter().any(|known| folder == known.as_bytes());
        if is(&LOGIN_NAMES) {
            Self::Logins
        } else if [&b"vector"[..], b"fixture"]
            .iter()
            .any(|word| name.windows(word.len()).any(|w| w == *word))
        {
            Self::Generated
        } else if folders.any(speaks) {
            Self::Prose
        } else if is(&GENERATED_NAMES) || ends(&GENERATED_EXTENSIONS) {
            Self::Generated
        } else if is(&SETTINGS_NAMES) || ends(&SETTINGS_EXTENSIONS) || is_environment(name) {
            Self::Settings
        } else if ends(&PROSE_EXTENSIONS) {
            Self::Prose
        } else if ends(&PROGRAM_EXTENSIONS) {
            Self::Program
        } else {
            Self::Unknown
        }
    }

    /// The surest that a hit can be which rests on its name and its randomness alone.
    pub(super) fn most_by_name(self) -> u8 {
        match self {
            Self::Prose | Self::Generated => 50,
            Self::Unknown | Self::Settings | Self::Program | Self::Logins => 100,
        }
    }

    /// Whether a bare word behind a name is a value.
    pub(super) fn has_bare_values(self) -> bool {
        match self {
            Self::Settings | Self::Logins | Self::Unknown => true,
            Self::Program | Self::Prose | Self::Generated => false,
        }
    }
}

/// `.env`, `.env.production`, `dev.Dockerfile`, `Dockerfile.dev`, `.npmrc`.
fn is_environment(name: &[u8]) -> bool {
    name.starts_with(b".env")
        || name.starts_with(b"dockerfile.")
        || name.ends_with(b".dockerfile")
        || (name.starts_with(b".") && name.ends_with(b"rc"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_tells_what_its_words_are() {
        for (path, site) in [
            (".env.production", Site::Settings),
            ("infra/prod.tfvars", Site::Settings),
            ("docker/Dockerfile.dev", Site::Settings),
            ("wp-config.php", Site::Settings),
            ("src/main.rs", Site::Program),
            ("README.md", Site::Prose),
            ("package-lock.json", Site::Generated),
            ("go.sum", Site::Generated),
            ("nginx/.htpasswd", Site::Logins),
            ("src/lang/ga.json", Site::Prose),
            ("LICENSE", Site::Unknown),
        ] {
            assert_eq!(Site::of(path.as_bytes()), site, "{path}");
        }
    }
}
