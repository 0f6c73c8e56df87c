"""Which AWS a command works on: the sandbox of this checkout, another endpoint, or AWS itself. One at a time, never
guessed between two, and always said.

    --target sandbox                    the sandbox of this checkout
    --program FOLDER                    the sandbox of another program, started with `make up PROGRAM=FOLDER`
    --endpoint-url URL                  an emulator elsewhere; AWS_ENDPOINT_URL does the same
    --profile NAME, --target aws        AWS, by a profile or by what the environment says
    nothing of these                    the environment, where it names an endpoint or credentials; else the sandbox

Where the environment names one and the sandbox runs as well, nothing is chosen: to revoke a tenant of the wrong system
is worse than to type an option. The sandbox is found by the file that it keeps in `.sandbox/` while it runs.
Credentials are never printed, and never sent over a connection that is neither TLS nor the loopback.
"""

from __future__ import annotations

import argparse
import functools
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, cast
from urllib.parse import urlsplit

from cli.errors import CliError, aws_explained

SANDBOX_FILE = Path(".sandbox") / "sandbox.json"
# The emulated account's root user: public, and good for nothing but the loopback of this machine.
_SANDBOX_ACCESS_KEY_ID = "test"
_SANDBOX_SECRET_ACCESS_KEY = "test"  # noqa: S105 -- see above
_ENVIRONMENT_NAMES_ENDPOINT = "AWS_ENDPOINT_URL"
_ENVIRONMENT_NAMES_AWS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)
_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
_CONNECT_SECONDS = 5
_TEMPORARY_SECONDS = 900  # the least that STS gives
_READ_SECONDS = 60
CHOICES = (
    "start the sandbox with `make up`, or name AWS with --profile NAME or --target aws, or an emulator with "
    "--endpoint-url URL"
)


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """Access key, secret key and session token; `repr` shows none of them."""

    access_key_id: str
    secret_access_key: str
    session_token: str

    def __repr__(self) -> str:
        """Show nothing."""
        return "<Credentials>"


@dataclass(frozen=True, kw_only=True)
class Target:
    """An AWS to work on. `name` is what is told to the person; `profile` is None for the default chain of boto3."""

    name: str
    region: str
    endpoint_url: str | None = None
    profile: str | None = None
    as_sandbox_root: bool = False

    def client(self, service: str) -> Any:
        """Return a boto3 client; nothing is sent yet. Raises `CliError` where boto3 cannot make one."""
        from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs] -- botocore ships no types

        with aws_explained(f"use {self.name}"):
            return self._session.client(
                service,
                endpoint_url=self.endpoint_url,
                config=Config(
                    connect_timeout=_CONNECT_SECONDS,
                    read_timeout=_READ_SECONDS,
                    retries={"total_max_attempts": 3, "mode": "standard"},
                    ignore_configured_endpoint_urls=True,  # the target is what was named, nothing else
                    # A proxy of the environment has no way to this machine's loopback.
                    proxies={} if _is_loopback(self.endpoint_url) else None,
                ),
            )

    def temporary_credentials(self) -> Credentials:
        """Return credentials with a session token, as functions have them: those that clients sign with, or, where
        these are a user's long-lived ones, new ones for a quarter of an hour. Raises `CliError` where there are none.
        """
        with aws_explained(f"use {self.name}"):
            found = self._session.get_credentials()
            frozen = found.get_frozen_credentials() if found is not None else None
        if frozen is None:
            raise CliError(f"no credentials for {self.name}: log in, or name a profile with --profile NAME")
        if frozen.token or self.as_sandbox_root:
            # The emulator asks nobody's root user for a token.
            return Credentials(
                access_key_id=frozen.access_key,
                secret_access_key=frozen.secret_key,
                session_token=frozen.token or token_urlsafe(32),
            )
        with aws_explained(f"get temporary credentials from {self.name}"):
            issued = self.client("sts").get_session_token(DurationSeconds=_TEMPORARY_SECONDS)["Credentials"]
        return Credentials(
            access_key_id=issued["AccessKeyId"],
            secret_access_key=issued["SecretAccessKey"],
            session_token=issued["SessionToken"],
        )

    @functools.cached_property
    def _session(self) -> Any:
        """One for all clients: each session reads AWS's service descriptions anew, which takes a third of a second."""
        if self.as_sandbox_root:
            return _boto3().Session(
                region_name=self.region,
                aws_access_key_id=_SANDBOX_ACCESS_KEY_ID,
                aws_secret_access_key=_SANDBOX_SECRET_ACCESS_KEY,
            )
        return _boto3().Session(region_name=self.region, profile_name=self.profile)


def find_target(options: argparse.Namespace, *, environment: Mapping[str, str], checkout: Path) -> Target:
    """Return the target that the options, the environment or the checkout name.

    Raises:
        CliError: none is named, two are, or the one that is named cannot be used.
    """
    endpoint_url: str | None = options.endpoint_url
    profile: str | None = options.profile
    if options.target == "sandbox" or options.program:
        if endpoint_url or profile or options.target == "aws":
            raise CliError("the sandbox needs neither --endpoint-url, --profile nor --target aws: leave them out")
        return _sandbox(options.program or checkout, options.region)
    if endpoint_url:
        return _endpoint(endpoint_url, options, environment, from_environment=False)
    if profile or options.target == "aws":
        return _aws(profile, options, environment)
    named = [name for name in (_ENVIRONMENT_NAMES_ENDPOINT, *_ENVIRONMENT_NAMES_AWS) if environment.get(name)]
    if named and read_sandbox(checkout) is not None:
        raise CliError(
            f"{named[0]} is set and this checkout's sandbox runs: choose with --target sandbox or --target aws"
        )
    if not named:
        return _sandbox(checkout, options.region)
    if environment.get(_ENVIRONMENT_NAMES_ENDPOINT):
        return _endpoint(environment[_ENVIRONMENT_NAMES_ENDPOINT], options, environment, from_environment=True)
    return _aws(None, options, environment)


@dataclass(frozen=True, kw_only=True)
class SandboxAddress:
    """Where the checkout's sandbox says that it answers."""

    emulator_port: int
    region: str


def read_sandbox(checkout: Path) -> SandboxAddress | None:
    """Return what the sandbox of the folder noted when it started; None where none has, or it does not run any more."""
    try:
        noted: Any = json.loads((checkout / SANDBOX_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(noted, dict):
        return None
    note = cast("dict[str, Any]", noted)
    port, region = note.get("emulator_port"), note.get("region")
    if note.get("ready") is not True or type(port) is not int or not 0 < port < 65_536 or not isinstance(region, str):
        return None
    return SandboxAddress(emulator_port=port, region=region) if _is_listening(port) else None


def _sandbox(checkout: Path, region: str | None) -> Target:
    address = read_sandbox(checkout)
    if address is None:
        raise CliError(f"no sandbox runs in {checkout}, and nothing else is named: {CHOICES}")
    url = f"http://127.0.0.1:{address.emulator_port}"
    region = region or address.region
    return Target(name=f"sandbox at {url} ({region})", region=region, endpoint_url=url, as_sandbox_root=True)


def _endpoint(
    url: str, options: argparse.Namespace, environment: Mapping[str, str], *, from_environment: bool
) -> Target:
    _check_url(url)
    own_credentials = bool(options.profile) or (
        from_environment and any(environment.get(name) for name in _ENVIRONMENT_NAMES_AWS)
    )
    region = _region(options, environment, options.profile)
    return Target(
        name=f"endpoint {url} ({region})",
        region=region,
        endpoint_url=url,
        profile=options.profile,
        # What is logged in for the real AWS is nothing for an emulator to see.
        as_sandbox_root=_is_loopback(url) and not own_credentials,
    )


def _aws(profile: str | None, options: argparse.Namespace, environment: Mapping[str, str]) -> Target:
    region = _region(options, environment, profile)
    used = profile or environment.get("AWS_PROFILE")
    return Target(name=f"AWS {region}" + (f", profile {used}" if used else ""), region=region, profile=profile)


def _region(options: argparse.Namespace, environment: Mapping[str, str], profile: str | None) -> str:
    named = options.region or environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    if not named:
        with aws_explained(f"read the profile {profile}" if profile else "read the AWS configuration"):
            named = _boto3().Session(profile_name=profile).region_name
    if not named:
        raise CliError("no region: name it with --region, for example --region ap-southeast-3")
    return str(named)


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        raise CliError("the endpoint is not a URL such as http://127.0.0.1:4566: correct --endpoint-url")
    if "@" in urlsplit(url).netloc:
        raise CliError("the endpoint's URL holds a user or a password: leave them out")
    if urlsplit(url).scheme == "http" and not _is_loopback(url):
        raise CliError(f"the endpoint {url} is neither https nor on this machine: secrets would travel in the clear")


def _is_loopback(url: str | None) -> bool:
    return url is not None and urlsplit(url).hostname in _LOOPBACK_HOSTS


def _is_listening(port: int) -> bool:
    """Tell whether somebody answers there: a sandbox that was killed leaves its note behind."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_CONNECT_SECONDS):
            return True
    except OSError:
        return False


def _boto3() -> Any:
    import boto3  # pyright: ignore[reportMissingTypeStubs] -- boto3 ships no types, and takes half a second to import

    return boto3
