"""The attack table of events: none may be allowed, whatever its token, by any chain. Made from the recorded events."""

from typing import Any

from tests.functions.support import METHOD_ARN, STAGE_ARN, make_token, request_event, token_event

NOT_STRINGS: dict[str, Any] = {"a number": 5, "true": True, "a list": ["a"], "an object": {"a": "b"}}
NOT_OBJECTS: dict[str, Any] = {
    "a string": "a",
    "a number": 5,
    "true": True,
    "a list": [],
    "a list of pairs": [["a", "b"]],
}
NOT_METHOD_ARNS: dict[str, Any] = {
    "null": None,
    "empty": "",
    "a pattern for the API": METHOD_ARN.replace("a1b2c3d4e5", "*"),
    "a pattern for the stage": METHOD_ARN.replace("prod", "*"),
    "of another service": METHOD_ARN.replace("execute-api", "lambda"),
    "without a method": STAGE_ARN,
    **NOT_STRINGS,
}


def _nested(depth: int) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for _ in range(depth):
        document = {"a": document}
    return document


def _table() -> dict[str, object]:
    token, request = token_event(), request_event()
    good = f"Bearer {make_token()}"
    table: dict[str, object] = {
        "null": None,
        "a string": "event",
        "a number": 5,
        "a list": [token],
        "empty": {},
        "a test event of the console": {"key1": "value1", "key2": "value2", "key3": "value3"},
        "no type": {name: value for name, value in token.items() if name != "type"},
        "an HTTP API event, version 2.0": {"version": "2.0", "type": "REQUEST", "routeArn": METHOD_ARN, "headers": {}},
        "a proxy event": {**request, "type": None},
        "TOKEN: no methodArn": {name: value for name, value in token.items() if name != "methodArn"},
        "TOKEN: no token": {name: value for name, value in token.items() if name != "authorizationToken"},
        "TOKEN: null token": {**token, "authorizationToken": None},
        "TOKEN: empty token": {**token, "authorizationToken": ""},
        "TOKEN: the header of a REQUEST": {**token, "authorizationToken": None, "headers": request["headers"]},
        "TOKEN: two tokens": {**token, "authorizationToken": f"{good}, {good}"},
        "TOKEN: the scheme twice": {**token, "authorizationToken": f"Bearer {good}"},
        "TOKEN: no scheme": {**token, "authorizationToken": make_token()},
        "TOKEN: a line end": {**token, "authorizationToken": f"{good}\r\nX-Other: 1"},
        "TOKEN: a megabyte": {**token, "authorizationToken": "Bearer " + "a" * 1_000_000},
        "REQUEST: no headers": {name: value for name, value in request.items() if "eaders" not in name},
        "REQUEST: null headers": {**request, "headers": None, "multiValueHeaders": None},
        "REQUEST: a null header": {**request, "headers": {"Authorization": None}},
        "REQUEST: the token of a TOKEN event": {
            **request,
            "headers": {},
            "multiValueHeaders": {},
            "authorizationToken": good,
        },
        "REQUEST: the token in the query": {
            **request,
            "headers": {},
            "multiValueHeaders": {},
            "queryStringParameters": {"Authorization": good},
        },
        "REQUEST: two Authorization headers": {
            **request,
            "multiValueHeaders": {"Authorization": ["Bearer other", good]},
        },
        "REQUEST: Authorization in two cases": {
            **request,
            "headers": {"Authorization": good, "authorization": "Bearer other"},
            "multiValueHeaders": None,
        },
        "REQUEST: a header's values as a string": {**request, "multiValueHeaders": {"Authorization": good}},
        "REQUEST: null among a header's values": {**request, "multiValueHeaders": {"Accept": [None]}},
        "REQUEST: 10,000 headers and none of them": {
            **request,
            "headers": {f"X-{number}": "a" for number in range(10_000)},
            "multiValueHeaders": None,
        },
        "REQUEST: a request context nested 5,000 deep": {**request, "requestContext": _nested(5_000)},
    }
    for what, value in NOT_STRINGS.items():
        table[f"type: {what}"] = {**token, "type": value}
        table[f"TOKEN: token: {what}"] = {**token, "authorizationToken": value}
        table[f"REQUEST: header: {what}"] = {**request, "headers": {**request["headers"], "X-Other": value}}
        table[f"REQUEST: path parameter: {what}"] = {**request, "pathParameters": {"order_id": value}}
    for what, value in NOT_METHOD_ARNS.items():
        table[f"TOKEN: methodArn: {what}"] = {**token, "methodArn": value}
        table[f"REQUEST: methodArn: {what}"] = {**request, "methodArn": value}
    for name in (
        "headers",
        "multiValueHeaders",
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "pathParameters",
        "stageVariables",
        "requestContext",
    ):
        for what, value in NOT_OBJECTS.items():
            table[f"REQUEST: {name}: {what}"] = {**request, name: value}
    return table


HOSTILE_EVENTS = _table()
