"""Starts `cli.explain.runner` on a chain, with an environment as a Lambda function has it, and waits for what it found.

The process gets what the person names (`--environment`, `--secret`, the environment of a deployed function) and what
Lambda would give, and nothing else of this shell: what works only because of a forgotten variable does not work here.
Deliberately no sandbox for the code: plugins run with the rights of whoever runs them, as in a test.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from cli.errors import CliError
from cli.explain.chain_secrets import LOOPBACK, ChainSecrets, parts_of_secret, serving
from cli.explain.secret_files import FileSecret
from cli.redaction import Redactor
from cli.target import Target

RUNNER = Path(__file__).with_name("runner.py")
FUNCTION_NAME = "explain"
FUNCTIONS_DIRECTORY = Path(__file__).resolve().parents[2] / "functions"
# Names that lead to this machine's programs, certificates and proxies; none of them configures a function.
_KEPT = ("HTTPS_PROXY", "LANG", "LC_ALL", "PATH", "SSL_CERT_DIR", "SSL_CERT_FILE", "TMPDIR", "TZ")
# What a local run sets itself; a chain whose settings replaced them would be left without its secrets.
RESERVED_VARIABLES = frozenset(
    {
        "AWS_ACCESS_KEY_ID",
        "AWS_CONFIG_FILE",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_SHARED_CREDENTIALS_FILE",
        "PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED",
        "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT",
    }
)


class ChainTimeoutError(Exception):
    """The chain took longer than the function may; API Gateway answers 500."""


@dataclass(frozen=True, kw_only=True)
class LocalRun:
    """What the runner wrote, what happened to secrets and credentials, and the lines that the plugins printed."""

    document: dict[str, Any]
    notes: list[str]
    printed: list[str]


def run_locally(
    *,
    chain: Path,
    event: Any,
    environment: Mapping[str, str],
    secrets: Sequence[FileSecret],
    target: Target | CliError,
    redactor: Redactor,
    timeout_seconds: float,
) -> LocalRun:
    """Run the event through the chain; `target` is the AWS for secrets and credentials, or why there is none.

    Raises:
        CliError: the process could not be started, or a plugin ended it.
        ChainTimeoutError: it took longer than `timeout_seconds`.
    """
    for secret in secrets:
        redactor.know(parts_of_secret(secret.value))
    credentials, notes = _credentials(target, redactor)
    chain_secrets = ChainSecrets(
        target=target,
        files={secret.arn: secret for secret in secrets},
        allowed_secrets=frozenset(environment.values()),
        token=credentials["AWS_SESSION_TOKEN"],
        redactor=redactor,
    )
    chain_secrets.prepare()
    with serving(chain_secrets) as port:
        variables = {
            **_surrounding_variables(port, None if isinstance(target, CliError) else target),
            **credentials,
            **environment,
            **{secret.name: secret.arn for secret in secrets},
        }
        # -I: nothing of this folder or of PYTHONPATH; -B: no __pycache__ in the chain, which is packaged as it is.
        command = [sys.executable, "-I", "-B", str(RUNNER), str(FUNCTIONS_DIRECTORY), str(chain.resolve())]
        try:
            ended = subprocess.run(
                command,
                input=json.dumps(event).encode(),
                env=variables,
                capture_output=True,
                timeout=timeout_seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ChainTimeoutError from None
        except OSError as error:
            raise CliError(f"the chain's process cannot be started: {error.strerror or error}") from None
    printed = ended.stderr.decode(errors="replace").splitlines()
    try:
        return LocalRun(document=json.loads(ended.stdout), notes=notes + chain_secrets.notes, printed=printed)
    except ValueError:
        raise CliError(
            f"the chain's process ended with code {ended.returncode} and without an answer: a plugin has ended it, "
            "which API Gateway answers with 500"
        ) from None


def _surrounding_variables(port: int, target: Target | None) -> dict[str, str]:
    """Return what Lambda gives a function, pointed at the target, and what this machine needs to run Python."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    region = {"AWS_REGION": target.region, "AWS_DEFAULT_REGION": target.region} if target is not None else {}
    endpoint = {"AWS_ENDPOINT_URL": target.endpoint_url} if target is not None and target.endpoint_url else {}
    return {
        **kept,
        **region,
        **endpoint,
        "AWS_LAMBDA_FUNCTION_NAME": FUNCTION_NAME,
        "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT": str(port),
        # Credentials are in the environment, or there are none: nothing else of this machine is looked at.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": f"{LOOPBACK},localhost",
    }


def _credentials(target: Target | CliError, redactor: Redactor) -> tuple[dict[str, str], list[str]]:
    """Return the target's temporary credentials as Lambda puts them into the environment, and notes.

    Without a target, the session token alone: the secrets on the loopback ask for it.
    """
    none = {"AWS_SESSION_TOKEN": token_urlsafe(32)}
    if isinstance(target, CliError):
        return none, []
    try:
        found = target.temporary_credentials()
    except CliError as why:
        return none, [f"the plugins had no AWS credentials: {why}"]
    redactor.know((found.session_token,) if target.as_sandbox_root else (found.session_token, found.secret_access_key))
    return {
        "AWS_ACCESS_KEY_ID": found.access_key_id,
        "AWS_SECRET_ACCESS_KEY": found.secret_access_key,
        "AWS_SESSION_TOKEN": found.session_token,
    }, []
