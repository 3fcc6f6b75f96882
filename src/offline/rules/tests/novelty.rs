//! Only what the change brought.

use super::{check, file};
use crate::model::FileStatus;
use crate::model::samples::change;

const BAD: &str = "os.chmod(p, 0o777)\n";

fn lines(old: Option<&str>, new: &str, added: &[u32]) -> Vec<u32> {
    let hits = check(&change(vec![file("a.py", old, new, added)]));
    hits.iter().map(|h| h.proposal.line_start).collect()
}

#[test]
fn only_added_lines_are_reported() {
    let text = format!("{BAD}x = 1\n{BAD}");
    assert_eq!(lines(None, &text, &[3]), [3]);
    assert_eq!(lines(None, &text, &[2]), [0; 0]);
    assert_eq!(lines(None, &text, &[1, 2, 3]), [1, 3]);
}

#[test]
fn a_call_over_several_lines_counts_when_one_of_them_was_added() {
    let text = "requests.get(\n    url,\n    verify=False,\n)\n";
    let hits = check(&change(vec![file("a.py", None, text, &[3])]));
    let proposal = &hits[0].proposal;
    assert_eq!((proposal.line_start, proposal.line_end), (1, 4));
    assert_eq!(proposal.quote, text.trim_end());
}

#[test]
fn what_was_there_before_is_dropped_by_count() {
    let twice = format!("{BAD}{BAD}");
    assert_eq!(lines(Some(BAD), BAD, &[1]), [0; 0], "moved");
    assert_eq!(
        lines(Some(BAD), "os.chmod(p,  0o777)\n", &[1]),
        [0; 0],
        "blanks only"
    );
    assert_eq!(lines(Some(BAD), &twice, &[2]), [2], "one more");
    assert_eq!(lines(Some(&twice), &twice, &[1, 2]), [0; 0]);
    assert_eq!(
        lines(Some("os.chmod(q, 0o777)\n"), BAD, &[1]),
        [1],
        "another"
    );
}

#[test]
fn removed_files_and_files_without_text_say_nothing() {
    let mut gone = file("a.py", Some(BAD), BAD, &[]);
    gone.new_text = None;
    gone.status = FileStatus::Deleted;
    assert_eq!(check(&change(vec![gone])), []);
}
