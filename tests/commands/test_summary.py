"""What a person reads at the end of `make up`."""

import pytest

from sandbox.commands.summary import summary, table
from sandbox.server import SandboxEndpoints
from sandbox.tour.check import Check, run

ENDPOINTS = SandboxEndpoints(
    emulator_url="http://127.0.0.1:4566", provider_port=4567, region="ap-southeast-3", account_id="111122223333", pid=1
)
OUTPUTS = {
    "apis": {
        "hello-api": {
            "url": "http://127.0.0.1:4566/_aws/execute-api/abc/prod",
            "stage": "prod",
            "routes": [{"method": "GET", "path": "/hello", "authorizer": "lambda-authorizer"}],
        }
    },
    "functions": {"invoker": "apigw-invoker"},
}


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert list(table([("A", "B"), ("long", "x")])) == ["A     B", "long  x"]


def test_a_program_that_names_no_apis_is_told_its_outputs_one_on_a_line() -> None:
    outputs = {"url": "https://api.example", "ids": {"users": "a1"}}
    assert summary(outputs, ENDPOINTS).splitlines() == [
        "OUTPUT  VALUE",
        "url     https://api.example",
        'ids     {"users": "a1"}',
    ]


def test_every_route_stands_with_its_url_and_the_authorizer_that_guards_it() -> None:
    lines = summary(OUTPUTS, ENDPOINTS).splitlines()

    assert lines[0].split() == ["API", "URL", "ROUTE", "AUTHORIZER"]
    assert lines[1].split() == [
        "hello-api",
        "http://127.0.0.1:4566/_aws/execute-api/abc/prod/hello",
        "GET",
        "/hello",
        "lambda-authorizer",
    ]


def test_nothing_deployed_is_said_with_the_command_that_deploys() -> None:
    assert summary({}, ENDPOINTS) == "No API is deployed. Deploy with: make up"


def test_the_tour_counts_what_came_back_differently(capsys: pytest.CaptureFixture[str]) -> None:
    passed, failed = run(
        [
            Check(sent="GET /hello", expected="200", received="200"),
            Check(sent="GET /hello without a token", expected="401", received="200"),
        ]
    )

    assert (passed, failed) == (1, 1)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("ok    GET /hello")
    assert lines[1].startswith("FAIL  GET /hello without a token")
    assert lines[-1] == "1 passed, 1 failed"
