# ruff: noqa: N802 - the methods have the names of the gRPC service
"""The gRPC `ResourceProvider` that the engine talks to: translation between its messages and `lifecycle.py`.

One server answers every provider that a program makes (the default one, one per extra region): the engine opens a
connection per provider and configures it there, so configurations are kept by connection. Deliberately no `GetSchema`:
no command of ours asks for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from sandbox.provider.aws_clients import AwsClients
from sandbox.provider.cloudformation_judge import CloudFormationJudge
from sandbox.provider.configuration import Configuration, configuration_problems, read_configuration
from sandbox.provider.errors import ProviderError
from sandbox.provider.ledger import Ledger
from sandbox.provider.lifecycle import Lifecycle, PartialFailureError
from sandbox.provider.messages import (
    abort_partial,
    decode_state,
    diff_response,
    encode_state,
    errors_told,
    failures,
    naming,
    secret_outputs,
    type_token,
)
from sandbox.provider.paths import is_below, parsed_path
from sandbox.provider.regions import region_problem
from sandbox.provider.resource_type import Problem, ResourceType
from sandbox.provider.values import UNKNOWN, contains_unknown, decode, encode

OFFICIAL_VERSION: Final = "7.51.1"
"""The version of the official plugin that this one stands in for; the same as `pulumi-aws` in requirements.txt."""

MOST_CONNECTIONS: Final = 256
"""Connections whose configuration is remembered; a sandbox lives for weeks, and each command opens new ones."""

Invoke = Callable[[AwsClients, Mapping[str, Any]], Mapping[str, Any]]
"""A data source: clients and arguments in, result out."""


@dataclass(kw_only=True)
class AwsProvider(provider_pb2_grpc.ResourceProviderServicer):
    """See the module. `clients_for` gives clients by region; tables and data sources are by token."""

    resource_types: Mapping[str, ResourceType]
    invokes: Mapping[str, Invoke]
    clients_for: Callable[[str], AwsClients]
    ledger: Ledger
    judge: CloudFormationJudge
    program_directory: Path | None = None
    _configurations: dict[str, Configuration] = field(default_factory=dict[str, Configuration], repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    # --- the plugin itself

    def Handshake(self, request: Any, context: Any) -> Any:
        """What this provider understands: secrets come as such, everything else as plain values."""
        del request, context
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True, accept_resources=False, accept_outputs=False, supports_autonaming_configuration=True
        )

    def Attach(self, request: Any, context: Any) -> Any:
        """The engine attached to a running server; there is nothing to say back to it."""
        del request, context
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        """The user interrupted: calls under way are short and end by themselves."""
        del request, context
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        """Name the official plugin's version, so that programs pinned to it are content."""
        del request, context
        return plugin_pb2.PluginInfo(version=OFFICIAL_VERSION)

    def GetMapping(self, request: Any, context: Any) -> Any:
        """No conversion from other tools."""
        del request, context
        return provider_pb2.GetMappingResponse()

    def GetMappings(self, request: Any, context: Any) -> Any:
        """No conversion from other tools."""
        del request, context
        return provider_pb2.GetMappingsResponse()

    # --- its configuration

    def CheckConfig(self, request: Any, context: Any) -> Any:
        """Refuse settings that the official provider does not have, or that make no sense in the sandbox."""
        with errors_told(context, ()):
            decoded = decode(request.news)
            problems = configuration_problems(decoded.values)
            return provider_pb2.CheckResponse(inputs=request.news, failures=failures(problems, decoded.secret_texts()))

    def DiffConfig(self, request: Any, context: Any) -> Any:
        """Another region is another provider: everything under it is replaced, as with the official one."""
        with errors_told(context, ()):
            old, new = decode(request.old_inputs).values, decode(request.news).values
            changed = [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
            return provider_pb2.DiffResponse(
                changes=provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE,
                diffs=changed,
                replaces=["region"] if "region" in changed and old.get("region") else [],
            )

    def Configure(self, request: Any, context: Any) -> Any:
        """Remember region and default tags for this connection."""
        with errors_told(context, ()):
            configuration = read_configuration(decode(request.args).values)
            with self._lock:
                self._configurations[context.peer()] = configuration
                while len(self._configurations) > MOST_CONNECTIONS:
                    del self._configurations[next(iter(self._configurations))]
            return provider_pb2.ConfigureResponse(
                acceptSecrets=True,
                supportsPreview=True,
                acceptResources=False,
                acceptOutputs=False,
                supports_autonaming_configuration=True,
            )

    # --- resources

    def Check(self, request: Any, context: Any) -> Any:
        """Judge inputs, in preview and update alike, and fill in names and defaults."""
        news, olds = decode(request.news), decode(request.olds)
        secrets = news.secret_texts() | olds.secret_texts()
        with errors_told(context, secrets):
            token = type_token(request.urn)
            if token not in self.resource_types:
                return provider_pb2.CheckResponse(
                    inputs=request.news, failures=failures([self._unknown_type(token)], ())
                )
            lifecycle = self._lifecycle(request.urn, context, secrets)
            inputs, problems = lifecycle.check(news.values, olds.values, naming(request))
            return provider_pb2.CheckResponse(
                inputs=encode(inputs, lifecycle.resource_type.secret_properties, news.secrets),
                failures=failures(problems, secrets),
            )

    def Diff(self, request: Any, context: Any) -> Any:
        """What differs between the last inputs and the new ones, and what of it needs a new resource."""
        old_inputs, state, news = decode(request.old_inputs), decode_state(request.olds), decode(request.news)
        with errors_told(context, news.secret_texts() | state.secret_texts()):
            lifecycle = self._lifecycle(request.urn, context, frozenset())
            ignored = [parsed_path(text) for text in request.ignoreChanges]
            found = [
                each
                for each in lifecycle.difference(old_inputs.values, state.values, news.values)
                if not any(is_below(each.path, path) for path in ignored)
            ]
            return diff_response(found, lifecycle, old_inputs.values, news.values)

    def Create(self, request: Any, context: Any) -> Any:
        """Make the resource, or predict it in a preview."""
        inputs = decode(request.properties)
        with errors_told(context, inputs.secret_texts()):
            lifecycle = self._lifecycle(request.urn, context, inputs.secret_texts())
            secret = secret_outputs(lifecycle.resource_type, inputs)
            if request.preview or contains_unknown(inputs.values):
                planned = lifecycle.preview_create(inputs.values)
                return provider_pb2.CreateResponse(properties=encode_state(UNKNOWN, planned, secret))
            try:
                identifier, state = lifecycle.create(inputs.values)
            except PartialFailureError as failure:
                abort_partial(
                    context, failure, encode_state(failure.identifier, failure.state, secret), request.properties
                )
                raise
            return provider_pb2.CreateResponse(id=identifier, properties=encode_state(identifier, state, secret))

    def Read(self, request: Any, context: Any) -> Any:
        """The live state, for refresh, import and look-ups; an empty answer when the resource is gone."""
        state, inputs = decode_state(request.properties), decode(request.inputs)
        with errors_told(context, state.secret_texts() | inputs.secret_texts()):
            lifecycle = self._lifecycle(request.urn, context, state.secret_texts() | inputs.secret_texts())
            result = lifecycle.read(request.id, state.values, inputs.values)
            if result is None:
                return provider_pb2.ReadResponse()
            secret = secret_outputs(lifecycle.resource_type, state, inputs)
            return provider_pb2.ReadResponse(
                id=result.id,
                properties=encode_state(result.id, result.state, secret),
                inputs=encode(result.inputs, secret),
            )

    def Update(self, request: Any, context: Any) -> Any:
        """Change the resource in place, or predict that in a preview."""
        state, old_inputs, news = decode_state(request.olds), decode(request.old_inputs), decode(request.news)
        texts = state.secret_texts() | news.secret_texts()
        with errors_told(context, texts):
            lifecycle = self._lifecycle(request.urn, context, texts)
            secret = secret_outputs(lifecycle.resource_type, news)
            if request.preview or contains_unknown(news.values):
                planned = lifecycle.preview_update(state.values, old_inputs.values, news.values)
                return provider_pb2.UpdateResponse(properties=encode_state(request.id, planned, secret))
            updated = lifecycle.update(request.id, state.values, old_inputs.values, news.values)
            return provider_pb2.UpdateResponse(properties=encode_state(request.id, updated, secret))

    def Delete(self, request: Any, context: Any) -> Any:
        """Remove the resource."""
        state, inputs = decode_state(request.properties), decode(request.old_inputs)
        with errors_told(context, state.secret_texts() | inputs.secret_texts()):
            lifecycle = self._lifecycle(request.urn, context, state.secret_texts() | inputs.secret_texts())
            lifecycle.delete(request.id, state.values, inputs.values)
            return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> Any:
        """Answer a data source."""
        arguments = decode(request.args)
        with errors_told(context, arguments.secret_texts()):
            invoke = self.invokes.get(request.tok)
            if invoke is None:
                known = ", ".join(sorted(self.invokes))
                raise ProviderError(
                    f"the sandbox does not know the function {request.tok}; it knows {known}. "
                    "Pass the value in by configuration, or add the function to sandbox/provider/invokes.py"
                )
            configuration = self._configuration(context)
            region = str(arguments.values.get("region") or configuration.region)
            if wrong := region_problem(region):
                raise ProviderError(f"{request.tok}: region: {wrong}")
            result = invoke(self.clients_for(region), arguments.values)
            response = provider_pb2.InvokeResponse()
            getattr(response, "return").CopyFrom(encode(result))  # a keyword of Python: no other way to name the field
            return response

    # --- parts

    def _lifecycle(self, urn: str, context: Any, secrets: frozenset[str]) -> Lifecycle:
        token = type_token(urn)
        configuration = self._configuration(context)
        if token not in self.resource_types:
            raise ProviderError(self._unknown_type(token).message)
        return Lifecycle(
            resource_type=self.resource_types[token],
            urn=urn,
            clients_for=lambda region: self.clients_for(region or configuration.region),
            default_tags=configuration.default_tags,
            ledger=self.ledger,
            judge=self.judge,
            secrets=secrets,
            program_directory=self.program_directory,
        )

    def _configuration(self, context: Any) -> Configuration:
        with self._lock:
            found = self._configurations.get(context.peer())
            if found is not None:
                return found
            # A connection that was idle for long comes back from another port; that is unambiguous while all say the
            # same.
            distinct = list({repr(each): each for each in self._configurations.values()}.values())
        if len(distinct) == 1:
            return distinct[0]
        raise ProviderError("the engine has not configured the aws provider on this connection; run the command again")

    def _unknown_type(self, token: str) -> Problem:
        known = ", ".join(sorted(self.resource_types))
        return Problem(
            path=(),
            message=f"the sandbox has no resource type {token}. Deploy it to AWS with the official provider, "
            f"or describe it in sandbox/provider/resources/. It has: {known}",
        )
