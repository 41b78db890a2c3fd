//! `?1` becomes `$1`: the house writes SQLite's form, because SQLite numbers `$n` by first appearance.

/// The statement with PostgreSQL's placeholders. Quoted texts and names, and comments, are left as they are.
pub(super) fn rewrite(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let mut inside = Inside::Code;
    while let Some(char) = rest.next() {
        let next = rest.peek().copied();
        out.push(char);
        inside = match inside {
            Inside::Code => match (char, next) {
                ('\'' | '"', _) => Inside::Quotes(char),
                ('-', Some('-')) => Inside::Line,
                ('/', Some('*')) => Inside::Block,
                ('?', Some('0'..='9')) => {
                    out.pop();
                    out.push('$');
                    Inside::Code
                }
                _ => Inside::Code,
            },
            // A doubled quote ends and begins again, which comes to the same.
            Inside::Quotes(quote) if char == quote => Inside::Code,
            Inside::Line if char == '\n' => Inside::Code,
            Inside::Block if char == '*' && next == Some('/') => Inside::Code,
            Inside::Quotes(_) | Inside::Line | Inside::Block => inside,
        };
    }
    out
}

#[derive(Clone, Copy)]
enum Inside {
    Code,
    Quotes(char),
    Line,
    Block,
}

#[cfg(test)]
mod tests {
    use super::rewrite;

    #[test]
    fn placeholders_are_rewritten_and_nothing_else_is() {
        for (house, postgres) in [
            ("SELECT ?1, ?2", "SELECT $1, $2"),
            ("a = ?2 AND b = ?1 OR c = ?2", "a = $2 AND b = $1 OR c = $2"),
            ("LIMIT ?12", "LIMIT $12"),
            ("a = 'what ?1' AND b = ?1", "a = 'what ?1' AND b = $1"),
            ("a = 'it''s ?1' AND b = ?1", "a = 'it''s ?1' AND b = $1"),
            ("\"odd ?1\" = ?1", "\"odd ?1\" = $1"),
            ("a -- why ?1 'no\n = ?1", "a -- why ?1 'no\n = $1"),
            ("a /* ?1 \" */ = ?1", "a /* ?1 \" */ = $1"),
            ("é = ?1", "é = $1"),
        ] {
            assert_eq!(rewrite(house), postgres);
        }
    }
}
