//! Phone numbers as people write them, and the countries whose numbers the phone page offers.
//!
//! Owns reading a number into E.164. Never knows which numbers really exist.

/// A country that can be chosen.
#[derive(Debug)]
pub(crate) struct Country {
    pub(crate) code: &'static str,
    pub(crate) english: &'static str,
    pub(crate) french: &'static str,
    pub(crate) dial_prefix: &'static str,
    /// What people dial before a number within the country, and leave out from abroad.
    trunk: &'static str,
}

const fn country(
    code: &'static str,
    (english, french): (&'static str, &'static str),
    dial_prefix: &'static str,
    trunk: &'static str,
) -> Country {
    Country {
        code,
        english,
        french,
        dial_prefix,
        trunk,
    }
}

/// By English name.
pub(crate) static COUNTRIES: [Country; 29] = [
    country("BJ", ("Benin", "Bénin"), "+229", ""),
    country("BF", ("Burkina Faso", "Burkina Faso"), "+226", ""),
    country("CM", ("Cameroon", "Cameroun"), "+237", ""),
    country("TD", ("Chad", "Tchad"), "+235", ""),
    country("CG", ("Congo", "Congo"), "+242", ""),
    country("CD", ("Congo (Kinshasa)", "Congo (Kinshasa)"), "+243", "0"),
    country("CI", ("Côte d’Ivoire", "Côte d’Ivoire"), "+225", ""),
    country("ET", ("Ethiopia", "Éthiopie"), "+251", "0"),
    country("GA", ("Gabon", "Gabon"), "+241", "0"),
    country("GM", ("Gambia", "Gambie"), "+220", ""),
    country("GH", ("Ghana", "Ghana"), "+233", "0"),
    country("GN", ("Guinea", "Guinée"), "+224", ""),
    country("KE", ("Kenya", "Kenya"), "+254", "0"),
    country("LS", ("Lesotho", "Lesotho"), "+266", ""),
    country("MG", ("Madagascar", "Madagascar"), "+261", "0"),
    country("MW", ("Malawi", "Malawi"), "+265", "0"),
    country("ML", ("Mali", "Mali"), "+223", ""),
    country("MZ", ("Mozambique", "Mozambique"), "+258", ""),
    country("NE", ("Niger", "Niger"), "+227", ""),
    country("NG", ("Nigeria", "Nigéria"), "+234", "0"),
    country("RW", ("Rwanda", "Rwanda"), "+250", "0"),
    country("SN", ("Senegal", "Sénégal"), "+221", ""),
    country("SC", ("Seychelles", "Seychelles"), "+248", ""),
    country("SL", ("Sierra Leone", "Sierra Leone"), "+232", "0"),
    country("TZ", ("Tanzania", "Tanzanie"), "+255", "0"),
    country("TG", ("Togo", "Togo"), "+228", ""),
    country("TN", ("Tunisia", "Tunisie"), "+216", ""),
    country("UG", ("Uganda", "Ouganda"), "+256", "0"),
    country("ZM", ("Zambia", "Zambie"), "+260", "0"),
];

/// Whether it is a plus sign and 5 to 15 digits.
pub(crate) fn is_e164(phone: &str) -> bool {
    let digits = phone.strip_prefix('+').unwrap_or("");
    (5..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// An international number from an address, whose `+` may have become a space or been left out.
pub(crate) fn from_address(text: &str) -> Option<String> {
    let number = format!("+{}", text.trim().trim_start_matches('+'));
    is_e164(&number).then_some(number)
}

/// A number as somebody typed it, in E.164. National ones are read with the country.
pub(crate) fn read(text: &str, country_code: &str) -> Option<String> {
    let plain: String = text
        .chars()
        .filter(|character| !character.is_whitespace() && !"-.()/\u{a0}".contains(*character))
        .collect();
    let number = match plain.strip_prefix('+').or_else(|| plain.strip_prefix("00")) {
        Some(international) => format!("+{international}"),
        None => {
            let country = COUNTRIES.iter().find(|country| country.code == country_code)?;
            let national = plain.strip_prefix(country.trunk).unwrap_or(&plain);
            format!("{}{national}", country.dial_prefix)
        }
    };
    is_e164(&number).then_some(number)
}

/// Grouped for reading: the country's prefix apart, the rest in pairs from the right.
pub(crate) fn shown(number: &str) -> String {
    let prefix = COUNTRIES
        .iter()
        .map(|country| country.dial_prefix)
        .find(|prefix| number.starts_with(prefix));
    let Some((prefix, rest)) = prefix.and_then(|prefix| Some((prefix, number.strip_prefix(prefix)?))) else {
        return number.to_owned();
    };
    let mut text = prefix.to_owned();
    for (index, digit) in rest.chars().enumerate() {
        let left = rest.len().saturating_sub(index);
        if index == 0 || left.is_multiple_of(2) && left < rest.len() {
            text.push('\u{a0}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, country, expected) in [
            ("07 00 00 00 00", "CI", "+2250700000000"),
            ("0712-345.678", "KE", "+254712345678"),
            ("+225 07 00 00 00 00", "KE", "+2250700000000"),
            ("00 221 77 000 00 00", "CI", "+221770000000"),
            ("06 123 45 67", "CG", "+242061234567"),
        ] {
            assert_eq!(read(text, country).as_deref(), Some(expected), "{text}");
        }
        for (text, country) in [
            ("", "CI"),
            ("07x", "CI"),
            ("0700000000", "XX"),
            ("12345678901234567", "SN"),
        ] {
            assert_eq!(read(text, country), None, "{text}");
        }
        assert_eq!(from_address(" 225070").as_deref(), Some("+225070"));
        assert_eq!(from_address("<b>"), None);
    }

    #[test]
    fn numbers_are_shown_in_groups() {
        let plain = |number: &str| shown(number).replace('\u{a0}', " ");
        assert_eq!(plain("+2250700000000"), "+225 07 00 00 00 00");
        assert_eq!(plain("+254712345678"), "+254 7 12 34 56 78");
        assert_eq!(plain("+33612345678"), "+33612345678");
    }
}
