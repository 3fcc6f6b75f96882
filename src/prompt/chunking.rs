//! Files and hunks into chunks, by size alone.
//!
//! A file stays whole where it fits, a source stays with its test, files of one
//! directory stay neighbours; code comes before configuration and prose, so
//! that the limit on chunks costs the least. Nothing is lost without being listed.

use std::collections::BTreeMap;

use crate::model::{Change, FileChange, Language};

/// Sizes of one file as it will be written, bytes.
pub(super) struct FileSize {
    /// Its opening line.
    pub heading: usize,
    /// Each hunk, with everything that grows by it.
    pub hunks: Vec<usize>,
}

impl FileSize {
    fn total(&self) -> usize {
        self.heading + self.hunks.iter().sum::<usize>()
    }
}

/// Which hunks of which file: `(file index, hunk indices ascending)`, files ascending.
pub(super) type Chunk = Vec<(usize, Vec<usize>)>;

/// The division.
pub(super) struct Packing {
    /// Chunks in order.
    pub chunks: Vec<Chunk>,
    /// `(file, hunk)` larger than a chunk.
    pub too_large: Vec<(usize, usize)>,
    /// `(file, hunk)` beyond the last chunk allowed.
    pub over_limit: Vec<(usize, usize)>,
}

/// Everything in one chunk.
pub(super) fn whole(change: &Change) -> Chunk {
    let all = |f: &FileChange| (0..f.hunks.len()).collect();
    change
        .files
        .iter()
        .enumerate()
        .map(|(i, f)| (i, all(f)))
        .collect()
}

/// Divides files into at most `max_chunks` chunks of at most `capacity` bytes.
pub(super) fn pack(
    change: &Change,
    sizes: &[FileSize],
    capacity: usize,
    max_chunks: usize,
) -> Packing {
    let mut filling = Filling {
        sizes,
        capacity,
        chunks: Vec::new(),
        used: Vec::new(),
        too_large: Vec::new(),
    };
    for cluster in clusters(&change.files) {
        filling.add_cluster(&cluster);
    }
    let beyond = filling
        .chunks
        .split_off(filling.chunks.len().min(max_chunks));
    let over_limit = beyond
        .iter()
        .flatten()
        .flat_map(|(f, hs)| hs.iter().map(|h| (*f, *h)))
        .collect();
    let mut chunks = filling.chunks;
    for chunk in &mut chunks {
        chunk.sort();
    }
    Packing {
        chunks,
        too_large: filling.too_large,
        over_limit,
    }
}

struct Filling<'a> {
    sizes: &'a [FileSize],
    capacity: usize,
    chunks: Vec<Chunk>,
    /// Bytes in each chunk.
    used: Vec<usize>,
    too_large: Vec<(usize, usize)>,
}

impl Filling<'_> {
    /// Together where they fit together, else each file for itself.
    fn add_cluster(&mut self, files: &[usize]) {
        let size: usize = files.iter().map(|f| self.sizes[*f].total()).sum();
        if size <= self.capacity {
            let at = self.room(size);
            for file in files {
                self.put(at, *file);
            }
            return;
        }
        for file in files {
            let size = self.sizes[*file].total();
            if size <= self.capacity {
                let at = self.room(size);
                self.put(at, *file);
            } else {
                self.add_hunks(*file);
            }
        }
    }

    /// A chunk with room: the last, so that neighbours stay together, else the first
    /// that has some, else a new one.
    fn room(&mut self, bytes: usize) -> usize {
        let fits = |at: &usize| self.used[*at] + bytes <= self.capacity;
        let last = self.chunks.len().checked_sub(1);
        last.filter(fits)
            .or_else(|| (0..self.chunks.len()).find(fits))
            .unwrap_or_else(|| self.open())
    }

    fn put(&mut self, at: usize, file: usize) {
        self.used[at] += self.sizes[file].total();
        self.chunks[at].push((file, (0..self.sizes[file].hunks.len()).collect()));
    }

    /// A file larger than a chunk: as many hunks to each as fit, never scattered over earlier ones.
    fn add_hunks(&mut self, file: usize) {
        let FileSize { heading, hunks } = &self.sizes[file];
        let mut current: Option<usize> = None;
        for (hunk, bytes) in hunks.iter().enumerate() {
            if heading + bytes > self.capacity {
                self.too_large.push((file, hunk));
                continue;
            }
            let at = match current.filter(|at| self.used[*at] + bytes <= self.capacity) {
                Some(at) => at,
                None => {
                    let last = self.chunks.len().checked_sub(1);
                    let at = last.filter(|at| self.used[*at] + heading + bytes <= self.capacity);
                    let at = at.unwrap_or_else(|| self.open());
                    self.used[at] += heading;
                    self.chunks[at].push((file, Vec::new()));
                    at
                }
            };
            current = Some(at);
            self.used[at] += bytes;
            let (_, held) = self.chunks[at]
                .last_mut()
                .expect("the file was just put there");
            held.push(hunk);
        }
    }

    fn open(&mut self) -> usize {
        self.chunks.push(Vec::new());
        self.used.push(0);
        self.chunks.len() - 1
    }
}

/// Files that belong together, the most important first.
fn clusters(files: &[FileChange]) -> Vec<Vec<usize>> {
    let mut first_seen: BTreeMap<&[u8], usize> = BTreeMap::new();
    for (i, file) in files.iter().enumerate() {
        first_seen.entry(directory(file)).or_insert(i);
    }
    let mut clusters = with_tests(files);
    clusters.sort_by_key(|c| {
        let lead = &files[c[0]];
        let rank = c.iter().map(|f| rank(files[*f].language)).min();
        (rank, first_seen.get(directory(lead)).copied(), c[0])
    });
    clusters
}

/// Each file that is no test leads a cluster; tests of the same stem follow it.
fn with_tests(files: &[FileChange]) -> Vec<Vec<usize>> {
    let stems: Vec<(String, bool)> = files
        .iter()
        .map(|f| stem(&f.path.file_name().to_ascii_lowercase()))
        .collect();
    let mut leaders: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, (stem, is_test)) in stems.iter().enumerate() {
        if !is_test && !is_generic(stem) {
            leaders.entry(stem).or_insert(i);
        }
    }
    let mut followers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (i, (stem, is_test)) in stems.iter().enumerate() {
        let leader = leaders
            .get(stem.as_str())
            .copied()
            .filter(|_| *is_test)
            .unwrap_or(i);
        followers.entry(leader).or_default().push(i);
    }
    followers
        .into_iter()
        .map(|(leader, mut members)| {
            members.sort_by_key(|m| (*m != leader, *m));
            members
        })
        .collect()
}

/// The name that a source and its test share, and whether this is the test.
fn stem(lower_name: &[u8]) -> (String, bool) {
    let name = String::from_utf8_lossy(lower_name);
    let base = name.split('.').next().unwrap_or(&name);
    let dotted = name.contains(".test.") || name.contains(".spec.");
    for affix in [
        "_test", "_tests", "_spec", "-test", "-spec", "tests", "test", "spec",
    ] {
        if let Some(rest) = base.strip_suffix(affix).filter(|r| !r.is_empty()) {
            return (rest.to_owned(), true);
        }
    }
    match base.strip_prefix("test_") {
        Some(rest) => (rest.to_owned(), true),
        None => (base.to_owned(), dotted),
    }
}

fn is_generic(stem: &str) -> bool {
    matches!(
        stem,
        "mod"
            | "lib"
            | "main"
            | "index"
            | "__init__"
            | "init"
            | "package"
            | "setup"
            | "readme"
            | ""
    )
}

fn directory(file: &FileChange) -> &[u8] {
    let path = file.path.as_bytes();
    &path[..path.len() - file.path.file_name().len()]
}

fn rank(language: Language) -> u8 {
    match language {
        Language::Prose => 2,
        Language::Config => 1,
        _ => 0,
    }
}
