"""Receives Cowry's webhooks. Python 3.8 or later, standard library only.

    WEBHOOK_SECRET=whsec_... python3 receiver.py
    python3 receiver.py verify SECRET ID TIMESTAMP SIGNATURE < body       ends with 0 (genuine) or 1
    python3 receiver.py verify-body SECRET X_ORQEX_SIGNATURE < body       the same for the second signature

Environment: WEBHOOK_PORT (3000) and WEBHOOK_STORE (webhooks.db).
"""

import base64
import hashlib
import hmac
import json
import os
import re
import sqlite3
import sys
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE_S = 300
MAX_BODY_BYTES = 1024 * 1024


def key_of(secret):
    """The bytes behind `whsec_`. An empty key would make every forgery genuine, so a short one is an error."""
    prefix, _, encoded = secret.partition("_")
    key = base64.b64decode(encoded, validate=True)
    if prefix != "whsec" or len(key) < 24:
        raise ValueError("a secret is whsec_ and base64")
    return key


def verify(secret, webhook_id, timestamp, signatures, body, now_s):
    """Whether the three headers of Standard Webhooks belong to this body. `body` is bytes, as they came."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", webhook_id) or not re.fullmatch(r"[0-9]{1,12}", timestamp):
        return False
    if abs(now_s - int(timestamp)) > TOLERANCE_S:
        return False
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    mac = hmac.new(key_of(secret), signed, hashlib.sha256).digest()
    expected = b"v1," + base64.b64encode(mac)
    # While a secret is being replaced there are two signatures; one that fits is enough.
    return any([hmac.compare_digest(expected, given.encode("utf-8", "replace")) for given in signatures.split(" ")])


def verify_body(secret, signature, body):
    """The second way, `x-orqex-signature`. It says nothing about id and time: prefer `verify` where you can."""
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return len(secret) > len("whsec_") and hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))


def create_tables(path):
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE IF NOT EXISTS webhooks (id TEXT PRIMARY KEY, body BLOB NOT NULL)")
        db.execute("CREATE TABLE IF NOT EXISTS payments (id TEXT PRIMARY KEY, sequence INTEGER NOT NULL, status TEXT)")


def store(path, webhook_id, body):
    """Keeps the event and what it says, in one transaction: both are there, or neither is and it comes again."""
    event = json.loads(body)
    told = event.get("payment") or event["payout"]
    with closing(sqlite3.connect(path, timeout=10)) as db, db:
        fresh = db.execute("INSERT OR IGNORE INTO webhooks (id, body) VALUES (?, ?)", (webhook_id, body))
        if fresh.rowcount == 0:
            return "seen before"
        if event.get("test"):
            return "test"
        newer = db.execute(
            "INSERT INTO payments (id, sequence, status) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE"
            " SET sequence = excluded.sequence, status = excluded.status WHERE excluded.sequence > payments.sequence",
            (told["id"], event.get("sequence", 0), told["status"]),
        )
        return "stored" if newer.rowcount == 1 else "stored, but a newer one is known"


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 15

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch(r"[0-9]{1,9}", length) or int(length) > MAX_BODY_BYTES:
            self.close_connection = True
            return self.answer(413, "the body is too long, or of unknown length")
        body = self.rfile.read(int(length))
        webhook_id = self.headers.get("webhook-id", "")
        timestamp = self.headers.get("webhook-timestamp", "")
        signatures = self.headers.get("webhook-signature", "")
        if not verify(self.server.secret, webhook_id, timestamp, signatures, body, time.time()):
            return self.answer(401, "wrong signature")
        try:
            outcome = store(self.server.store, webhook_id, body)
        except Exception as error:
            self.log_error("%s is not stored: %r", webhook_id, error)
            return self.answer(500, "not stored, send it again")
        # Only now. What takes long is done afterwards, from the tables, not here.
        self.answer(200, outcome)

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


def serve():
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("WEBHOOK_PORT", "3000"))), Receiver)
    server.secret = os.environ["WEBHOOK_SECRET"]
    server.store = os.environ.get("WEBHOOK_STORE", "webhooks.db")
    key_of(server.secret)
    create_tables(server.store)
    print(f"listening on http://127.0.0.1:{server.server_port}/hook", flush=True)
    server.serve_forever()


def main(arguments):
    if not arguments:
        return serve()
    if len(arguments) == 5 and arguments[0] == "verify":
        genuine = verify(*arguments[1:], sys.stdin.buffer.read(), time.time())
    elif len(arguments) == 3 and arguments[0] == "verify-body":
        genuine = verify_body(*arguments[1:], sys.stdin.buffer.read())
    else:
        sys.exit(__doc__)
    sys.exit(0 if genuine else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
