//! What is known of a value: its constant text, and the holes in it.

/// Pieces kept of one value; more collapse into the worst of them.
const PIECES: usize = 24;

/// Bytes kept of one constant piece.
const TEXT: usize = 600;

/// Who decides what stands in a hole; a later one is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trust {
    /// A number, an escaped value, a name written as a constant.
    Clean,
    /// Not known in this function.
    Opaque,
    /// A parameter of this function.
    Parameter,
    /// From outside, through code that may have checked it.
    Laundered,
    /// From outside: a request, the network.
    External,
}

/// A piece of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Constant text.
    Text(String),
    /// Text that is not known.
    Hole(Trust),
}

/// A value as a sequence of pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Value(pub(super) Vec<Piece>);

impl Value {
    pub(super) fn text(text: &str) -> Self {
        Self(vec![Piece::Text(text.chars().take(TEXT).collect())])
    }

    pub(super) fn hole(trust: Trust) -> Self {
        Self(vec![Piece::Hole(trust)])
    }

    /// One value after another.
    #[must_use]
    pub(super) fn then(mut self, other: Self) -> Self {
        for piece in other.0 {
            if self.0.len() >= PIECES {
                let worst = self.worst().unwrap_or(Trust::Clean);
                let hole = if let Piece::Hole(trust) = piece {
                    trust.max(worst)
                } else {
                    worst
                };
                self.0.pop();
                self.0.push(Piece::Hole(hole));
                continue;
            }
            match (self.0.last_mut(), piece) {
                (Some(Piece::Text(before)), Piece::Text(after))
                    if before.len() + after.len() <= TEXT =>
                {
                    before.push_str(&after);
                }
                (_, piece) => self.0.push(piece),
            }
        }
        self
    }

    /// The worse of two possible values.
    #[must_use]
    pub(super) fn or(self, other: Self) -> Self {
        if other.badness() > self.badness() {
            other
        } else {
            self
        }
    }

    fn badness(&self) -> (Option<Trust>, bool) {
        (self.worst(), self.is_built())
    }

    /// The worst hole, if there is any.
    pub(super) fn worst(&self) -> Option<Trust> {
        self.holes().max()
    }

    fn holes(&self) -> impl Iterator<Item = Trust> {
        self.0.iter().filter_map(|p| {
            if let Piece::Hole(t) = p {
                Some(*t)
            } else {
                None
            }
        })
    }

    /// The whole text, where nothing is unknown.
    pub(super) fn constant(&self) -> Option<String> {
        let text = |p: &Piece| {
            if let Piece::Text(t) = p {
                Some(t.clone())
            } else {
                None
            }
        };
        self.0.iter().map(text).collect()
    }

    /// Whether constant text stands beside a hole that is not clean.
    pub(super) fn is_built(&self) -> bool {
        self.0
            .iter()
            .any(|p| matches!(p, Piece::Text(t) if !t.is_empty()))
            && self.holes().any(|t| t > Trust::Clean)
    }

    /// Everything before the first hole that is not clean.
    pub(super) fn prefix(&self) -> String {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(t) => text.push_str(t),
                Piece::Hole(Trust::Clean) => text.push('0'),
                Piece::Hole(_) => break,
            }
        }
        text
    }

    /// One hole in place of all pieces, for what a call makes of them.
    #[must_use]
    pub(super) fn collapsed(&self, cap: Trust) -> Self {
        match self.worst() {
            Some(trust) => Self::hole(trust.min(cap)),
            None => Self::hole(Trust::Clean),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_built_only_of_text_and_an_unknown_hole() {
        let text = Value::text("select ");
        assert!(!text.clone().then(Value::hole(Trust::Clean)).is_built());
        assert!(text.clone().then(Value::hole(Trust::Opaque)).is_built());
        assert!(!Value::hole(Trust::External).is_built());
        assert_eq!(
            text.clone().then(Value::text("1")).constant().as_deref(),
            Some("select 1")
        );
    }

    #[test]
    fn the_number_of_pieces_is_bounded_and_keeps_the_worst() {
        let mut value = Value::hole(Trust::External);
        for _ in 0..100 {
            value = value.then(Value::text("a")).then(Value::hole(Trust::Clean));
        }
        assert!(value.0.len() <= PIECES);
        assert_eq!(value.worst(), Some(Trust::External));
    }
}
