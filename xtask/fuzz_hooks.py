"""Hooks of schemathesis. Most positive cases are given what exists and means something, so that not everything ends at the
first check: of four in a row two are as good as we know, one is good but for one member, one stays as it was drawn. Counts
how each operation answered. Judges nothing."""

import atexit
import collections
import copy
import itertools
import json
import os

import schemathesis

import fuzz_seeds

TURN = itertools.count()
# Drawn at random they name no project, another environment, or a key that was used.
STRAY = ("cowry-project", "cowry-environment", "x-idempotency-key", "idempotency-key", "x-sandbox-scenario")
EXAMPLES = {}
# Operation -> how a case was meant -> class of its status -> how often.
ANSWERS = collections.defaultdict(lambda: collections.defaultdict(collections.Counter))


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Keeps the documented example of each body."""
    for path, item in raw_schema["paths"].items():
        for method, operation in item.items():
            for media in operation.get("requestBody", {}).get("content", {}).values():
                shape = media["schema"]
                if "$ref" in shape:
                    shape = raw_schema["components"]["schemas"][shape["$ref"].rsplit("/", 1)[-1]]
                EXAMPLES[f"{method.upper()} {path}"] = media.get("example", shape.get("example"))


@schemathesis.hook
def before_call(context, case, kwargs):
    """Cases of a chain keep the ids that the chain made, and negative ones their nonsense."""
    meta = case.meta
    if meta is None or meta.generation.mode.value != "positive" or meta.phase.name.value == "stateful":
        return
    turn = next(TURN)
    if turn % 4 == 3:
        return
    label, path = case.operation.label, case.operation.path
    for name, value in fuzz_seeds.parameters(label, path, turn // 4).items():
        if name in (case.path_parameters or {}):
            case.path_parameters[name] = value
    for name in STRAY:
        (case.headers or {}).pop(name, None)
    stays = turn % 4 == 2
    if case.query:
        case.query = mixed({}, case.query, turn) if stays else {}
    good = fuzz_seeds.BODIES.get(label, lambda: EXAMPLES.get(label))
    if isinstance(case.body, (dict, str, bytes)) and (body := good()) is not None:
        case.body = mixed(body, case.body, turn) if stays else copy.deepcopy(body)


def mixed(good, drawn, turn):
    """What is good, with one member as it was drawn."""
    if not isinstance(drawn, dict) or not isinstance(good, dict) or not drawn:
        return good
    name = sorted(drawn)[turn // 4 % len(drawn)]
    return copy.deepcopy(good) | {name: drawn[name]}


@schemathesis.hook
def after_call(context, case, response):
    meant = case.meta.generation.mode.value if case.meta else "positive"
    ANSWERS[case.operation.label][meant][f"{response.status_code // 100}xx"] += 1


@atexit.register
def tell():
    with open(os.environ["COWRY_FUZZ_ANSWERS"], "w", encoding="utf-8") as answers:
        json.dump(ANSWERS, answers)
