//! Server-sent events as they come in pieces. Owns where one message ends; never what is in it.

/// One message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Message {
    /// What to go on after; empty when it has none.
    pub(crate) id: String,
    pub(crate) data: String,
}

/// What has come of a message that is not whole yet.
#[derive(Debug, Default)]
pub(super) struct Reader {
    line: Vec<u8>,
    message: Message,
}

impl Reader {
    /// Takes the next piece; the messages that it completes.
    pub(super) fn take(&mut self, piece: &[u8]) -> Vec<Message> {
        let mut whole = Vec::new();
        for byte in piece {
            match byte {
                b'\n' => whole.extend(self.end_line()),
                other => self.line.push(*other),
            }
        }
        whole
    }

    fn end_line(&mut self) -> Option<Message> {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        let line = line.strip_suffix('\r').unwrap_or(&line);
        if line.is_empty() {
            let message = std::mem::take(&mut self.message);
            return (!message.data.is_empty()).then_some(message);
        }
        // What begins with a colon is a comment: a field without a name.
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "id" => value.clone_into(&mut self.message.id),
            "data" if self.message.data.is_empty() => value.clone_into(&mut self.message.data),
            "data" => {
                self.message.data.push('\n');
                self.message.data.push_str(value);
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_whole_wherever_they_are_cut() {
        let text = ": still here\n\nid: evt_1\nevent: payment.completed\ndata: {\"a\":\"é\"}\n\nid: 2\r\ndata: x\r\ndata:y\r\n\r\nid: 3\n";
        let wanted = [("evt_1", "{\"a\":\"é\"}"), ("2", "x\ny")];
        for size in 1..text.len() {
            let mut reader = Reader::default();
            let read: Vec<Message> = text
                .as_bytes()
                .chunks(size)
                .flat_map(|piece| reader.take(piece))
                .collect();
            let read: Vec<(&str, &str)> = read.iter().map(|m| (m.id.as_str(), m.data.as_str())).collect();
            assert_eq!(read, wanted, "pieces of {size}");
        }
    }
}
