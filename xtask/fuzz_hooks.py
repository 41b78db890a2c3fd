"""Gives positive cases of schemathesis ids that exist, so that not everything is answered 404. Judges nothing."""

import itertools
import json
import os
import urllib.request

import schemathesis

URL, KEY, FAMILY = (os.environ["COWRY_FUZZ_" + name] for name in ("URL", "KEY", "FAMILY"))
TURN = itertools.count()
PHONE = {"number": "0701020304", "country": "CI"}
CUSTOMER = {"email": "payer@example.com"}


def call(method, path, body=None):
    request = urllib.request.Request(
        URL + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": "Bearer " + KEY,
            "Content-Type": "application/json",
            "Idempotency-Key": f"seed-of-the-fuzz-step-{next(TURN)}",
        },
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def payments():
    """Three payments of the payment API, two of them attempted."""
    intents, attempts = [], []
    for number in range(3):
        body = {"amount": 500 + number, "currency": "XOF", "description": "seed", "customer": CUSTOMER}
        if number:
            body["attempt"] = {"method_code": "momo_mtn", "country": "CI", "phone": PHONE}
        made = call("POST", "/v1/payment/intents", body)["data"]
        intents.append(made["id"])
        if made["active_attempt"]:
            attempts.append(made["active_attempt"]["id"])
    return {"/v1/payment/intents/": {"id": intents, "attempt_id": attempts, "cc": ["CI", "SN"]}}


def listed(path):
    return {path + "/": {"id": [row["id"] for row in call("GET", path)["data"]]}}


def seeds():
    """Prefix of a path -> parameter -> ids that exist."""
    if FAMILY == "/v1/":
        return payments() | listed("/v1/customers") | listed("/v1/events")
    if FAMILY == "/admin/v1/":
        return listed("/admin/v1/gateway-accounts") | listed("/admin/v1/routing-rules")
    return {}


SEEDED = seeds()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Three of four positive cases get an id that exists. Cases of a chain keep the ids that the chain made, and
    negative ones their nonsense."""
    meta = case.meta
    if meta is None or meta.generation.mode.value != "positive" or meta.phase.name.value == "stateful":
        return
    turn = next(TURN)
    if turn % 4 == 3:
        return
    for prefix, parameters in SEEDED.items():
        if not case.operation.path.startswith(prefix):
            continue
        for name, ids in parameters.items():
            if ids and name in (case.path_parameters or {}):
                case.path_parameters[name] = ids[turn % len(ids)]
