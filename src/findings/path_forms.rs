//! A path as a model wrote it → the file of the change that it means.
//!
//! Promises: a path that a file of the change has, to the letter, is that file, whatever blanks,
//! quotes or colons it holds. Else what models put around a path is taken off step by step, and at
//! last a file is taken that the path names in part, or in other letters, if there is exactly one.

/// The path as it is written, then without what models put around it, each form once.
#[must_use]
pub(super) fn path_forms(written: &str) -> Vec<String> {
    let mut forms = vec![written.to_owned()];
    let mut add = |form: &str| {
        if !form.is_empty() && !forms.iter().any(|known| known == form) {
            forms.push(form.to_owned());
        }
    };
    let bare = without_marks(written);
    let placeless = without_lines(bare);
    for form in [bare, placeless] {
        add(form);
        let slashes = form.replace('\\', "/");
        let decoded = decoded(&slashes);
        for form in [form, &slashes, &decoded] {
            let form = form.strip_prefix("file://").unwrap_or(form);
            let form = form.trim_start_matches("./").trim_start_matches('/');
            add(form);
            let side = form.strip_prefix("a/").or_else(|| form.strip_prefix("b/"));
            if let Some(form) = side {
                add(form);
            }
        }
    }
    forms
}

/// The place in `paths` that one of the forms names in part or in other letters, where exactly one
/// does.
#[must_use]
pub(super) fn only_likely(forms: &[String], paths: &[String]) -> Option<usize> {
    for is_likely in [is_part, is_other_case] {
        let mut found = None;
        for (at, path) in paths.iter().enumerate() {
            if !forms.iter().any(|form| is_likely(form, path)) {
                continue;
            }
            if found.is_some() {
                return None;
            }
            found = Some(at);
        }
        if found.is_some() {
            return found;
        }
    }
    None
}

/// `db.py` and `repository/src/db.py` both name `src/db.py`.
fn is_part(form: &str, path: &str) -> bool {
    if form.split('/').any(|part| part == "..") {
        return false;
    }
    let ends_with = |whole: &str, part: &str| {
        whole
            .strip_suffix(part)
            .is_some_and(|before| before.ends_with('/'))
    };
    ends_with(path, form) || ends_with(form, path)
}

fn is_other_case(form: &str, path: &str) -> bool {
    form.to_lowercase() == path.to_lowercase()
}

/// Without white space, quotes and emphasis around it.
fn without_marks(written: &str) -> &str {
    let mut form = written.trim();
    loop {
        let inner = ["`", "\"", "'", "**", "*", "<", "["]
            .iter()
            .find_map(|open| {
                let close = match *open {
                    "<" => ">",
                    "[" => "]",
                    same => same,
                };
                form.strip_prefix(open)?.strip_suffix(close)
            });
        match inner {
            Some(inner) => form = inner.trim(),
            None => return form,
        }
    }
}

/// Without the lines that stand behind it: `:4`, `:4:5`, `:4-6`, `#L4-L6`, ` (line 4)`, `, line 4`.
fn without_lines(form: &str) -> &str {
    let mut form = form;
    loop {
        let shorter = one_place_less(form).map(str::trim_end);
        match shorter {
            Some(shorter) if !shorter.is_empty() => form = shorter,
            Some(_) | None => return form,
        }
    }
}

fn one_place_less(form: &str) -> Option<&str> {
    for mark in [
        ", lines ", ", line ", " lines ", " line ", " (", "(", "#", ":",
    ] {
        if let Some((path, place)) = form.rsplit_once(mark)
            && is_place(place)
        {
            return Some(path);
        }
    }
    None
}

/// `4`, `4-6`, `L4-L6`, `line 4)`.
fn is_place(text: &str) -> bool {
    let text = text.trim_end_matches(')');
    let text = text
        .strip_prefix("lines ")
        .or_else(|| text.strip_prefix("line "))
        .unwrap_or(text);
    text.starts_with(|c: char| c.is_ascii_digit() || c == 'L')
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '-' | 'L' | ',' | ' ' | '–'))
        && text.chars().any(|c| c.is_ascii_digit())
}

/// With `%20` and git's `\303\251` read as the bytes that they stand for.
fn decoded(form: &str) -> String {
    let bytes = form.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = match bytes[at] {
            b'%' => form.get(at + 1..at + 3).map(|code| (code, 16)),
            b'/' | b'\\' => form.get(at + 1..at + 4).map(|code| (code, 8)),
            _ => None,
        };
        // A separator before three octal digits was git's backslash.
        match code.and_then(|(code, radix)| Some((u8::from_str_radix(code, radix).ok()?, code))) {
            Some((byte, code)) if byte >= 0x20 => {
                out.push(byte);
                at += 1 + code.len();
            }
            Some(_) | None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant<'p>(written: &str, paths: &[&'p str]) -> Option<&'p str> {
        let forms = path_forms(written);
        for form in &forms {
            if let Some(path) = paths.iter().find(|path| **path == form.as_str()) {
                return Some(path);
            }
        }
        let owned: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        only_likely(&forms, &owned).map(|at| paths[at])
    }

    #[test]
    fn usual_ways_of_writing_a_path_are_understood() {
        let paths = ["src/db.py", "src/café.py", "a b.txt", "test/other.py"];
        for written in [
            "src/db.py",
            " src/db.py ",
            "./src/db.py",
            "/src/db.py",
            "a/src/db.py",
            "b/src/db.py",
            "src\\db.py",
            ".\\src\\db.py",
            "src/db.py:4",
            "src/db.py:4:5",
            "src/db.py:4-6",
            "src/db.py#L4",
            "src/db.py#L4-L6",
            "src/db.py (line 4)",
            "src/db.py (lines 4-6)",
            "src/db.py, line 4",
            "src/db.py line 4",
            "src/db.py(4)",
            "`src/db.py`",
            "`src/db.py:4`",
            "\"src/db.py\"",
            "'src/db.py'",
            "**src/db.py**",
            "file:///src/db.py",
            "repository/src/db.py",
            "/home/me/repository/src/db.py",
            "db.py",
            "SRC/DB.py",
        ] {
            assert_eq!(meant(written, &paths), Some("src/db.py"), "{written}");
        }
        assert_eq!(meant("src/caf%C3%A9.py", &paths), Some("src/café.py"));
        assert_eq!(
            meant("\"src/caf\\303\\251.py\"", &paths),
            Some("src/café.py")
        );
        assert_eq!(meant("a%20b.txt", &paths), Some("a b.txt"));
    }

    #[test]
    fn what_could_mean_two_files_means_none() {
        let paths = ["src/db.py", "lib/db.py"];
        assert_eq!(meant("db.py", &paths), None);
        assert_eq!(meant("rc/db.py", &paths), None);
        assert_eq!(meant("other.py", &paths), None);
        assert_eq!(meant("", &paths), None);
    }

    #[test]
    fn an_exact_path_is_never_cleaned() {
        let paths = [" a.py", "a.py", "b.py:4", "`c`", "x (line 4)", "b.py"];
        for path in paths {
            assert_eq!(meant(path, &paths), Some(path), "{path}");
        }
    }
}
