"""The authorizer beside its peers: warm decisions against a bare `jwt.decode`, cold starts against Powertools.

Warm: the whole handler (event in, plugins, policy out, log line written and flushed) with the hello chain, and with
three plugins, for TOKEN and REQUEST; the peer decodes the same token with the same key and does nothing else. No
network: the key is cached. Cold: see `benchmarks.authorizer_cold_start`.
"""

import os
import statistics
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import jwt

from authorizer.authorization import build_handler
from authorizer.chain import load_chain
from benchmarks.authorizer_cold_start import cold_rows
from benchmarks.authorizer_samples import raw_key, request_event, sample_token, token_event
from benchmarks.measure import Row, compared, in_turns
from secret_store.secret_source import SecretVersion
from secret_store.signing_key import new_signing_key_value
from tests.functions.secrets_extension import SecretsExtension
from tests.functions.support import AUDIENCE, ISSUER, SECRET_ARN, SETTINGS
from tests.functions.task_root import make_task_root

WARM_ROUNDS, WARM_CALLS = 41, 300
LARGEST_WARM_RATIO = 1.0

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


def run(progress: Callable[[str], None]) -> list[Row]:
    """Measure and return the table."""
    version = SecretVersion(version_id="0f8fad5b-d9cb-469f-a165-70867728950e", value=new_signing_key_value())
    versions = {(SECRET_ARN, "AWSCURRENT"): version}
    with SecretsExtension(versions) as extension, tempfile.TemporaryDirectory() as directory:
        settings = {**SETTINGS, **extension.environment}
        os.environ.update(settings)  # the chain reads its settings when it is loaded, as in Lambda
        token = sample_token(version)
        progress("warm decisions")
        rows = _warm(token, version, Path(directory))
        progress("cold starts")
        return rows + cold_rows(version, Path(directory))


def _warm(token: str, version: SecretVersion, directory: Path) -> list[Row]:
    chain = make_task_root(directory / "one", packages=(), chain="hello") / "plugins"
    three = make_task_root(directory / "three", packages=(), chain="hello") / "plugins"
    (three / "02_tier.py").write_text(SECOND_PLUGIN)
    (three / "03_check_tier.py").write_text(THIRD_PLUGIN)
    key = raw_key(version)
    log = (directory / "log").open("w")

    def write(line: str) -> None:
        log.write(line)
        log.flush()

    one_plugin = build_handler(chain=load_chain(str(chain)), write=write)
    three_plugins = build_handler(chain=load_chain(str(three)), write=write)
    as_token, as_request = token_event(token), request_event(token)
    candidates: dict[str, Callable[[], object]] = {
        "PyJWT, bare jwt.decode": lambda: jwt.decode(
            token, key, algorithms=["HS256"], issuer=ISSUER, audience=AUDIENCE
        ),
        "TOKEN, hello chain": lambda: one_plugin(as_token, None),
        "TOKEN, three plugins": lambda: three_plugins(as_token, None),
        "REQUEST, hello chain": lambda: one_plugin(as_request, None),
        "REQUEST, three plugins": lambda: three_plugins(as_request, None),
    }
    samples = in_turns(candidates, rounds=WARM_ROUNDS, calls=WARM_CALLS)
    log.close()
    peer, *ours = samples
    rows = [Row(what=f"warm: {peer}", median=statistics.median(samples[peer]), unit="us")]
    against_peer = partial(compared, peer=samples[peer], unit="us", against="jwt.decode", most=LARGEST_WARM_RATIO)
    return [*rows, *(against_peer(f"warm: {name}", samples[name]) for name in ours)]
