"""Drive the provider as the engine does: the same gRPC messages over a real connection, in plain values."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from sandbox.provider.values import Decoded, Properties, decode, encode

_SEEDS = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Known:
    """A resource as the engine's state has it."""

    urn: str
    id: str
    inputs: Properties
    state: Properties
    secrets: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Diff:
    """A difference as the provider tells it."""

    changed: frozenset[str]
    replaces: frozenset[str]
    paths: frozenset[str]
    delete_before_replace: bool


class RefusedError(Exception):
    """Check refused the inputs; the message has every reason."""


@dataclass(kw_only=True)
class ProviderDriver:
    """One configured connection."""

    channel: Any
    stub: Any = field(init=False)

    def __post_init__(self) -> None:
        self.stub = provider_pb2_grpc.ResourceProviderStub(self.channel)

    def configure(self, *, region: str = "ap-southeast-3", **settings: Any) -> "ProviderDriver":
        response = self.stub.CheckConfig(
            provider_pb2.CheckRequest(urn=urn("pulumi:providers:aws"), news=encode({"region": region, **settings}))
        )
        if response.failures:
            raise RefusedError("; ".join(failure.reason for failure in response.failures))
        self.stub.Configure(provider_pb2.ConfigureRequest(args=encode({"region": region, **settings})))
        return self

    def check(
        self,
        token: str,
        inputs: Mapping[str, Any],
        *,
        name: str = "thing",
        old: Mapping[str, Any] | None = None,
        secret: frozenset[str] = frozenset(),
    ) -> Decoded:
        response = self.stub.Check(
            provider_pb2.CheckRequest(
                urn=urn(token, name),
                news=encode(inputs, secret),
                olds=encode(old or {}),
                randomSeed=f"seed {next(_SEEDS)}".encode(),
            )
        )
        if response.failures:
            raise RefusedError("\n".join(failure.reason for failure in response.failures))
        return decode(response.inputs)

    def check_without_automatic_names(self, token: str, inputs: Mapping[str, Any]) -> None:
        """Check as in a stack whose configuration says `pulumi:autonaming: {mode: disabled}`."""
        options = provider_pb2.CheckRequest.AutonamingOptions
        response = self.stub.Check(
            provider_pb2.CheckRequest(
                urn=urn(token), news=encode(inputs), autonaming=options(mode=options.Mode.DISABLE)
            )
        )
        if response.failures:
            raise RefusedError("\n".join(failure.reason for failure in response.failures))

    def deploy(
        self, token: str, inputs: Mapping[str, Any], *, name: str = "thing", secret: frozenset[str] = frozenset()
    ) -> Known:
        """Check, preview and create."""
        checked = self.check(token, inputs, name=name, secret=secret)
        sent = encode(checked.values, checked.secret_properties())
        self.stub.Create(provider_pb2.CreateRequest(urn=urn(token, name), properties=sent, preview=True))
        response = self.stub.Create(provider_pb2.CreateRequest(urn=urn(token, name), properties=sent))
        outputs = decode(response.properties)
        return Known(
            urn=urn(token, name),
            id=response.id,
            inputs=checked.values,
            state=outputs.values,
            secrets=outputs.secret_properties(),
        )

    def preview(self, token: str, inputs: Mapping[str, Any], *, name: str = "thing") -> Properties:
        checked = self.check(token, inputs, name=name)
        sent = encode(checked.values, checked.secret_properties())
        request = provider_pb2.CreateRequest(urn=urn(token, name), properties=sent, preview=True)
        return decode(self.stub.Create(request).properties).values

    def diff(self, known: Known, inputs: Mapping[str, Any]) -> Diff:
        response = self.stub.Diff(
            provider_pb2.DiffRequest(
                id=known.id,
                urn=known.urn,
                old_inputs=encode(known.inputs, known.secrets),
                olds=encode(known.state, known.secrets),
                news=encode(inputs, known.secrets),
            )
        )
        assert bool(response.diffs) == (response.changes == provider_pb2.DiffResponse.DIFF_SOME)
        return Diff(
            changed=frozenset(response.diffs),
            replaces=frozenset(response.replaces),
            paths=frozenset(response.detailedDiff),
            delete_before_replace=response.deleteBeforeReplace,
        )

    def preview_update(self, known: Known, inputs: Mapping[str, Any]) -> Properties:
        request = self._update_request(known, inputs)
        request.preview = True
        return decode(self.stub.Update(request).properties).values

    def update(self, known: Known, inputs: Mapping[str, Any]) -> Known:
        """Preview and apply already checked inputs."""
        self.preview_update(known, inputs)
        outputs = decode(self.stub.Update(self._update_request(known, inputs)).properties)
        return Known(
            urn=known.urn,
            id=known.id,
            inputs=dict(inputs),
            state=outputs.values,
            secrets=outputs.secret_properties(),
        )

    @staticmethod
    def _update_request(known: Known, inputs: Mapping[str, Any]) -> Any:
        return provider_pb2.UpdateRequest(
            id=known.id,
            urn=known.urn,
            old_inputs=encode(known.inputs, known.secrets),
            olds=encode(known.state, known.secrets),
            news=encode(inputs, known.secrets),
        )

    def refresh(self, known: Known) -> Known | None:
        return self._read(
            provider_pb2.ReadRequest(
                id=known.id,
                urn=known.urn,
                properties=encode(known.state, known.secrets),
                inputs=encode(known.inputs, known.secrets),
            )
        )

    def import_by_id(self, token: str, identifier: str, *, name: str = "thing") -> Known | None:
        return self._read(provider_pb2.ReadRequest(id=identifier, urn=urn(token, name)))

    def delete(self, known: Known) -> None:
        self.stub.Delete(
            provider_pb2.DeleteRequest(
                id=known.id,
                urn=known.urn,
                properties=encode(known.state, known.secrets),
                old_inputs=encode(known.inputs, known.secrets),
            )
        )

    def invoke(self, token: str, **arguments: Any) -> Properties:
        response = self.stub.Invoke(provider_pb2.InvokeRequest(tok=token, args=encode(arguments)))
        return decode(getattr(response, "return")).values

    def _read(self, request: Any) -> Known | None:
        response = self.stub.Read(request)
        if not response.id:
            assert response.properties == struct_pb2.Struct()
            return None
        outputs, inputs = decode(response.properties), decode(response.inputs)
        return Known(
            urn=request.urn,
            id=response.id,
            inputs=inputs.values,
            state=outputs.values,
            secrets=outputs.secret_properties(),
        )


def urn(token: str, name: str = "thing") -> str:
    return f"urn:pulumi:test::gatehouse::{token}::{name}"


def connect(port: int) -> ProviderDriver:
    # As the engine's: a TCP connection of its own, not one that channels of the same process share.
    options = [("grpc.use_local_subchannel_pool", 1)]
    return ProviderDriver(channel=grpc.insecure_channel(f"127.0.0.1:{port}", options=options))
