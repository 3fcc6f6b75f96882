//! Holds the code against the architecture, on parsed code: who imports whom, which foreign
//! library is used where, what the model may hold, and how long a source file may be.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::Visit;

/// The layers of the program, lowest first. A module imports modules of lower layers only, never
/// one of its own layer.
const LAYERS: &[&[&str]] = &[
    &["text"],
    &["model"],
    &["sys"],
    &[
        "agents",
        "findings",
        "gate",
        "git",
        "lockfile",
        "offline",
        "plan",
        "prompt",
        "reply",
        "report",
        "secrets",
        "settings",
        "store",
        "supervisor",
    ],
    &["backends", "context", "diff", "snapshot"],
    &["review"],
    &["hooks"],
    &["cli"],
];

/// Foreign libraries that only the named modules may use.
const HOMES: &[(&str, &[&str])] = &[
    ("clap", &["cli"]),
    ("git2", &["git"]),
    ("tokio", &["supervisor"]),
    ("tree_sitter", &["offline"]),
    ("ureq", &["backends"]),
];

/// What the model must not use: it holds values, and neither formats nor effects.
const NOT_IN_MODEL: &[&str] = &["git2", "serde", "std::env", "std::fs", "std::process"];

/// The most lines that a source file may have before its tests. Test files may be long.
const LONGEST: usize = 550;

/// A path of the code that was used somewhere, written from the crate's root or a library's name.
type Used = Vec<String>;

/// Collects every path that the code of one file uses, outside of what only tests compile.
struct Paths {
    /// The module that is being read, below the crate's root.
    module: Vec<String>,
    used: BTreeSet<Used>,
}

impl Paths {
    fn note(&mut self, segments: &[String]) {
        let Some(first) = segments.first() else {
            return;
        };
        let mut absolute = match first.as_str() {
            "crate" => vec!["crate".to_owned()],
            "self" | "super" => {
                let mut base = vec!["crate".to_owned()];
                base.extend(self.module.iter().cloned());
                base
            }
            _ => Vec::new(),
        };
        for segment in segments {
            match segment.as_str() {
                "crate" | "self" => {}
                "super" => {
                    absolute.pop();
                }
                other => absolute.push(other.to_owned()),
            }
        }
        self.used.insert(absolute);
    }

    fn use_tree(&mut self, prefix: &[String], tree: &syn::UseTree) {
        let with = |ident: &syn::Ident| {
            let mut path = prefix.to_vec();
            path.push(ident.to_string());
            path
        };
        match tree {
            syn::UseTree::Path(path) => self.use_tree(&with(&path.ident), &path.tree),
            syn::UseTree::Name(name) => self.note(&with(&name.ident)),
            syn::UseTree::Rename(rename) => self.note(&with(&rename.ident)),
            syn::UseTree::Glob(_) => self.note(prefix),
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.use_tree(prefix, tree);
                }
            }
        }
    }

    /// The arguments of a macro are tokens: paths are looked for in them.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        path.clear();
                    }
                    path.push(ident.to_string());
                    if path.len() > 1 {
                        let path = path.clone();
                        self.note(&path);
                    }
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    path.clear();
                    colons = 0;
                    self.tokens(group.stream());
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {
                    path.clear();
                    colons = 0;
                }
            }
        }
    }
}

/// Whether an item is compiled for tests only.
fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Path>()
                .is_ok_and(|path| path.is_ident("test"))
    })
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if is_for_tests(&item.attrs) {
            return;
        }
        self.module.push(item.ident.to_string());
        syn::visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_for_tests(&item.attrs) {
            syn::visit::visit_item_fn(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if !is_for_tests(&item.attrs) {
            syn::visit::visit_item_impl(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_for_tests(&item.attrs) {
            self.use_tree(&[], &item.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        if segments.len() > 1 {
            self.note(&segments);
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.tokens(item.tokens.clone());
        syn::visit::visit_macro(self, item);
    }
}

/// A source file, and the module that it is.
struct Source {
    path: PathBuf,
    module: Vec<String>,
    text: String,
}

impl Source {
    /// The module right below the crate's root.
    fn top(&self) -> &str {
        self.module.first().map_or("", String::as_str)
    }

    fn used(&self) -> BTreeSet<Used> {
        used_by(&self.module, &self.text)
    }
}

fn used_by(module: &[String], text: &str) -> BTreeSet<Used> {
    let file = syn::parse_file(text).unwrap();
    let mut paths = Paths {
        module: module.to_vec(),
        used: BTreeSet::new(),
    };
    paths.visit_file(&file);
    paths.used
}

/// Every file of the library that is compiled outside of tests.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut open = vec![root.clone()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(found.len() > 100, "the walk found {} files", found.len());
    let sources = found.into_iter().map(|path| {
        let relative = path.strip_prefix(&root).unwrap().with_extension("");
        let mut module: Vec<String> = relative
            .components()
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect();
        if module.last().is_some_and(|name| name == "mod") {
            module.pop();
        }
        let text = fs::read_to_string(&path).unwrap();
        Source { path, module, text }
    });
    sources
        .filter(|source| !is_test_file(&source.path))
        .filter(|source| !["bin", "main", "lib"].contains(&source.top()))
        .collect()
}

/// Whether a file holds tests or what only tests use.
fn is_test_file(path: &Path) -> bool {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    name == "tests"
        || name.ends_with("_tests")
        || ["samples", "fixtures"].contains(&name.as_ref())
        || path.components().any(|part| part.as_os_str() == "tests")
}

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// The imports of a module that its layer does not allow.
fn breaches(module: &str, used: &BTreeSet<Used>) -> Vec<String> {
    let mut found = Vec::new();
    let Some(layer) = layer_of(module) else {
        return vec![format!("`{module}` is in no layer")];
    };
    for path in used {
        let [root, target, ..] = path.as_slice() else {
            continue;
        };
        if root != "crate" || target == module {
            continue;
        }
        match layer_of(target) {
            Some(lower) if lower < layer => {}
            Some(_) | None => found.push(path.join("::")),
        }
    }
    found
}

#[test]
fn modules_import_lower_layers_only() {
    let mut wrong = Vec::new();
    for source in sources() {
        for breach in breaches(source.top(), &source.used()) {
            wrong.push(format!("{} imports {breach}", source.path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn forbidden_imports_are_seen_however_they_are_written() {
    let forbidden = [
        "use crate::{model::{Change, Finding}, review::{self, Ask}};",
        "fn f() { let _ = vec![super::super::review::run(1)]; }",
        "fn f() -> self::super::super::hooks::Rest { todo() }",
    ];
    for text in forbidden {
        let module = ["findings".to_owned(), "merge".to_owned()];
        let used = used_by(&module, text);
        assert!(!breaches("findings", &used).is_empty(), "{text}: {used:?}");
    }
    let only_in_tests = "#[cfg(test)]\nmod tests { use crate::review::Ask; }";
    assert_eq!(
        used_by(&["findings".to_owned()], only_in_tests),
        BTreeSet::new()
    );
}

#[test]
fn foreign_libraries_stay_in_their_modules() {
    for source in sources() {
        for path in source.used() {
            let Some(library) = path.first() else {
                continue;
            };
            for (name, homes) in HOMES {
                let is_it = library == name || library.starts_with(&format!("{name}_"));
                assert!(
                    !is_it || homes.contains(&source.top()),
                    "{} uses {}",
                    source.path.display(),
                    path.join("::")
                );
            }
        }
    }
}

#[test]
fn the_model_holds_values_only() {
    for source in sources().iter().filter(|source| source.top() == "model") {
        for path in source.used() {
            let path = path.join("::");
            for effect in NOT_IN_MODEL {
                let uses_it = path == *effect || path.starts_with(&format!("{effect}::"));
                assert!(!uses_it, "{} uses {path}", source.path.display());
            }
        }
    }
}

#[test]
fn processes_are_started_in_the_named_modules_only() {
    let homes = ["git::command", "supervisor", "sys::process"];
    for source in sources() {
        let module = source.module.join("::");
        let is_home = homes
            .iter()
            .any(|home| module == *home || module.starts_with(&format!("{home}::")));
        let starts = source.used().iter().any(|path| {
            let path = path.join("::");
            path.contains("process::Command")
        });
        assert!(
            is_home || !starts,
            "{} starts processes",
            source.path.display()
        );
    }
}

#[test]
fn source_files_stay_short() {
    let mut long = Vec::new();
    for source in sources() {
        let before_tests = source
            .text
            .lines()
            .take_while(|line| *line != "#[cfg(test)]");
        let lines = before_tests.count();
        if lines > LONGEST {
            long.push(format!("{} ({lines})", source.path.display()));
        }
    }
    assert!(
        long.is_empty(),
        "longer than {LONGEST} lines: {}",
        long.join(", ")
    );
}
