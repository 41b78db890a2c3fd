"""Judges signatures the way a receiver in Python does: one verdict, `ok` or `no`, for each line of the input.

A line has, with tabs between: scheme, secret, id, timestamp, signature, body in base64.
"""

import base64
import hashlib
import hmac
import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError


def standard(secret, message_id, timestamp, signature, body):
    headers = {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": signature}
    try:
        Webhook(secret).verify(body, headers, json_parse=False)
    except WebhookVerificationError:
        return False
    return True


def body_hex(secret, _message_id, _timestamp, signature, body):
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, signature)


def timed(secret, _message_id, _timestamp, signature, body):
    parts = dict(part.split("=", 1) for part in signature.split(","))
    signed = parts["t"].encode() + b"." + body
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, parts["v1"])


SCHEMES = {"standard": standard, "body_hex": body_hex, "timed": timed}

for line in sys.stdin:
    scheme, secret, message_id, timestamp, signature, body = line.rstrip("\n").split("\t")
    good = SCHEMES[scheme](secret, message_id, timestamp, signature, base64.b64decode(body))
    print("ok" if good else "no")
