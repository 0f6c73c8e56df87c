"""An `aws` provider that creates nothing and remembers what it was asked to create.

It takes every resource type, so that rules on types that the sandbox does not serve meet the real engine too.
It gives every resource an id, which is unknown in a preview, as the official provider does; it judges nothing.
"""

import contextlib
import itertools
from collections.abc import Generator
from concurrent import futures
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from guardrails.nodes import UNKNOWN_TEXT

COMPUTED = {
    "aws:apigateway/restApi:RestApi": ("rootResourceId", "executionArn"),
    "aws:lambda/function:Function": ("arn", "invokeArn"),
    "aws:secretsmanager/secret:Secret": ("arn",),
}
"""Outputs that the programs of the tests use, besides ids and what is put in."""


class RecordingProvider(provider_pb2_grpc.ResourceProviderServicer):
    """`created` holds the URNs of what would exist now."""

    def __init__(self) -> None:
        self.created: list[str] = []
        self.port = 0
        self._numbers = itertools.count(1)

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802  # the protocol's name, as all below
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_outputs=True)

    def Attach(self, request: Any, context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802
        return plugin_pb2.PluginInfo(version="7.51.1")

    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.DiffResponse()

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.ConfigureResponse(acceptSecrets=True, acceptOutputs=True, supportsPreview=True)

    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        number = next(self._numbers)
        outputs = struct_pb2.Struct()
        outputs.update(json_format.MessageToDict(request.properties))
        for name in ("id", *COMPUTED.get(request.urn.split("::")[-2].rpartition("$")[2], ())):
            value = f"arn:aws:test:::{name}-{number}" if name.lower().endswith("arn") else f"{name}{number}"
            outputs[name] = UNKNOWN_TEXT if request.preview else value
        if request.preview:
            return provider_pb2.CreateResponse(properties=outputs)
        self.created.append(request.urn)
        return provider_pb2.CreateResponse(id=f"id{number}", properties=outputs)


@contextlib.contextmanager
def recording_provider() -> Generator[RecordingProvider]:
    """A provider on a free port of this machine, until the test ends."""
    provider = RecordingProvider()
    server = grpc.server(futures.ThreadPoolExecutor(4))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    provider.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield provider
    finally:
        server.stop(grace=None).wait()
