"""The attack table of events, made from events that a chain lets in: none of it may be allowed, by any chain.

Every hostile event is a good one with one thing wrong, and says which, so that nothing else can be why it is refused.
Where a chain does not find its credential in a header, what an attacker does to headers is no attack on it and left
out; the attacks on what it goes by instead are with the chain, in `attacked_chains`.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from tests.functions.support import METHOD_ARN, STAGE_ARN, request_event, token_event, without


class Fault(Enum):
    """What is wrong with an event."""

    EVENT = auto()
    """It is not one of API Gateway's."""
    OTHER_TYPE = auto()
    """It is of the type that the chain was not written for, with a credential or without."""
    ABSENT = auto()
    """The credential is not where it belongs."""
    EMPTY = auto()
    """It is an empty text."""
    SCHEME = auto()
    """It does not come as `Bearer <token>`."""
    SEVERAL = auto()
    """It was sent with two values."""
    TWICE = auto()
    """It is there twice in one text."""
    CHANGED = auto()
    """Something was added to it."""
    LONG = auto()
    """It is longer than any."""
    DEEP = auto()
    """Its request context is nested too deep to be copied."""


@dataclass(frozen=True, kw_only=True)
class HostileEvent:
    """An event and what is wrong with it."""

    event: Any
    fault: Fault


@dataclass(frozen=True, kw_only=True)
class GoodEvents:
    """Events with a good credential. `types` are those that the chain lets in, the other one has it all the same.

    `header` is where the REQUEST event has the credential, None for a chain that goes by no header.
    """

    token: dict[str, Any]
    request: dict[str, Any]
    types: tuple[str, ...] = ("TOKEN", "REQUEST")
    header: str | None = "Authorization"

    def of_type(self, kind: str) -> dict[str, Any]:
        """The good event of this type."""
        return self.token if kind == "TOKEN" else self.request


REASONS_OF_TOKENS = {
    Fault.EVENT: "malformed_event",
    Fault.OTHER_TYPE: "plugin_error",
    Fault.ABSENT: "missing_token",
    Fault.EMPTY: "missing_token",
    Fault.SCHEME: "missing_token",
    Fault.SEVERAL: "ambiguous_header",
    Fault.TWICE: "malformed_token",
    Fault.CHANGED: "not_base64url",
    Fault.LONG: "token_too_large",
    Fault.DEEP: "plugin_error",
}
"""The reasons that a chain has whose credential is a JWT behind `Authorization: Bearer`."""

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
OBJECTS = (
    "headers",
    "multiValueHeaders",
    "queryStringParameters",
    "multiValueQueryStringParameters",
    "pathParameters",
    "stageVariables",
    "requestContext",
)
DEEPER_THAN_PYTHON_GOES, DEEP_AND_STILL_JSON_TO_ALL = 5_000, 400
SCHEME = "Bearer "


def nested(depth: int) -> dict[str, Any]:
    """Objects in objects."""
    document: dict[str, Any] = {}
    for _ in range(depth):
        document = {"a": document}
    return document


def text_of(hostile: HostileEvent) -> bytes:
    """The event as JSON; `json` does not write what is nested as deep as this is, so that part is put in."""
    if hostile.fault is not Fault.DEEP:
        return json.dumps(hostile.event).encode()
    deep = b'{"a":' * DEEPER_THAN_PYTHON_GOES + b"{}" + b"}" * DEEPER_THAN_PYTHON_GOES
    return json.dumps({**hostile.event, "requestContext": "DEEP"}).encode().replace(b'"DEEP"', deep)


def altered(credential: str) -> dict[str, tuple[Fault, str]]:
    """The credential with something added, which a check that is lax about its ends would not see."""
    return {
        "twice": (Fault.TWICE, f"{credential}, {credential}"),
        "a space after": (Fault.CHANGED, f"{credential} "),
        "a line end": (Fault.CHANGED, f"{credential}\r\nX-Other: 1"),
        "a NUL": (Fault.CHANGED, f"{credential}\x00"),
        "half a surrogate pair": (Fault.CHANGED, f"{credential}\ud800"),
        "a letter that is not ASCII": (Fault.CHANGED, f"{credential}é"),
        "a megabyte": (Fault.LONG, credential + "a" * 1_000_000),
    }


def values_of_header(good: str) -> dict[str, tuple[Fault, str]]:
    """Values in the place of a good one, with and without a scheme."""
    if not good.startswith(SCHEME):
        return {"empty": (Fault.EMPTY, ""), **altered(good)}
    token = good.removeprefix(SCHEME)
    return {
        "empty": (Fault.ABSENT, ""),
        "the scheme alone": (Fault.ABSENT, SCHEME.strip()),
        "the scheme and nothing": (Fault.EMPTY, SCHEME),
        "no scheme": (Fault.SCHEME, token),
        "another scheme": (Fault.SCHEME, f"Basic {token}"),
        "a tab after the scheme": (Fault.SCHEME, f"Bearer\t{token}"),
        "the scheme twice": (Fault.CHANGED, f"{SCHEME}{good}"),
        **{what: (fault, SCHEME + value) for what, (fault, value) in altered(token).items()},
    }


def with_header(request: dict[str, Any], name: str, value: str) -> dict[str, Any]:
    """The request with this header, in both of API Gateway's forms."""
    return {
        **request,
        "headers": {**request["headers"], name: value},
        "multiValueHeaders": {**request["multiValueHeaders"], name: [value]},
    }


def without_header(request: dict[str, Any], name: str) -> dict[str, Any]:
    """The request as if the header had not been sent."""
    return {
        **request,
        "headers": without(request["headers"], name),
        "multiValueHeaders": without(request["multiValueHeaders"], name),
    }


def hostile_events(good: GoodEvents) -> dict[str, HostileEvent]:
    """The table for a chain that lets `good` in."""
    table = dict(_malformed(good.token, good.request))
    table |= _about_the_type("TOKEN", good, _tokens(good.token))
    if good.header is not None:
        table |= _about_the_type("REQUEST", good, _headers(good.request, good.header))
    deep = {**good.request, "requestContext": nested(DEEPER_THAN_PYTHON_GOES)}
    table["REQUEST: a request context nested 5,000 deep"] = HostileEvent(event=deep, fault=Fault.DEEP)
    for kind in ("TOKEN", "REQUEST"):
        if kind not in good.types:
            table[f"{kind}: good, for another chain"] = HostileEvent(event=good.of_type(kind), fault=Fault.OTHER_TYPE)
    return table


def _about_the_type(
    kind: str, good: GoodEvents, rows: Iterable[tuple[str, Fault, dict[str, Any]]]
) -> dict[str, HostileEvent]:
    """Well-formed events of a type; where the chain was not written for it, that is what is wrong with all of them."""
    is_read = kind in good.types
    return {
        f"{kind}: {what}": HostileEvent(event=event, fault=fault if is_read else Fault.OTHER_TYPE)
        for what, fault, event in rows
    }


def _malformed(token: dict[str, Any], request: dict[str, Any]) -> Iterable[tuple[str, HostileEvent]]:
    table: dict[str, Any] = {
        "null": None,
        "true": True,
        "a string": "event",
        "a number": 5,
        "a list": [token],
        "empty": {},
        "a test event of the console": {"key1": "value1", "key2": "value2", "key3": "value3"},
        "objects nested 400 deep": nested(DEEP_AND_STILL_JSON_TO_ALL),
        "no type": without(token, "type"),
        "a type in lower case": {**request, "type": "request"},
        "an HTTP API event, version 2.0": {"version": "2.0", "type": "REQUEST", "routeArn": METHOD_ARN, "headers": {}},
        "a proxy event": {**request, "type": None},
        "TOKEN: no methodArn": without(token, "methodArn"),
        "TOKEN: a token nested 400 deep": {**token, "authorizationToken": nested(DEEP_AND_STILL_JSON_TO_ALL)},
        "REQUEST: no methodArn": without(request, "methodArn"),
        "REQUEST: a null header": {**request, "headers": {**request["headers"], "Authorization": None}},
        "REQUEST: a header's values as a string": {
            **request,
            "multiValueHeaders": {"Authorization": token["authorizationToken"]},
        },
        "REQUEST: null in the place of a header's values": {**request, "multiValueHeaders": {"Authorization": None}},
        "REQUEST: null among a header's values": {**request, "multiValueHeaders": {"Accept": [None]}},
        "REQUEST: a header nested 400 deep": {**request, "headers": nested(DEEP_AND_STILL_JSON_TO_ALL)},
    }
    for what, value in NOT_STRINGS.items():
        table[f"type: {what}"] = {**token, "type": value}
        table[f"TOKEN: token: {what}"] = {**token, "authorizationToken": value}
        table[f"REQUEST: header: {what}"] = {**request, "headers": {**request["headers"], "X-Other": value}}
        table[f"REQUEST: path parameter: {what}"] = {**request, "pathParameters": {"order_id": value}}
        table[f"REQUEST: query parameter: {what}"] = {**request, "queryStringParameters": {"tenant": value}}
    for what, value in NOT_METHOD_ARNS.items():
        table[f"TOKEN: methodArn: {what}"] = {**token, "methodArn": value}
        table[f"REQUEST: methodArn: {what}"] = {**request, "methodArn": value}
    for name in OBJECTS:
        for what, value in NOT_OBJECTS.items():
            table[f"REQUEST: {name}: {what}"] = {**request, name: value}
    return ((what, HostileEvent(event=event, fault=Fault.EVENT)) for what, event in table.items())


def _tokens(token: dict[str, Any]) -> Iterable[tuple[str, Fault, dict[str, Any]]]:
    good: str = token["authorizationToken"]
    yield "no token", Fault.ABSENT, without(token, "authorizationToken")
    yield "null token", Fault.ABSENT, {**token, "authorizationToken": None}
    header = {"Authorization": good}
    yield "the header of a REQUEST", Fault.ABSENT, {**token, "authorizationToken": None, "headers": header}
    for what, (fault, value) in values_of_header(good).items():
        yield what, fault, {**token, "authorizationToken": value}


def _headers(request: dict[str, Any], name: str) -> Iterable[tuple[str, Fault, dict[str, Any]]]:
    good: str = request["headers"][name]
    nowhere = without_header(request, name)

    def in_header(where: str, value: str = good) -> dict[str, Any]:
        return with_header(nowhere, where, value)

    misplaced: dict[str, dict[str, Any]] = {
        "no headers": without(without(request, "headers"), "multiValueHeaders"),
        "null headers": {**request, "headers": None, "multiValueHeaders": None},
        "10,000 headers and none of them": {
            **nowhere,
            "headers": {f"X-{number}": "a" for number in range(10_000)},
            "multiValueHeaders": None,
        },
        "the token of a TOKEN event": {**nowhere, "authorizationToken": good},
        "the token in the query": {**nowhere, "queryStringParameters": {name: good}},
        "the token in the path": {**nowhere, "pathParameters": {name: good}},
        "the token in a stage variable": {**nowhere, "stageVariables": {name: good}},
        "the token in the request context": {
            **nowhere,
            "requestContext": {**request["requestContext"], "headers": {name: good}, "authorizer": {name: good}},
        },
        "the token in the body": {**nowhere, "body": good},
        "in a name that goes on": in_header(f"{name}2"),
        "in a name that begins before": in_header(f"X-Forwarded-{name}"),
        "in a name with a space": in_header(f"{name} "),
        "in a name with a NUL": in_header(f"{name}\x00"),
        "in a cookie": in_header("Cookie", f"{name}={good}"),
    }
    for what, event in misplaced.items():
        yield what, Fault.ABSENT, event
    for what, (fault, value) in values_of_header(good).items():
        yield what, fault, in_header(name, value)
    for what, values in {"good and bad": [good, "other"], "bad and good": ["other", good]}.items():
        several = {**request["multiValueHeaders"], name: values}
        last = {**request["headers"], name: values[-1]}
        yield f"two headers, {what}", Fault.SEVERAL, {**request, "headers": last, "multiValueHeaders": several}
    two_cases = {**request["headers"], name.swapcase(): "other"}
    yield "the header in two cases", Fault.SEVERAL, {**request, "headers": two_cases, "multiValueHeaders": None}
    forms_differ = {**request, "multiValueHeaders": {**request["multiValueHeaders"], name: ["other"]}}
    yield "another value in the list of values", Fault.SEVERAL, forms_differ


HOSTILE_EVENTS = hostile_events(GoodEvents(token=token_event(), request=request_event()))
"""The table for the hello chain, whose good token is `support.make_token()`."""
