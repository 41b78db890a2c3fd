//! Translates charges and questions into each provider's protocol. Never sees a row or an HTTP server.
