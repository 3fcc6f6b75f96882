//! Overlapping hits become disjoint spans.

use crate::model::SecretSpan;

/// Sorted by place and disjoint; where hits overlap, their union carries the
/// name of the surest one, the longer one among equals.
pub(super) fn settle(mut hits: Vec<SecretSpan>) -> Vec<SecretSpan> {
    hits.retain(|hit| hit.range.start < hit.range.end);
    hits.sort_by_key(|hit| (hit.range.start, hit.range.end));
    let mut settled: Vec<SecretSpan> = Vec::with_capacity(hits.len());
    for hit in hits {
        match settled.last_mut() {
            Some(last) if hit.range.start < last.range.end => join(last, &hit),
            _ => settled.push(hit),
        }
    }
    settled
}

fn join(last: &mut SecretSpan, hit: &SecretSpan) {
    let union = last.range.start..last.range.end.max(hit.range.end);
    if (hit.confidence, hit.range.len()) > (last.confidence, last.range.len()) {
        *last = hit.clone();
    }
    last.range = union;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(range: std::ops::Range<usize>, rule: &'static str, confidence: u8) -> SecretSpan {
        SecretSpan {
            range,
            rule,
            what: rule,
            confidence,
        }
    }

    #[test]
    fn the_surest_name_covers_the_union() {
        let spans = settle(vec![
            span(4..9, "b", 90),
            span(0..6, "a", 50),
            span(9..12, "c", 10),
            span(3..3, "d", 99),
        ]);
        assert_eq!(spans, vec![span(0..9, "b", 90), span(9..12, "c", 10)]);
    }
}
