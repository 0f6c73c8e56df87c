"""boto3 clients of the sandbox account's root user. Deliberately not for the provider, which has a port of its own."""

from typing import Any, cast

from sandbox.server import SandboxEndpoints
from sandbox.server.settings import ROOT_ACCESS_KEY_ID, ROOT_SECRET_ACCESS_KEY


def client(endpoints: SandboxEndpoints, service: str) -> Any:
    """A client of `service` that reaches nothing but the sandbox."""
    import boto3  # here: it takes as long as all other modules, and most commands need no client

    factory = cast(Any, boto3)  # boto3 ships no types: its clients are made from data at run time
    return factory.client(
        service,
        endpoint_url=endpoints.emulator_url,
        region_name=endpoints.region,
        aws_access_key_id=ROOT_ACCESS_KEY_ID,
        aws_secret_access_key=ROOT_SECRET_ACCESS_KEY,
    )
