//! Pages of lists: which rows to show of those that were read, and the published object about it. Never reads rows.

use serde::Serialize;
use url::form_urlencoded::Serializer;
use utoipa::ToSchema;

use crate::cursor::{Direction, Seal};

/// Rows per page when nobody asks for another number.
pub(crate) const PER_PAGE: i64 = 10;
/// Most rows per page.
pub(crate) const PER_PAGE_MAX: i64 = 100;

/// A list answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct Listed<T: ToSchema> {
    /// The rows of this page, newest first.
    pub(crate) data: Vec<T>,
    /// Where this page stands.
    pub(crate) pagination: Pagination,
}

/// Where a page stands in its list.
#[derive(Serialize, ToSchema)]
pub(crate) struct Pagination {
    /// Rows on this page.
    count: usize,
    /// The list without its query.
    path: String,
    /// Most rows on a page.
    per_page: i64,
    /// Cursor of the next (older) page.
    next_cursor: Option<String>,
    /// Address of the next page, with every filter.
    next_page_url: Option<String>,
    /// Cursor of the previous (newer) page.
    prev_cursor: Option<String>,
    /// Address of the previous page, with every filter.
    prev_page_url: Option<String>,
    /// Whether there are older rows.
    has_more_pages: bool,
    /// Whether there is more than one page.
    has_pages: bool,
}

/// Which page of which list was asked for.
pub(crate) struct Asked {
    /// Absolute address of the list without its query.
    pub(crate) path: String,
    /// The filters as they were given, in a fixed order.
    pub(crate) filters: Vec<(&'static str, String)>,
    /// Most rows on the page.
    pub(crate) per_page: i64,
    /// Where it begins; `None` for the newest row.
    pub(crate) from: Option<(Direction, String)>,
    /// Seals the cursors of this list.
    pub(crate) seal: Seal,
}

impl Asked {
    /// How many rows to read: one more than are shown, to know whether there are more.
    pub(crate) fn limit(&self) -> i64 {
        self.per_page.saturating_add(1)
    }

    /// Arranges rows that were read from the beginning of the page onwards (newest first, but oldest first towards
    /// newer ones). `place` says where a row stands.
    pub(crate) fn page<R, T: ToSchema>(
        &self,
        mut rows: Vec<R>,
        place: impl Fn(&R) -> String,
        show: impl Fn(&R) -> T,
    ) -> Listed<T> {
        let shown = usize::try_from(self.per_page).unwrap_or(0);
        let has_beyond = rows.len() > shown;
        rows.truncate(shown);
        let direction = self.from.as_ref().map(|(direction, _)| *direction);
        let (has_older, has_newer) = match direction {
            None => (has_beyond, false),
            Some(Direction::Older) => (has_beyond, true),
            Some(Direction::Newer) => {
                rows.reverse();
                (true, has_beyond)
            }
        };
        let cursor = |has: bool, row: Option<&R>, way| row.filter(|_| has).map(|row| self.seal.seal(way, &place(row)));
        let next_cursor = cursor(has_older, rows.last(), Direction::Older);
        let prev_cursor = cursor(has_newer, rows.first(), Direction::Newer);
        let pagination = Pagination {
            count: rows.len(),
            path: self.path.clone(),
            per_page: self.per_page,
            next_page_url: next_cursor.as_deref().map(|cursor| self.address(cursor)),
            prev_page_url: prev_cursor.as_deref().map(|cursor| self.address(cursor)),
            has_more_pages: next_cursor.is_some(),
            has_pages: next_cursor.is_some() || prev_cursor.is_some(),
            next_cursor,
            prev_cursor,
        };
        Listed {
            data: rows.iter().map(show).collect(),
            pagination,
        }
    }

    fn address(&self, cursor: &str) -> String {
        let mut query = Serializer::new(String::new());
        query
            .append_pair("per_page", &self.per_page.to_string())
            .append_pair("cursor", cursor);
        query.extend_pairs(&self.filters);
        format!("{}?{}", self.path, query.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, Listed};
    use crate::cursor::{Direction, Seal};

    /// Shows the page of `per_page` 3 of the numbers below `newest`, as a store would read it.
    fn show(newest: i64, from: Option<(Direction, String)>) -> Listed<i64> {
        let asked = Asked {
            path: "http://x/list".to_owned(),
            filters: vec![("status", "a b".to_owned())],
            per_page: 3,
            from,
            seal: Seal::new([1; 32], "list".to_owned()),
        };
        let at = |place: &String| place.parse::<i64>().unwrap();
        let rows: Vec<i64> = match &asked.from {
            None => (0..newest).rev().take(4).collect(),
            Some((Direction::Older, place)) => (0..at(place)).rev().take(4).collect(),
            Some((Direction::Newer, place)) => (at(place) + 1..newest).take(4).collect(),
        };
        asked.page(rows, i64::to_string, |row| *row)
    }

    fn open(cursor: Option<&String>) -> Option<(Direction, String)> {
        cursor.and_then(|cursor| Seal::new([1; 32], "list".to_owned()).open(cursor))
    }

    #[test]
    fn walking_while_rows_are_added_neither_skips_nor_repeats() {
        let (mut seen, mut newest, mut from) = (Vec::new(), 10, None);
        loop {
            let page = show(newest, from);
            seen.extend(page.data.clone());
            newest += 5;
            from = open(page.pagination.next_cursor.as_ref());
            if from.is_none() {
                break;
            }
        }
        assert_eq!(seen, (0..10).rev().collect::<Vec<_>>());
    }

    #[test]
    fn walking_back_shows_the_same_pages() {
        let first = show(8, None);
        assert_eq!(
            (first.data.as_slice(), first.pagination.prev_cursor.is_none()),
            ([7, 6, 5].as_slice(), true)
        );
        let second = show(8, open(first.pagination.next_cursor.as_ref()));
        assert_eq!(second.data, [4, 3, 2]);
        assert!(second.pagination.has_more_pages && second.pagination.has_pages);
        let last = show(8, open(second.pagination.next_cursor.as_ref()));
        assert_eq!(
            (last.data.as_slice(), last.pagination.has_more_pages),
            ([1, 0].as_slice(), false)
        );
        let back = show(8, open(last.pagination.prev_cursor.as_ref()));
        assert_eq!(back.data, [4, 3, 2]);
        let top = show(8, open(back.pagination.prev_cursor.as_ref()));
        assert_eq!(
            (top.data.as_slice(), top.pagination.prev_cursor.is_none()),
            ([7, 6, 5].as_slice(), true)
        );
    }

    #[test]
    fn addresses_carry_every_filter() {
        let page = show(8, None).pagination;
        let url = page.next_page_url.unwrap();
        assert!(url.starts_with("http://x/list?per_page=3&cursor="), "{url}");
        assert!(url.ends_with("&status=a+b"), "{url}");
        let only = show(2, None).pagination;
        assert!(!only.has_pages && only.next_page_url.is_none() && only.count == 2);
    }
}
