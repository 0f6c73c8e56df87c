"""The published contract, `docs/openapi/tenant-api.yaml`, and whether an answer keeps it.

    check_answer("GET", "/data/{data_id}", answer.status, answer.headers, answer.body)

takes what came over HTTP or out of a handler, and raises `ContractBroken` with everything that is not as documented:
the status, a header or a member that is missing, of another type, or not there in the contract at all. What the way to
the caller adds (`Date`, `x-amzn-requestid`, ...) is not the contract's.

Deliberately stricter than a client has to be: whatever the document does not name is refused, headers too.
"""

import functools
import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn, cast

import yaml
from jsonschema import Draft202012Validator, ValidationError, validators
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

PATH = Path(__file__).resolve().parents[2] / "docs" / "openapi" / "tenant-api.yaml"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
MEDIA_TYPE = "application/json"
_URI = "urn:tenant-api"
# What servers, proxies and API Gateway add to every answer; names of headers in lower case.
_ADDED_ON_THE_WAY = frozenset(
    {"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding", "via"}
)
_ADDED_BY_AWS = ("x-amz-", "x-amzn-")


class ContractBroken(AssertionError):  # noqa: N818 -- read as what was found
    """An answer is not as documented; `problems` has a line for each difference."""

    def __init__(self, answer: str, problems: list[str]) -> None:
        super().__init__("\n".join([f"{answer} is not as {PATH.name} says:", *problems]))
        self.problems = problems


class _ExactLoader(yaml.CSafeLoader):
    """Reads YAML's numbers with a point as Decimal."""


_ExactLoader.add_constructor(
    "tag:yaml.org,2002:float", lambda loader, node: Decimal(str(loader.construct_scalar(cast("yaml.ScalarNode", node))))
)


class Contract:
    """An OpenAPI 3.1 document whose answers are JSON."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Take the document, valid as OpenAPI."""
        self.document = document
        self._validators: dict[str, Any] = {}
        self._good_headers: set[tuple[str, str | int]] = set()  # most headers say the same in every answer
        self._good_bodies: set[tuple[str, str]] = set()  # and most answers of one kind are the same text
        # Every operation by its method, in capitals, and path.
        self.operations: dict[tuple[str, str], Mapping[str, Any]] = {
            (method.upper(), path): item[method]
            for path, item in document["paths"].items()
            for method in METHODS
            if method in item
        }

    @functools.cached_property
    def _registry(self) -> "Registry[Any]":
        resource = Resource.from_contents(_inlined(self.document, self.document), default_specification=DRAFT202012)
        return Registry().with_resource(_URI, resource)

    def resource_of(self, method: str, path: str) -> str | None:
        """The documented path with this method that `path`, without a query, is one of; None where there is none."""
        for operation_method, resource in self.operations:
            parts = zip(resource.split("/"), path.split("/"), strict=False)
            if (
                operation_method == method
                and resource.count("/") == path.count("/")
                and all(part == sent or (part.startswith("{") and sent) for part, sent in parts)
            ):
                return resource
        return None

    def problems(self, method: str, resource: str, status: int, headers: Mapping[str, str], body: str) -> list[str]:
        """What is not as documented in this answer, a line each."""
        operation = self.operations.get((method, resource))
        if operation is None:
            return ["the operation is not documented"]
        if str(status) not in operation["responses"]:
            return [f"the status is not documented: {', '.join(operation['responses'])} are; body: {body[:200]}"]
        response, place = self._followed(
            _pointer("paths", resource, method.lower(), "responses", str(status)), operation["responses"][str(status)]
        )
        sent = {name.lower(): value for name, value in headers.items()}
        return [*self._in_headers(response, place, sent), *self._in_body(place, sent, body)]

    def schema_problems(self, place: str, value: Any) -> list[str]:
        """What is not as the schema at `place`, a JSON pointer such as `/components/schemas/Item`, says."""
        if place not in self._validators:
            self._validators[place] = _Validator(
                {"$ref": f"{_URI}#{place}"}, registry=self._registry, format_checker=_Validator.FORMAT_CHECKER
            )
        return [_told(error) for error in self._validators[place].iter_errors(value)]

    def _in_headers(self, response: Mapping[str, Any], place: str, sent: Mapping[str, str]) -> Iterator[str]:
        documented = {name.lower(): name for name in response.get("headers", {})}
        for name in sent:
            of_aws = name in _ADDED_ON_THE_WAY or name.startswith(_ADDED_BY_AWS)
            if name not in documented and name != "content-type" and not of_aws:
                yield f"header {name}: not documented"
        for name, written in documented.items():
            header, found_at = self._followed(place + _pointer("headers", written), response["headers"][written])
            if name in sent:
                value = _typed(sent[name], header["schema"])
                checked = (found_at, value)
                if checked not in self._good_headers:
                    problems = self.schema_problems(f"{found_at}/schema", value)
                    yield from (f"header {written}: {problem}" for problem in problems)
                    if not problems:
                        self._good_headers.add(checked)
            elif header.get("required", False):
                yield f"header {written}: missing"

    def _in_body(self, place: str, sent: Mapping[str, str], body: str) -> Iterator[str]:
        media_type = sent.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != MEDIA_TYPE:
            yield f"header Content-Type: {media_type or 'missing'}, and not {MEDIA_TYPE}"
        if (place, body) in self._good_bodies:
            return
        try:
            value = json.loads(body, parse_float=Decimal, parse_constant=_refuse_constant)
        except ValueError as error:
            yield f"body: not JSON ({error}): {body[:200]}"
            return
        schema_place = place + _pointer("content", MEDIA_TYPE, "schema")
        problems = self.schema_problems(schema_place, value)
        yield from (f"body{problem}" for problem in problems)
        if not problems:
            self._good_bodies.add((place, body))

    def _followed(self, place: str, found: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
        """The object that a reference leads to, with its place; anything else as it is."""
        if "$ref" not in found:
            return found, place
        place = found["$ref"].removeprefix("#")
        target: Any = self.document
        for name in place.split("/")[1:]:
            target = target[name.replace("~1", "/").replace("~0", "~")]
        return target, place


@functools.cache
def contract() -> Contract:
    """The published contract, its numbers exact: the largest that a field can have is none of binary floating point."""
    return Contract(yaml.load(PATH.read_text(), _ExactLoader))  # noqa: S506 -- a safe loader but for its numbers


def check_answer(method: str, resource: str, status: int, headers: Mapping[str, str], body: str | bytes) -> None:
    """Hold an answer against the published contract; `resource` is the path as documented, with its parameters.

    Raises:
        ContractBroken: the answer is not as documented.
    """
    text = body.decode() if isinstance(body, bytes) else body
    problems = contract().problems(method, resource, status, headers, text)
    if problems:
        raise ContractBroken(f"{method} {resource} {status}", problems)


def _inlined(node: Any, document: Mapping[str, Any], within: tuple[str, ...] = ()) -> Any:
    """`node` with what it refers to in place of each reference, except of one to where it stands.

    To look references up, for every value anew, was half of the time of checking an answer.
    """
    if isinstance(node, list):
        return [_inlined(each, document, within) for each in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    members = cast("dict[str, Any]", node)
    place = members.get("$ref")
    if members.keys() != {"$ref"} or place in within or not isinstance(place, str):
        return {name: _inlined(member, document, within) for name, member in members.items()}
    target: Any = document
    for name in place.split("/")[1:]:
        target = target[name.replace("~1", "/").replace("~0", "~")]
    return _inlined(target, document, (*within, place))


def _pointer(*names: str) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)


def _typed(value: str, schema: Mapping[str, Any]) -> str | int:
    """A header's value as its schema's type: headers are texts, however their numbers are documented."""
    return int(value) if schema.get("type") == "integer" and re.fullmatch("[0-9]+", value, re.ASCII) else value


def _told(error: ValidationError) -> str:
    """The error with its place; where alternatives were documented, what is wrong with each of them."""
    alternatives = "".join(f"\n    or {_told(of_one)}" for of_one in error.context or ())
    return f" {error.json_path}: {error.message[:400]}{alternatives}"


def _whole_pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """`pattern` as ECMA-262 has it, where `$` is the end; in Python it is also before a line feed at the end."""
    if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


_Validator = validators.extend(Draft202012Validator, {"pattern": _whole_pattern})
