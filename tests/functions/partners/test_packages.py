"""The partner API's chains and functions from their packages alone, in clean interpreters; nothing answers them."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.functions.partners.authority import START, Authority
from tests.functions.partners.world import SETTINGS, event
from tests.functions.support import STAGE_ARN
from tests.functions.task_root import AUTHORIZER_PACKAGES, make_task_root
from tests.functions.test_packages import DRIVER, IMPORT_ONLY, INTERPRETERS, SUPPORTED, run

NOTHING_LISTENS = "http://127.0.0.1:9"  # the discard port
CHAIN_PACKAGES = (*AUTHORIZER_PACKAGES, "client_certificates", "audit_trail", "aws_calls")
ANSWERING = ("client_certificates", "api_responses", "audit_trail", "jwt_verification")
FUNCTIONS = {
    "token_issuer": (*ANSWERING, "aws_calls", "secret_store"),
    "pre_token_generation": ("client_certificates", "audit_trail", "jwt_verification", "secret_store"),
    "certificate_health": ANSWERING,
    "protected": ANSWERING,
}
ENVIRONMENT = {
    **SETTINGS,
    "AWS_REGION": "ap-southeast-3",
    "AWS_ENDPOINT_URL": NOTHING_LISTENS,
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "nothing-that-opens-anything",
    "NOT_AUTHENTICATED_ANSWER": "deny",
}


def request(pem: str | None) -> dict[str, Any]:
    return {**event("GET", "/health", pem=pem), "type": "REQUEST", "methodArn": f"{STAGE_ARN}/GET/health"}


@pytest.mark.parametrize("version", SUPPORTED)
def test_the_chain_of_certificates_decides_with_the_standard_library_alone(version: str, tmp_path: Path) -> None:
    if version not in INTERPRETERS:
        pytest.skip(f"no Python {version} is installed")
    good = Authority().issue(not_after=START.replace(year=2100))
    events = [request(good), request(None), request("x"), request(Authority().issue(not_after=START))]
    task_root = make_task_root(tmp_path, packages=CHAIN_PACKAGES, chain="client_certificate")
    environment = {**ENVIRONMENT, "EVENTS": json.dumps(events)}
    done = run(INTERPRETERS[version], DRIVER, str(task_root), environment=environment)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stderr)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["reason"] for line in lines if "decision" in line] == [
        "allowed",  # with the verdict that nothing is known: the registry does not answer
        "certificate_missing",
        "certificate_malformed",
        "certificate_expired",
    ]
    assert report["results"][0]["context"] == {"verdict": "unavailable", "reason": "registry_unavailable"}
    assert report["foreign"] == []
    assert not {"boto3", "cryptography", "api_responses.refusals"} & set(report["modules"])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_imports_from_its_package_alone(function: str, tmp_path: Path) -> None:
    task_root = make_task_root(tmp_path, packages=[function, *FUNCTIONS[function]])
    done = run(sys.executable, IMPORT_ONLY, str(task_root), f"{function}.handler", environment={})
    assert (done.returncode, done.stderr) == (0, "")


def test_the_chain_of_tokens_without_its_layer_denies_everything(tmp_path: Path) -> None:
    task_root = make_task_root(tmp_path, packages=CHAIN_PACKAGES, chain="bound_token")
    environment = {**ENVIRONMENT, "EVENTS": json.dumps([request(Authority().issue())])}
    done = run(sys.executable, DRIVER, str(task_root), environment=environment)
    assert done.returncode == 0, done.stderr
    denial = json.loads(done.stdout.splitlines()[-1])
    assert (denial["decision"], denial["reason"]) == ("Deny", "plugin_does_not_import")
