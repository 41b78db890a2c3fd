//! Where a page of a list begins. Lists are ordered by time and then by id.

/// Strictly beyond a row, which is told by its time (milliseconds UTC) and its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beyond<I> {
    /// The newest row.
    First,
    /// Older than this row, newest first.
    Older(i64, I),
    /// Newer than this row, oldest first.
    Newer(i64, I),
}

impl<I> Beyond<I> {
    /// The time and the id to compare with; without an id every time is older.
    pub(crate) fn bounds(self) -> (i64, Option<I>) {
        match self {
            Self::First => (i64::MAX, None),
            Self::Older(at_ms, id) | Self::Newer(at_ms, id) => (at_ms, Some(id)),
        }
    }
}
