"""`authorizer.decision_log`: one line per decision, a valid metric in it, and nothing that is anybody's secret."""

import json
import re
from typing import Any

import pytest

from authorizer.denial import NotPermitted
from tests.functions.hostile_events import HOSTILE_EVENTS
from tests.functions.hostile_tokens import ATTACKS
from tests.functions.secrets_extension import SESSION_TOKEN
from tests.functions.support import (
    LAMBDA_CONTEXT,
    METHOD_ARN,
    NOW,
    STAGE_ARN,
    Authorizer,
    Hello,
    chain_of,
    claims,
    make_token,
    request_event,
    signing_key_version,
    token_event,
)

CALLER = {"principal_id": "caller", "context": {"tenant": "acme"}}


def test_an_allow_is_one_line_with_who_where_and_how_long(hello: Hello) -> None:
    hello.allows(token_event())
    [line] = hello.log
    assert line.endswith("}\n")
    assert line.count("\n") == 1
    record = json.loads(line)
    timings = {name: record.pop(name) for name in ("DecisionTime", "Plugin.01_verify_jwt")}
    assert all(type(milliseconds) is float and milliseconds > 0 for milliseconds in timings.values())
    assert timings["Plugin.01_verify_jwt"] <= timings["DecisionTime"]
    del record["_aws"]
    assert record == {
        "authorizer": "lambda-authorizer",
        "request_id": LAMBDA_CONTEXT.aws_request_id,
        "route": "GET /hello",
        "decision": "Allow",
        "principal_id": "apigw-invoker",
        "reason": "allowed",
        "Decisions": 1,
    }


def test_a_denial_is_one_line_with_the_reason_and_the_plugin_and_no_principal() -> None:
    authorizer = Authorizer(chain_of(CALLER, NotPermitted("insufficient_scope"), True))
    authorizer.handle(token_event(), LAMBDA_CONTEXT)
    [line] = authorizer.log
    record = json.loads(line)
    assert (record["decision"], record["reason"], record["denied_by"]) == ("Deny", "insufficient_scope", "02_plugin")
    assert "principal_id" not in record
    assert "Plugin.02_plugin" in record
    assert "Plugin.03_plugin" not in record, "it did not run"


def test_every_event_makes_exactly_one_line(hello: Hello) -> None:
    for hostile in HOSTILE_EVENTS.values():
        hello.log.clear()
        hello.refuses(hostile.event)
        assert len(hello.log) == 1


def metric_faults(record: dict[str, Any]) -> list[str]:
    """What the specification of the embedded metric format would find wrong with a line."""
    faults: list[str] = []
    metadata = record["_aws"]
    if type(metadata["Timestamp"]) is not int or metadata["Timestamp"] != NOW * 1_000:
        faults.append("Timestamp is milliseconds since 1970")
    for directive in metadata["CloudWatchMetrics"]:
        if set(directive) != {"Namespace", "Dimensions", "Metrics"} or not directive["Namespace"]:
            faults.append("a directive has a namespace, dimensions and metrics")
        for dimension_set in directive["Dimensions"]:
            if len(dimension_set) > 30:
                faults.append("a dimension set has at most 30 keys")
            faults += [
                f"dimension {name}"
                for name in dimension_set
                if not isinstance(record.get(name), str) or not record[name]
            ]
        if not 0 < len(directive["Metrics"]) <= 100:
            faults.append("a directive has at most 100 metrics")
        for metric in directive["Metrics"]:
            if set(metric) != {"Name", "Unit"} or metric["Unit"] not in ("Count", "Milliseconds"):
                faults.append(f"metric {metric}")
            if type(record.get(metric["Name"])) not in (int, float):
                faults.append(f"no value for {metric['Name']}")
    return faults


@pytest.mark.parametrize(
    "event", [token_event(), request_event(), token_event("malformed"), {"type": "TOKEN"}, None], ids=repr
)
def test_every_line_is_a_valid_embedded_metric(hello: Hello, event: object) -> None:
    hello.answers(event)
    assert metric_faults(hello.last_record) == []


def test_dimensions_have_few_values(hello: Hello) -> None:
    hello.allows(token_event())
    dimension_sets = [
        names for directive in hello.last_record["_aws"]["CloudWatchMetrics"] for names in directive["Dimensions"]
    ]
    assert {name for names in dimension_sets for name in names} == {"authorizer", "decision", "reason"}


def test_the_time_of_each_plugin_that_ran_is_a_metric() -> None:
    authorizer = Authorizer(chain_of(CALLER, True, True))
    authorizer.allows(token_event())
    record = authorizer.last_record
    metrics = {metric["Name"] for directive in record["_aws"]["CloudWatchMetrics"] for metric in directive["Metrics"]}
    assert metrics == {"Decisions", "DecisionTime", "Plugin.01_plugin", "Plugin.02_plugin", "Plugin.03_plugin"}


def test_text_of_the_caller_cannot_break_out_of_its_line() -> None:
    authorizer = Authorizer(chain_of({"principal_id": 'caller","decision":"Deny'}))
    path = 'x"}\n{"decision":"Allow","principal_id":"root\u2028' + "/y" * 2_000
    authorizer.allows({**token_event(), "methodArn": f"{STAGE_ARN}/GET/{path}"})
    [line] = authorizer.log
    assert line.count("\n") == 1
    assert line.isascii()
    record = json.loads(line)
    assert record["route"] == f"GET /{path}"[:256]
    assert record["principal_id"] == 'caller","decision":"Deny'


def test_a_part_of_the_path_that_may_be_a_credential_is_not_written() -> None:
    authorizer = Authorizer(chain_of(CALLER))
    digest = "0f" * 32
    authorizer.allows(
        {**token_event(), "methodArn": f"{STAGE_ARN}/GET/invitations/{make_token()}/files/{digest}/{digest}0"}
    )
    assert authorizer.last_record["route"] == f"GET /invitations/.../files/{digest}/..."


def test_no_line_and_no_answer_holds_a_token_a_key_or_a_claim(hello: Hello, capfd: pytest.CaptureFixture[str]) -> None:
    marked = claims(sub="subject-is-the-principal", email="claim-marker@example.com", jti="jti-marker")
    tokens = [make_token(payload=marked)]
    tokens += [
        token for kind in ATTACKS.values() for token in kind.values() if isinstance(token, str) and len(token) > 20
    ]
    events = [event for token in tokens for event in (token_event(token), request_event(token))]
    texts = [json.dumps(hello.answers(event)) for event in events]
    texts += [*hello.log, *capfd.readouterr()]
    written = "\n".join(texts)
    assert "subject-is-the-principal" in written, "on an Allow the principal is logged"
    key = json.loads(signing_key_version().value)["key"]
    for secret in (key, "claim-marker", "jti-marker", SESSION_TOKEN, "Bearer ", "attacker"):
        assert secret not in written
    for token in tokens:
        for part in token.split("."):
            assert len(part) < 12 or part not in written
    assert not re.search(r"[A-Za-z0-9_-]{40,}", re.sub(r"arn:[^\"]+", "", written)), "nothing looks like a credential"


def test_the_message_of_a_plugins_exception_goes_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    error = ValueError("the password is hunter2")
    error.__cause__ = KeyError("hunter2")
    authorizer = Authorizer(chain_of(error))
    assert authorizer.refuses(token_event()) == "plugin_error"
    assert "hunter2" not in "".join([*authorizer.log, *capfd.readouterr()])


def test_without_a_lambda_context_the_request_id_is_empty() -> None:
    authorizer = Authorizer(chain_of(CALLER))
    authorizer.handle({**token_event(), "methodArn": METHOD_ARN}, None)
    assert authorizer.last_record["request_id"] == ""
