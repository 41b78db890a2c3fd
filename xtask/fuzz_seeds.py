"""What positive cases of schemathesis are given so that they may succeed: ids that exist, made for one case where it uses
them up, and bodies that mean something. Judges nothing."""

import itertools
import json
import os
import time
import urllib.error
import urllib.request

URL, FAMILY = os.environ["COWRY_FUZZ_URL"], os.environ["COWRY_FUZZ_FAMILY"]
KEYS = json.loads(os.environ["COWRY_FUZZ_KEYS"])
NUMBER = itertools.count()
CUSTOMER = {"email": "payer@example.com"}
ORDER = {"amount": 500, "currency": "XOF", "description": "seed", "customer": CUSTOMER}
INTENT = {"amount": 5000, "currency": "XOF", "transaction_country": "CI"}
LINK = {"amount": 5000, "currency": "XOF", "description": "seed"}
RATE = {"base_currency": "XOF", "quote_currency": "EUR", "rate": "0.00152", "expires_at": "2099-01-01"}
# No such name is ever given an address.
HOOK = {"url": "https://shop.invalid/hook"}
ENDPOINTS, THEIRS = "/admin/v1/webhook-endpoints", "/api/v1/webhook-endpoints"
# An API has at most 50.
ENDPOINTS_KEPT = 30


def call(method, path, body=None):
    """The answer, or None when it is a refusal."""
    family = "admin" if path.startswith("/admin/") else "payment_intents" if path.startswith("/api/") else "payment"
    request = urllib.request.Request(
        URL + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": "Bearer " + KEYS[family], "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError:
        return None


def rows(path):
    listed = call("GET", path) or []
    return listed if isinstance(listed, list) else listed["data"]


def ids(path):
    return [row["id"] for row in rows(path)]


def some(path):
    """Ids that are listed, as soon as there are any."""
    for _ in range(50):
        if found := ids(path):
            return found
        time.sleep(0.2)
    raise SystemExit(f"{path} stays empty")


def made(path, body):
    answer = call("POST", path, body)
    return None if answer is None else (answer.get("data") or answer)


def paying(digits):
    phone = {"number": "0500000" + digits, "country": "CI"}
    return made("/v1/payment/intents", ORDER | {"attempt": {"method_code": "momo_mtn", "country": "CI", "phone": phone}})


def attempted(intent):
    return {"id": intent["id"], "attempt_id": intent["active_attempt"]["id"]}


def by_id(path, body):
    """Makes a thing for one case."""

    def make():
        thing = made(path, body() if callable(body) else body)
        return thing and {"id": thing["id"]}

    return make


def endpoint(path):
    """Makes one for one case. The first ones stay."""

    # The other API lists all of them at once.
    page = "?per_page=100" if path.startswith("/admin/") else ""

    def make():
        for old in ids(path + page)[ENDPOINTS_KEPT:]:
            call("DELETE", f"{path}/{old}")
        return by_id(path, HOOK)()

    return make


def rule():
    """A rule made anew: as many stay as there were."""
    present = rows("/admin/v1/routing-rules?per_page=100")
    old = present[next(NUMBER) % len(present)] if present else {"method_code": "momo_mtn", "country": None}
    if present:
        call("DELETE", "/admin/v1/routing-rules/" + old["id"])
    SEEDED["rule"] = ruling(old["method_code"], old["country"])
    new = made("/admin/v1/routing-rules", SEEDED["rule"])
    return new and {"id": new["id"]}


def delivery():
    """One whose endpoint still stands."""
    standing = ids(ENDPOINTS) or [endpoint(ENDPOINTS)()["id"]]
    for _ in range(2):
        for old in rows("/admin/v1/webhook-deliveries?per_page=100"):
            if old["endpoint_id"] in standing:
                return {"id": old["id"]}
        call("POST", f"{ENDPOINTS}/{standing[0]}/resend", {"from": "2020-01-01", "only": "all"})
    return None


def ruling(method_code, country):
    body = {"method_code": method_code, "accounts": [{"account_id": SEEDED["account"]}]}
    return body | ({"country": country} if country else {})


def unruled():
    """A method and a country that have no rule of their own."""
    for old in rows("/admin/v1/routing-rules?per_page=100"):
        if old["country"] == "CI":
            call("DELETE", "/admin/v1/routing-rules/" + old["id"])
    return ruling("momo_mtn", "CI")


def account():
    return {"gateway_code": "sim_a", "name": f"seed {next(NUMBER)}", "settings": {"api_key": "seed"}}


INTENTS, LINKS, ACCOUNTS = "/v1/payment/intents", "/v1/payment/links", "/admin/v1/gateway-accounts"
API_KEYS, RATES = "/admin/v1/api-keys", "/admin/v1/exchange-rates"
NEW_KEY = {"family": "payment", "name": "seed", "rights": ["read"]}

# Operation -> makes what the case uses up.
MAKERS = {
    f"POST {INTENTS}/{{id}}/attempt": by_id(INTENTS, ORDER),
    f"POST {INTENTS}/{{id}}/cancel": by_id(INTENTS, ORDER),
    f"POST {INTENTS}/{{id}}/attempts/{{attempt_id}}/otp": lambda: attempted(paying("120")),
    "POST /api/v1/payment-intents/{id}/confirm": by_id("/api/v1/payment-intents", INTENT),
    "POST /api/v1/payment-intents/{id}/cancel": by_id("/api/v1/payment-intents", INTENT),
    f"DELETE {THEIRS}/{{id}}": endpoint(THEIRS),
    f"DELETE {ENDPOINTS}/{{id}}": endpoint(ENDPOINTS),
    f"DELETE {API_KEYS}/{{id}}": by_id(API_KEYS, NEW_KEY),
    f"POST {API_KEYS}/{{id}}/rotate": by_id(API_KEYS, NEW_KEY),
    f"DELETE {RATES}/{{id}}": by_id(RATES, RATE),
    f"PATCH {ACCOUNTS}/{{id}}": by_id(ACCOUNTS, account),
    f"POST {ACCOUNTS}/{{id}}/close": by_id(ACCOUNTS, account),
    "POST /admin/v1/webhook-deliveries/{id}/resend": delivery,
    "GET /admin/v1/routing-rules/{id}": rule,
    "PUT /admin/v1/routing-rules/{id}": rule,
    "DELETE /admin/v1/routing-rules/{id}": rule,
}

# Operation -> a body that succeeds; the document's example where there is none.
BODIES = {
    f"POST {ENDPOINTS}": lambda: endpoint(ENDPOINTS)() and HOOK,
    f"POST {THEIRS}": lambda: endpoint(THEIRS)() and HOOK,
    f"POST {ACCOUNTS}": account,
    "POST /admin/v1/routing-rules": unruled,
    "PUT /admin/v1/routing-rules/{id}": lambda: SEEDED["rule"],
    f"PATCH {ACCOUNTS}/{{id}}": lambda: {"name": account()["name"]},
    "POST /admin/v1/events/{id}/resend": dict,
}


def of_payments():
    tried = [paying(digits) for digits in ("100", "000", "120")]
    intents = [intent["id"] for intent in tried] + [by_id(INTENTS, ORDER)()["id"]]
    link = [made(LINKS, LINK)["id"] for _ in range(3)]
    checkouts = [made("/v1/payment/checkouts", ORDER)["checkout"]["id"] for _ in range(3)]
    attempts = {"pairs": [attempted(intent) for intent in tried]}
    return {
        INTENTS + "/{id}/attempts/{attempt_id}": attempts,
        INTENTS + "/": {"id": intents, "cc": ["CI", "SN"]},
        "/v1/payment/checkouts/": {"id": checkouts},
        LINKS + "/": {"id": link},
        "/v1/customers/": {"id": ids("/v1/customers")},
        "/v1/events/": {"id": some("/v1/events")},
    }


def of_intents():
    intents = [made("/api/v1/payment-intents", INTENT)["id"] for _ in range(3)]
    return {
        "/api/v1/payment-intents/": {"id": intents},
        THEIRS + "/": {"id": [endpoint(THEIRS)()["id"] for _ in range(3)]},
    }


def of_admin():
    SEEDED["account"] = ids(ACCOUNTS)[0]
    endpoints = [made(ENDPOINTS, HOOK)["id"] for _ in range(3)]
    paid = [paying("100")["id"] for _ in range(3)]
    # An operator takes another amount than was asked: that waits for a person.
    paying("144")
    keys = [made(API_KEYS, NEW_KEY)["id"] for _ in range(3)]
    rates = [made(RATES, RATE)["id"] for _ in range(3)]
    links = [made("/admin/v1/links", LINK)["id"] for _ in range(3)]
    return {
        ACCOUNTS + "/": {"id": ids(ACCOUNTS)},
        ENDPOINTS + "/": {"id": endpoints},
        "/admin/v1/webhook-deliveries/": {"id": some("/admin/v1/webhook-deliveries")},
        "/admin/v1/events/": {"id": some("/admin/v1/events")},
        "/admin/v1/payments/": {"id": paid},
        "/admin/v1/attention/": {"id": some("/admin/v1/attention")},
        API_KEYS + "/": {"id": keys},
        RATES + "/": {"id": rates},
        "/admin/v1/links/": {"id": links},
    }


SEEDED = {}
SEEDED["ids"] = {"/v1/": of_payments, "/api/v1/": of_intents, "/admin/v1/": of_admin}[FAMILY]()


def parameters(label, path, turn):
    """Values of an operation's path that exist."""
    if make := MAKERS.get(label):
        return make() or {}
    for prefix, known in SEEDED["ids"].items():
        if path.startswith(prefix):
            if pairs := known.get("pairs"):
                return pairs[turn % len(pairs)]
            return {name: values[turn % len(values)] for name, values in known.items()}
    return {}
