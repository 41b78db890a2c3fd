//! Pages of lists that are short enough to be read whole: an environment has dozens of accounts and rules, not millions.
//! Never reads rows.

use engine::admin::Beyond;

use crate::pagination::Asked;

/// Of all rows, newest first, those from the beginning of the page onwards, as [`Asked::page`] wants them. `place` says
/// where a row stands.
pub(super) fn from<R, I: Ord>(asked: &Asked, page: Beyond<I>, rows: Vec<R>, place: impl Fn(&R) -> (i64, I)) -> Vec<R> {
    let mut rows = rows;
    match page {
        Beyond::First => {}
        Beyond::Older(at_ms, id) => {
            let from = (at_ms, id);
            rows.retain(|row| place(row) < from);
        }
        Beyond::Newer(at_ms, id) => {
            let from = (at_ms, id);
            rows.retain(|row| place(row) > from);
            rows.reverse();
        }
    }
    rows.truncate(usize::try_from(asked.limit()).unwrap_or(0));
    rows
}
