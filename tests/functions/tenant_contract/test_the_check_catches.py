"""The check of answers is no formality: whatever is taken from, added to or changed in a good answer is told."""

import copy
import functools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.functions.tenant_contract.answers import ANSWERS, Sent
from tests.support.openapi import Contract, ContractBroken, check_answer, contract

LIST = ("GET", "/data")
READ = ("GET", "/data/{data_id}")
# Rows are the customers' own, so further members of theirs are as documented, and rows of other origin may lack these.
ROW = ("item", "data")
OPTIONAL_IN_ROWS = {"created_at", "version", "updated_at"}


@functools.cache
def good(route: tuple[str, str], status: int) -> Sent:
    """An answer as it should be."""
    return ANSWERS[route][status][0]()


def found(route: tuple[str, str], answer: Sent) -> list[str]:
    return contract().problems(*route, answer.status, answer.headers, answer.body)


def documents(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Every object of a body that is the service's, with the path to it."""
    if isinstance(body, dict):
        yield path, body
        for name, value in body.items():
            if name != "nested":
                yield from documents(value, (*path, name))
    elif isinstance(body, list):
        for index, value in enumerate(body):
            yield from documents(value, (*path, index))


def at(body: Any, path: tuple[Any, ...]) -> Any:
    for name in path:
        body = body[name]
    return body


ROUTES = [
    pytest.param(route, status, id=f"{route[0]} {route[1]} {status}") for route in ANSWERS for status in ANSWERS[route]
]


@pytest.mark.parametrize(("route", "status"), ROUTES)
def test_a_member_too_many_is_caught_wherever_it_is(route: tuple[str, str], status: int) -> None:
    answer = good(route, status)
    body = json.loads(answer.body)
    for path, _ in documents(body):
        if path[:1] and path[0] in ROW:
            continue
        changed = copy.deepcopy(body)
        at(changed, path)["debug"] = "internal"
        assert found(route, Sent(status, answer.headers, json.dumps(changed))), path


@pytest.mark.parametrize(("route", "status"), ROUTES)
def test_a_member_of_another_type_is_caught_wherever_it_is(route: tuple[str, str], status: int) -> None:
    answer = good(route, status)
    body = json.loads(answer.body)
    changes = 0
    for path, document in documents(body):
        for name in document:
            if path[:1] and path[0] in ROW and name not in {"customer_id", "data_id", *OPTIONAL_IN_ROWS}:
                continue
            wrong = [7, "\u0000" * 1_025] if isinstance(document[name], str) else [[1.5], {"x": "y"}, "\u0000", -1]
            for value in wrong:
                changed = copy.deepcopy(body)
                at(changed, path)[name] = value
                changes += 1
                assert found(route, Sent(status, answer.headers, json.dumps(changed))), (path, name, value)
    assert changes > 0


@pytest.mark.parametrize(("route", "status"), ROUTES)
def test_a_member_too_few_is_caught(route: tuple[str, str], status: int) -> None:
    answer = good(route, status)
    body = json.loads(answer.body)
    for name in body:
        if name == "nextToken":
            continue
        without = {other: value for other, value in body.items() if other != name}
        assert found(route, Sent(status, answer.headers, json.dumps(without))), name


@pytest.mark.parametrize(("route", "status"), ROUTES)
def test_a_status_that_is_not_documented_is_caught(route: tuple[str, str], status: int) -> None:
    answer = good(route, status)
    method, path = route[0].lower(), route[1]
    document = contract().document
    operation = document["paths"][path][method]
    responses = {code: response for code, response in operation["responses"].items() if code != str(status)}
    without = {**document, "paths": {path: {method: {**operation, "responses": responses}}}}
    assert found(route, answer) == []
    [problem] = Contract(without).problems(*route, status, answer.headers, answer.body)
    assert problem.startswith("the status is not documented")


@pytest.mark.parametrize(("route", "status"), ROUTES)
def test_the_body_of_another_status_is_caught(route: tuple[str, str], status: int) -> None:
    answer = good(route, status)
    for other in ANSWERS[route]:
        if other != status and not found(route, Sent(other, {**answer.headers, "Retry-After": "1"}, answer.body)):
            pytest.fail(f"the body of {status} passes for one of {other}: {answer.body}")


@pytest.mark.parametrize(
    ("headers", "problem"),
    [
        ({"ETag": None}, "header ETag: missing"),
        ({"ETag": '"01"'}, "header ETag: "),
        ({"ETag": "3"}, "header ETag: "),
        ({"ETag": '"3"\n'}, "header ETag: "),
        ({"Cache-Control": None}, "header Cache-Control: missing"),
        ({"Cache-Control": "max-age=60"}, "header Cache-Control: "),
        ({"X-Tenant-Session": "ASIA"}, "header x-tenant-session: not documented"),
        ({"Content-Type": None}, "header Content-Type: missing"),
        ({"Content-Type": "text/html"}, "header Content-Type: text/html"),
    ],
)
def test_a_header_that_is_not_as_documented_is_caught(headers: dict[str, str | None], problem: str) -> None:
    answer = good(READ, 200)
    changed = {name: value for name, value in {**answer.headers, **headers}.items() if value is not None}
    assert [told[: len(problem)] for told in contract().problems(*READ, 200, changed, answer.body)] == [problem]


@pytest.mark.parametrize("seconds", ["0", "-1", "1.5", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "86401", "\u0661"])
def test_a_retry_after_that_is_no_number_of_seconds_is_caught(seconds: str) -> None:
    answer = good(LIST, 429)
    assert contract().problems(*LIST, 429, {**answer.headers, "Retry-After": seconds}, answer.body) != []


@pytest.mark.parametrize(
    "body", ["", "{", "null", "[]", '"text"', '{"customer_id": "acme", "data": [], "count": NaN}', "\ufeff{}"]
)
def test_a_body_that_is_no_object_of_json_is_caught(body: str) -> None:
    assert contract().problems(*LIST, 200, good(LIST, 200).headers, body) != []


@pytest.mark.parametrize("count", ["1.0", "1e0", '"1"', "true", "null", "101", "-1"])
def test_a_whole_number_is_digits(count: str) -> None:
    body = f'{{"customer_id": "acme", "data": [], "count": {count}}}'
    assert contract().problems(*LIST, 200, good(LIST, 200).headers, body) != []


def test_an_operation_that_is_not_documented_is_caught() -> None:
    answer = good(LIST, 200)
    with pytest.raises(ContractBroken, match="the operation is not documented"):
        check_answer("PATCH", "/data", 200, answer.headers, answer.body)


def test_what_is_told_names_every_difference() -> None:
    answer = good(READ, 200)
    with pytest.raises(ContractBroken) as told:
        check_answer(*READ, 200, {"Content-Type": "application/json"}, answer.body.replace('"item"', '"row"').encode())
    assert len(told.value.problems) == 5
    assert "GET /data/{data_id} 200 is not as tenant-api.yaml says" in str(told.value)


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("/data", "/data"),
        ("/data/x", "/data/{data_id}"),
        ("/data/", None),
        ("/data/x/y", None),
        ("/other", None),
        ("/admin/keys/acme", "/admin/keys/{customer_id}"),
    ],
)
def test_a_path_is_found_by_its_parts(path: str, resource: str | None) -> None:
    assert contract().resource_of("GET", path) == resource
