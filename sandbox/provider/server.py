"""Start and stop the provider's gRPC server; delete what an interrupted update left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent import futures
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from sandbox.errors import SandboxError
from sandbox.provider.aws_clients import AwsClients, EmulatorClients
from sandbox.provider.cloudformation_judge import CloudFormationJudge
from sandbox.provider.errors import ProviderError, aws_error_code, describe
from sandbox.provider.invokes import INVOKES
from sandbox.provider.ledger import Entry, Ledger
from sandbox.provider.registry import CLOUDFORMATION_TYPES, RESOURCE_TYPES
from sandbox.provider.resource_type import Operation
from sandbox.provider.service import AwsProvider

HOST: Final = "127.0.0.1"
WORKERS: Final = 32
"""The engine's default parallelism is four per core; every call may wait for the emulator."""
LARGEST_MESSAGE: Final = 400 * 1024 * 1024
"""Bytes; the engine's own limit (pulumi `sdk/go/common/util/rpcutil`), so that assets given as text fit."""
STOP_GRACE: Final = 10.0
"""Seconds for calls under way to end."""


@dataclass(frozen=True, kw_only=True)
class ProviderServer:
    """A running server."""

    port: int
    server: Any

    def stop(self) -> None:
        """End it; calls under way get `STOP_GRACE` to finish."""
        self.server.stop(STOP_GRACE).wait()


def serve_provider(
    *, endpoint_url: str, port: int, ledger: Path, program_directory: Path | None = None
) -> ProviderServer:
    """Serve the `aws` package on loopback against the emulator at `endpoint_url`; port 0 takes a free one.

    Relative paths of assets start at `program_directory`: an attached provider is not told where the program is.
    Raises SandboxError when the port is in use. Loads cfn-lint in the background, because the first preview waits for
    it.
    """
    clients_by_region: dict[str, AwsClients] = {}
    lock = threading.Lock()

    def clients_for(region: str) -> AwsClients:
        with lock:
            if region not in clients_by_region:
                clients_by_region[region] = EmulatorClients(endpoint_url=endpoint_url, region=region)
            return clients_by_region[region]

    judge = CloudFormationJudge(type_names=CLOUDFORMATION_TYPES)
    judge.start_loading()
    provider = AwsProvider(
        resource_types=RESOURCE_TYPES,
        invokes=INVOKES,
        clients_for=clients_for,
        ledger=Ledger(path=ledger),
        judge=judge,
        program_directory=program_directory,
    )
    options = [
        ("grpc.max_receive_message_length", LARGEST_MESSAGE),
        ("grpc.max_send_message_length", LARGEST_MESSAGE),
        ("grpc.so_reuseport", 0),
    ]
    server: Any = grpc.server(futures.ThreadPoolExecutor(WORKERS, thread_name_prefix="provider"), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    try:
        bound = server.add_insecure_port(f"{HOST}:{port}")
    except RuntimeError as error:
        raise SandboxError(
            f"the provider cannot listen on {HOST}:{port}: the port is in use; free it or choose another"
        ) from error
    server.start()
    return ProviderServer(port=int(bound), server=server)


def delete_orphans(ledger: Path, entries: Iterable[Entry], *, endpoint_url: str) -> list[Entry]:
    """Delete what `orphans` found, in the given order, and strike it from the ledger. Returns what was deleted.

    Raises SandboxError for the first one that AWS refuses to delete; those before it are gone and struck.
    """
    book = Ledger(path=ledger)
    deleted: list[Entry] = []
    clients_by_region: dict[str, AwsClients] = {}  # making boto3 clients takes longer than the calls
    for entry in entries:
        table = RESOURCE_TYPES.get(entry.type)
        if table is None:
            raise SandboxError(f"the ledger names a resource type that is not known: {entry.type}; run make reset")
        if entry.region not in clients_by_region:
            clients_by_region[entry.region] = EmulatorClients(endpoint_url=endpoint_url, region=entry.region)
        clients = clients_by_region[entry.region]
        operation = Operation(
            clients=clients, urn=entry.urn, id=entry.id, inputs=entry.locators, state=dict(entry.locators)
        )
        try:
            table.delete(operation)
        except Exception as error:
            if aws_error_code(error) not in table.missing_codes:
                action = f"deleting {entry.type} {entry.id}, which an interrupted update left behind"
                raise SandboxError(describe(error, action=action)) from error
        book.record_deleted(entry)
        deleted.append(entry)
    return deleted


__all__ = ["ProviderError", "ProviderServer", "delete_orphans", "serve_provider"]
