//! A merchant's colour. Owns its spellings; never what goes well with it.

/// Reads `#rgb` or `#rrggbb`; returns `#rrggbb` in lower case.
pub(crate) fn read(text: &str) -> Result<String, &'static str> {
    let wrong = "must be a colour such as #1f6f5c or #fc0";
    let digits = text.strip_prefix('#').ok_or(wrong)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong);
    }
    let long = match digits.len() {
        3 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
        6 => digits.to_owned(),
        _ => return Err(wrong),
    };
    Ok(format!("#{}", long.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn both_spellings_become_one() {
        assert_eq!(read("#FC0"), Ok("#ffcc00".to_owned()));
        assert_eq!(read("#1F6f5C"), Ok("#1f6f5c".to_owned()));
        for wrong in ["", "#", "1f6f5c", "#12", "#12345", "#1234567", "#ggg", "red", "#ffé"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
