"""boto3 clients of the sandbox account's root user. Deliberately not for the provider, which has a port of its own."""

from typing import Any, cast

import boto3

from sandbox.server import SandboxEndpoints

ROOT_ACCESS_KEY = "test"
"""The emulator's documented root credentials: public, and of no use anywhere else."""


def client(endpoints: SandboxEndpoints, service: str) -> Any:
    """A client of `service` that reaches nothing but the sandbox."""
    factory = cast(Any, boto3)  # boto3 ships no types: its clients are made from data at run time
    return factory.client(
        service,
        endpoint_url=endpoints.emulator_url,
        region_name=endpoints.region,
        aws_access_key_id=ROOT_ACCESS_KEY,
        aws_secret_access_key=ROOT_ACCESS_KEY,
    )
