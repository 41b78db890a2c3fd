//! List cursors: a place in a list, sealed so that only the list it was made for accepts it. Never secret: a cursor holds
//! nothing that the list did not show.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const TAG_BYTES: usize = 16;

/// Which way a cursor leads from its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// To older rows.
    Older,
    /// To newer rows.
    Newer,
}

/// Seals and opens the cursors of one list.
pub(crate) struct Seal {
    key: [u8; 32],
    bound: String,
}

impl Seal {
    /// `bound` says which list: project, environment, path and filters.
    pub(crate) fn new(key: [u8; 32], bound: String) -> Self {
        Self { key, bound }
    }

    /// A cursor that leads from `place`.
    pub(crate) fn seal(&self, direction: Direction, place: &str) -> String {
        let letter = match direction {
            Direction::Older => 'o',
            Direction::Newer => 'n',
        };
        let content = format!("{letter}{place}");
        let tag = self
            .mac(content.as_bytes())
            .map(|mac| mac.finalize().into_bytes().to_vec())
            .unwrap_or_default();
        let mut bytes: Vec<u8> = tag.into_iter().take(TAG_BYTES).collect();
        bytes.extend_from_slice(content.as_bytes());
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// Where a cursor of this list leads; `None` for anything else.
    pub(crate) fn open(&self, cursor: &str) -> Option<(Direction, String)> {
        let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?;
        let (tag, content) = bytes.split_at_checked(TAG_BYTES)?;
        self.mac(content)?.verify_truncated_left(tag).ok()?;
        let content = str::from_utf8(content).ok()?;
        let direction = match content.chars().next()? {
            'o' => Direction::Older,
            'n' => Direction::Newer,
            _ => return None,
        };
        Some((direction, content.get(1..)?.to_owned()))
    }

    fn mac(&self, content: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(self.bound.as_bytes());
        mac.update(&[0]);
        mac.update(content);
        Some(mac)
    }
}

#[cfg(test)]
mod tests {
    use super::{Direction, Seal};

    #[test]
    fn a_cursor_opens_only_where_it_was_made() {
        let seal = Seal::new([7; 32], "prj_1 sandbox intents status=completed".to_owned());
        let cursor = seal.seal(Direction::Newer, "1700000000000:01J");
        assert_eq!(
            seal.open(&cursor),
            Some((Direction::Newer, "1700000000000:01J".to_owned()))
        );
        assert_eq!(
            Seal::new([7; 32], "prj_2 sandbox intents status=completed".to_owned()).open(&cursor),
            None
        );
        assert_eq!(
            Seal::new([8; 32], "prj_1 sandbox intents status=completed".to_owned()).open(&cursor),
            None
        );
    }

    #[test]
    fn a_changed_cursor_is_none() {
        let seal = Seal::new([7; 32], "list".to_owned());
        let cursor = seal.seal(Direction::Older, "12");
        for index in 0..cursor.len() {
            let mut bytes = cursor.clone().into_bytes();
            bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
            assert_eq!(seal.open(&String::from_utf8(bytes).unwrap()), None, "character {index}");
        }
        for foreign in ["", "eyJ9", "????", "%", "\u{1f41a}", &cursor[..cursor.len() - 2]] {
            assert_eq!(seal.open(foreign), None);
        }
    }
}
