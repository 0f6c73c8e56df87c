"""The chains of the tenant API as they are deployed, in clean interpreters, with nothing behind them that answers."""

import json
from pathlib import Path
from typing import Any

import pytest

from api_keys.key_text import new_key
from secret_store.secret_source import SecretVersion
from tests.functions.keys.world import ADMIN_ARN, AUDIENCE, ISSUER, SETTINGS, SIGNING_ARN, admin_key_version, event
from tests.functions.secrets_extension import SecretsExtension
from tests.functions.support import STAGE_ARN, claims, make_token, signing_key_version
from tests.functions.task_root import AUTHORIZER_PACKAGES, make_task_root
from tests.functions.test_packages import DRIVER, FAR_FUTURE, INTERPRETERS, SUPPORTED, run

PACKAGES = (*AUTHORIZER_PACKAGES, "api_keys", "audit_trail", "aws_calls")
NOTHING_LISTENS = "http://127.0.0.1:9"  # the discard port
VERSIONS: dict[tuple[str, str], SecretVersion] = {
    (ADMIN_ARN, "AWSCURRENT"): admin_key_version(1),
    (SIGNING_ARN, "AWSCURRENT"): signing_key_version(),
}


def request(method: str, path: str, headers: dict[str, str]) -> dict[str, Any]:
    return {**event(method, path, headers=headers), "type": "REQUEST", "methodArn": f"{STAGE_ARN}/{method}{path}"}


def bearer(**members: Any) -> dict[str, str]:
    good = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "acme",
        "customer_id": "acme",
        "key_id": "a" * 32,
        "exp": FAR_FUTURE,
        **members,
    }
    return {"Authorization": f"Bearer {make_token(payload=claims(**good))}"}


CASES: dict[str, tuple[list[dict[str, Any]], list[str]]] = {
    "admin_key": (
        [
            request("POST", "/admin/keys", {"X-Admin-API-Key": admin_key_version(1).value}),
            request("POST", "/admin/keys", {"X-Admin-API-Key": "wrong"}),
        ],
        ["allowed", "admin_key_unknown"],
    ),
    "tenant_token": (
        [request("GET", "/data", bearer()), request("GET", "/data", bearer(exp=1))],
        ["revocation_unknown", "token_expired"],
    ),
    "key_exchange": ([request("POST", "/auth", {"X-API-Key": new_key().text})], ["allowed"]),
}


@pytest.mark.parametrize("version", SUPPORTED)
@pytest.mark.parametrize("chain", sorted(CASES))
def test_a_chain_decides_from_its_package_alone(version: str, chain: str, tmp_path: Path) -> None:
    if version not in INTERPRETERS:
        pytest.skip(f"no Python {version} is installed")
    events, reasons = CASES[chain]
    task_root = make_task_root(tmp_path, packages=PACKAGES, chain=chain)
    with SecretsExtension(dict(VERSIONS)) as extension:
        environment = {
            **SETTINGS,
            **extension.environment,
            "AWS_REGION": "ap-southeast-3",
            "AWS_ENDPOINT_URL": NOTHING_LISTENS,
            "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "nothing-that-opens-anything",
            "NOT_AUTHENTICATED_ANSWER": "deny",
            "EVENTS": json.dumps(events),
        }
        done = run(INTERPRETERS[version], DRIVER, str(task_root), environment=environment)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stderr)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["reason"] for line in lines if "decision" in line] == reasons
    assert report["foreign"] == []
    assert "boto3" not in report["modules"]
    # The audit trail does not answer either: what it should have had is in the function's log.
    lost = [line["record"]["reason"] for line in lines if "record" in line]
    assert lost == [reason for reason in reasons if reason != "allowed"]
    if chain == "key_exchange":
        assert report["results"][0]["context"] == {"exchange": "unavailable", "reason": "store_unavailable"}
