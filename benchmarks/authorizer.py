"""The authorizer beside PyJWT: warm decisions against a bare `jwt.decode`, and a cold start against a bare interpreter.

Warm: the whole handler (event in, plugins, policy out, log line written and flushed) with the hello chain, and with
three plugins, for TOKEN and REQUEST; the peer decodes the same token with the same key and does nothing else. No
network: the key is cached.

Cold: a new interpreter without site packages imports the packages as they are deployed, reads the first secret through
an extension on loopback, and decides once. Nothing is compiled beforehand, as in Lambda, where the task root is
read-only.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt

from authorizer.authorization import build_handler
from authorizer.chain import load_chain
from benchmarks.measure import Row, in_turns, median_difference, median_ratio, processes_in_turns
from jwt_verification.base64url import decode
from jwt_verification.signer import sign
from secret_store.secret_source import SecretVersion
from secret_store.signing_key import new_signing_key_value, signing_key_in
from tests.functions.secrets_extension import SecretsExtension
from tests.functions.support import AUDIENCE, ISSUER, METHOD_ARN, SECRET_ARN, SETTINGS
from tests.functions.task_root import AUTHORIZER_PACKAGES, make_task_root

WARM_ROUNDS, WARM_CALLS = 41, 300
COLD_ROUNDS = 15
TARGET_WARM, TARGET_COLD_MS = 1.5, 100.0

SECOND_PLUGIN = """
def validate(auth_context):
    return {"context": {"tier": "standard", "checked": True}}
"""
THIRD_PLUGIN = """
def validate(auth_context):
    if auth_context["context"]["tier"] != "standard":
        raise PermissionError
    return True
"""
FIRST_DECISION = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
from authorizer.handler import handle
answer = handle(json.loads(os.environ["EVENT"]), None)
assert answer["policyDocument"]["Statement"][0]["Effect"] == "Allow"
"""


def run(progress: Callable[[str], None]) -> list[Row]:
    """Measure and return the table."""
    version = SecretVersion(version_id="0f8fad5b-d9cb-469f-a165-70867728950e", value=new_signing_key_value())
    versions = {(SECRET_ARN, "AWSCURRENT"): version}
    with SecretsExtension(versions) as extension, tempfile.TemporaryDirectory() as directory:
        settings = {**SETTINGS, **extension.environment}
        os.environ.update(settings)  # the chain reads its settings when it is loaded, as in Lambda
        token = _token(version)
        progress("warm decisions")
        rows = _warm(token, version, Path(directory))
        progress("cold starts")
        return rows + _cold(token, settings, Path(directory))


def _warm(token: str, version: SecretVersion, directory: Path) -> list[Row]:
    chain = make_task_root(directory / "one", packages=(), chain="hello") / "plugins"
    three = make_task_root(directory / "three", packages=(), chain="hello") / "plugins"
    (three / "02_tier.py").write_text(SECOND_PLUGIN)
    (three / "03_check_tier.py").write_text(THIRD_PLUGIN)
    key = _raw_key(version)
    log = (directory / "log").open("w")

    def write(line: str) -> None:
        log.write(line)
        log.flush()

    one_plugin = build_handler(chain=load_chain(str(chain)), write=write)
    three_plugins = build_handler(chain=load_chain(str(three)), write=write)
    token_event, request_event = _token_event(token), _request_event(token)
    candidates: dict[str, Callable[[], object]] = {
        "PyJWT, bare jwt.decode": lambda: jwt.decode(
            token, key, algorithms=["HS256"], issuer=ISSUER, audience=AUDIENCE
        ),
        "TOKEN, hello chain": lambda: one_plugin(token_event, None),
        "TOKEN, three plugins": lambda: three_plugins(token_event, None),
        "REQUEST, hello chain": lambda: one_plugin(request_event, None),
        "REQUEST, three plugins": lambda: three_plugins(request_event, None),
    }
    samples = in_turns(candidates, rounds=WARM_ROUNDS, calls=WARM_CALLS)
    log.close()
    peer, *ours = samples
    rows = [Row(what=f"warm: {peer}", median=statistics.median(samples[peer]), unit="us")]
    for name in ours:
        ratio = median_ratio(samples[name], samples[peer])
        rows.append(
            Row(
                what=f"warm: {name}",
                median=statistics.median(samples[name]),
                unit="us",
                against="jwt.decode",
                ratio=ratio,
                target=f"at most {TARGET_WARM} x",
                reached=ratio <= TARGET_WARM,
            )
        )
    return rows


def _cold(token: str, settings: dict[str, str], directory: Path) -> list[Row]:
    task_root = make_task_root(directory / "task", packages=AUTHORIZER_PACKAGES, chain="hello")
    python = [sys.executable, "-I", "-S", "-B", "-c"]
    environment = {**settings, "EVENT": json.dumps(_token_event(token))}
    samples = processes_in_turns(
        {
            "bare": ([*python, "pass"], {}),
            "first decision": ([*python, FIRST_DECISION, str(task_root)], environment),
            "import jwt": ([*python, f"import sys; sys.path.append({_site_packages()!r}); import jwt"], {}),
        },
        rounds=COLD_ROUNDS,
    )
    elapsed = {name: [times.elapsed for times in taken] for name, taken in samples.items()}
    computing = {name: [times.computing for times in taken] for name, taken in samples.items()}
    total = statistics.median(elapsed["first decision"])
    above = median_difference(elapsed["first decision"], elapsed["bare"])
    computed = median_difference(computing["first decision"], computing["bare"])
    peer = median_difference(elapsed["import jwt"], elapsed["bare"])
    peer_computed = median_difference(computing["import jwt"], computing["bare"])
    return [
        Row(what="cold: bare interpreter, start to exit", median=statistics.median(elapsed["bare"]), unit="ms"),
        Row(what="cold: import jwt, above it", median=peer, unit="ms"),
        Row(what="cold: process with import and first decision, start to exit", median=total, unit="ms"),
        Row(
            what="cold: import and first decision, above the bare interpreter",
            median=above,
            unit="ms",
            against="import jwt",
            ratio=above / peer,
            target=f"at most {TARGET_COLD_MS:.0f} ms",
            reached=above <= TARGET_COLD_MS,
        ),
        Row(
            what="cold: the same, processor time only",
            median=computed,
            unit="ms",
            against="import jwt",
            ratio=computed / peer_computed,
        ),
    ]


def _site_packages() -> str:
    return str(Path(jwt.__file__).resolve().parents[1])


def _token(version: SecretVersion) -> str:
    signing_key = signing_key_in(version)
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "apigw-invoker",
        "iat": now,
        "exp": now + 3600,
        "jti": "5f2a8d3c-5a0e-4a57-9d0a-9d9a4b1d7c11",
    }
    return sign(claims, key=signing_key.key, key_id=signing_key.key_id)


def _raw_key(version: SecretVersion) -> bytes:
    return decode(json.loads(version.value)["key"].encode())


def _token_event(token: str) -> dict[str, Any]:
    return {"type": "TOKEN", "authorizationToken": f"Bearer {token}", "methodArn": METHOD_ARN}


def _request_event(token: str) -> dict[str, Any]:
    headers = {
        "Accept": "*/*",
        "Authorization": f"Bearer {token}",
        "Host": "a1b2c3d4e5.execute-api.ap-southeast-3.amazonaws.com",
        "User-Agent": "curl/8.5.0",
        "X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678",
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    return {
        "type": "REQUEST",
        "methodArn": METHOD_ARN,
        "resource": "/hello",
        "path": "/hello",
        "httpMethod": "GET",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "accountId": "111122223333",
            "apiId": "a1b2c3d4e5",
            "domainName": "a1b2c3d4e5.execute-api.ap-southeast-3.amazonaws.com",
            "httpMethod": "GET",
            "identity": {"sourceIp": "192.0.2.1", "userAgent": "curl/8.5.0", "apiKey": None, "clientCert": None},
            "path": "/prod/hello",
            "protocol": "HTTP/1.1",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "requestTimeEpoch": 1_767_225_600_000,
            "resourceId": "abc123",
            "resourcePath": "/hello",
            "stage": "prod",
        },
    }
