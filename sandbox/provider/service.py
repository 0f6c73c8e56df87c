"""The gRPC `ResourceProvider` that the engine talks to: translation between its messages and `lifecycle.py`.

One server answers every provider that a program makes (the default one, one per extra region): the engine opens a connection per
provider and configures it there, so configurations are kept by connection. Deliberately no `GetSchema`: no command of ours asks for it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from sandbox.provider.aws_clients import AwsClients
from sandbox.provider.cloudformation_judge import CloudFormationJudge
from sandbox.provider.configuration import Configuration, configuration_problems, read_configuration
from sandbox.provider.differences import Change, Difference
from sandbox.provider.errors import ProviderError, scrub
from sandbox.provider.ledger import Ledger
from sandbox.provider.lifecycle import Lifecycle, PartialFailure
from sandbox.provider.naming import Naming
from sandbox.provider.resource_type import Problem, ResourceType
from sandbox.provider.values import Decoded, Properties, contains_unknown, decode, encode, path_text

LOGGER: Final = logging.getLogger(__name__)

OFFICIAL_VERSION: Final = "7.51.1"
"""The version of the official plugin that this one stands in for; the same as `pulumi-aws` in requirements.txt."""

Invoke = Callable[[AwsClients, Mapping[str, Any]], Mapping[str, Any]]
"""A data source: clients and arguments in, result out."""

_CHANGE_KINDS: Final = {
    (Change.ADD, False): provider_pb2.PropertyDiff.ADD,
    (Change.ADD, True): provider_pb2.PropertyDiff.ADD_REPLACE,
    (Change.DELETE, False): provider_pb2.PropertyDiff.DELETE,
    (Change.DELETE, True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    (Change.UPDATE, False): provider_pb2.PropertyDiff.UPDATE,
    (Change.UPDATE, True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


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

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC's names
        """What this provider understands: secrets come as such, everything else as plain values."""
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True, accept_resources=False, accept_outputs=False, supports_autonaming_configuration=True
        )

    def Attach(self, request: Any, context: Any) -> Any:  # noqa: N802
        """The engine attached to a running server; there is nothing to say back to it."""
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802
        """The user interrupted: calls under way are short and end by themselves."""
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Name the official plugin's version, so that programs pinned to it are content."""
        return plugin_pb2.PluginInfo(version=OFFICIAL_VERSION)

    def GetMapping(self, request: Any, context: Any) -> Any:  # noqa: N802
        """No conversion from other tools."""
        return provider_pb2.GetMappingResponse()

    def GetMappings(self, request: Any, context: Any) -> Any:  # noqa: N802
        """No conversion from other tools."""
        return provider_pb2.GetMappingsResponse()

    # --- its configuration

    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Refuse settings that the official provider does not have, or that make no sense in the sandbox."""
        with _errors_told(context, ()):
            decoded = decode(request.news)
            problems = configuration_problems(decoded.values)
            return provider_pb2.CheckResponse(inputs=request.news, failures=_failures(problems, decoded.secret_texts()))

    def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Another region is another provider: everything under it is replaced, as with the official one."""
        with _errors_told(context, ()):
            old, new = decode(request.old_inputs).values, decode(request.news).values
            changed = [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
            return provider_pb2.DiffResponse(
                changes=provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE,
                diffs=changed,
                replaces=["region"] if "region" in changed and old.get("region") else [],
            )

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Remember region and default tags for this connection."""
        with _errors_told(context, ()):
            configuration = read_configuration(decode(request.args).values)
            with self._lock:
                self._configurations[context.peer()] = configuration
            return provider_pb2.ConfigureResponse(
                acceptSecrets=True,
                supportsPreview=True,
                acceptResources=False,
                acceptOutputs=False,
                supports_autonaming_configuration=True,
            )

    # --- resources

    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Judge inputs, in preview and update alike, and fill in names and defaults."""
        news, olds = decode(request.news), decode(request.olds)
        secrets = news.secret_texts() | olds.secret_texts()
        with _errors_told(context, secrets):
            token = _type_token(request.urn)
            if token not in self.resource_types:
                return provider_pb2.CheckResponse(inputs=request.news, failures=_failures([self._unknown_type(token)], ()))
            lifecycle = self._lifecycle(request.urn, context, secrets)
            inputs, problems = lifecycle.check(news.values, olds.values, _naming(request))
            return provider_pb2.CheckResponse(
                inputs=encode(inputs, news.secret_properties() | lifecycle.resource_type.secret_properties),
                failures=_failures(problems, secrets),
            )

    def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802
        """What differs between the last inputs and the new ones, and what of it needs a new resource."""
        old_inputs, state, news = decode(request.old_inputs), decode(request.olds), decode(request.news)
        with _errors_told(context, news.secret_texts() | state.secret_texts()):
            lifecycle = self._lifecycle(request.urn, context, frozenset())
            found = lifecycle.difference(old_inputs.values, state.values, news.values)
            return _diff_response(found, lifecycle, old_inputs.values, news.values)

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Make the resource, or predict it in a preview."""
        inputs = decode(request.properties)
        with _errors_told(context, inputs.secret_texts()):
            lifecycle = self._lifecycle(request.urn, context, inputs.secret_texts())
            secret = _secret_outputs(lifecycle.resource_type, inputs)
            if request.preview or contains_unknown(inputs.values):
                return provider_pb2.CreateResponse(properties=encode(lifecycle.preview_create(inputs.values), secret))
            try:
                identifier, state = lifecycle.create(inputs.values)
            except PartialFailure as failure:
                _abort_partial(context, failure, encode(failure.state, secret), request.properties)
                raise
            return provider_pb2.CreateResponse(id=identifier, properties=encode(state, secret))

    def Read(self, request: Any, context: Any) -> Any:  # noqa: N802
        """The live state, for refresh, import and look-ups; an empty answer when the resource is gone."""
        state, inputs = decode(request.properties), decode(request.inputs)
        with _errors_told(context, state.secret_texts() | inputs.secret_texts()):
            lifecycle = self._lifecycle(request.urn, context, state.secret_texts() | inputs.secret_texts())
            result = lifecycle.read(request.id, state.values, inputs.values)
            if result is None:
                return provider_pb2.ReadResponse()
            secret = _secret_outputs(lifecycle.resource_type, state, inputs)
            return provider_pb2.ReadResponse(
                id=result.id, properties=encode(result.state, secret), inputs=encode(result.inputs, secret)
            )

    def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Change the resource in place, or predict that in a preview."""
        state, old_inputs, news = decode(request.olds), decode(request.old_inputs), decode(request.news)
        texts = state.secret_texts() | news.secret_texts()
        with _errors_told(context, texts):
            lifecycle = self._lifecycle(request.urn, context, texts)
            secret = _secret_outputs(lifecycle.resource_type, news)
            if request.preview or contains_unknown(news.values):
                planned = lifecycle.preview_update(state.values, old_inputs.values, news.values)
                return provider_pb2.UpdateResponse(properties=encode(planned, secret))
            updated = lifecycle.update(request.id, state.values, old_inputs.values, news.values)
            return provider_pb2.UpdateResponse(properties=encode(updated, secret))

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Remove the resource."""
        state, inputs = decode(request.properties), decode(request.old_inputs)
        with _errors_told(context, state.secret_texts() | inputs.secret_texts()):
            lifecycle = self._lifecycle(request.urn, context, state.secret_texts() | inputs.secret_texts())
            lifecycle.delete(request.id, state.values, inputs.values)
            return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Answer a data source."""
        arguments = decode(request.args)
        with _errors_told(context, arguments.secret_texts()):
            invoke = self.invokes.get(request.tok)
            if invoke is None:
                known = ", ".join(sorted(self.invokes))
                raise ProviderError(
                    f"the sandbox does not know the function {request.tok}; it knows {known}. "
                    "Pass the value in by configuration, or add the function to sandbox/provider/invokes.py"
                )
            configuration = self._configuration(context)
            region = arguments.values.get("region") or configuration.region
            result = invoke(self.clients_for(region), arguments.values)
            return provider_pb2.InvokeResponse(**{"return": encode(result)})

    # --- parts

    def _lifecycle(self, urn: str, context: Any, secrets: frozenset[str]) -> Lifecycle:
        token = _type_token(urn)
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
            # A connection that was idle for long comes back from another port; that is unambiguous while all say the same.
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


@contextmanager
def _errors_told(context: Any, secrets: frozenset[str] | tuple[()]) -> Iterator[None]:
    """Turn what was raised into a gRPC status. FAILED_PRECONDITION tells the engine that the operation did not happen."""
    try:
        yield
    except ProviderError as error:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, scrub(str(error), secrets))
    except grpc.RpcError:
        raise
    except Exception as error:
        if context.code() is not None:
            raise  # already aborted
        LOGGER.error("the aws provider failed: %s: %s", type(error).__name__, scrub(str(error), secrets), exc_info=not secrets)
        text = f"the sandbox's aws provider failed ({type(error).__name__}: {error}); its log has the details"
        context.abort(grpc.StatusCode.INTERNAL, scrub(text, secrets))


def _abort_partial(context: Any, failure: PartialFailure, state: struct_pb2.Struct, inputs: struct_pb2.Struct) -> None:
    details = provider_pb2.ErrorResourceInitFailed(
        id=failure.identifier, properties=state, reasons=[str(failure)], inputs=inputs
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(failure))
    status.details.add().Pack(details)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, str(failure))


def _failures(problems: list[Problem], secrets: frozenset[str] | tuple[()]) -> list[Any]:
    # The property's name goes into the reason: given as `property`, the engine would print the value beside it, secret or not.
    failures: list[Any] = []
    for problem in problems:
        where = f"{path_text(problem.path)}: " if problem.path else ""
        failures.append(provider_pb2.CheckFailure(reason=scrub(f"{where}{problem.message}", secrets)))
    return failures


def _diff_response(found: list[Difference], lifecycle: Lifecycle, old_inputs: Properties, news: Properties) -> Any:
    replaces = sorted({str(each.path[0]) for each in found if each.replaces})
    details = {
        path_text(each.path): provider_pb2.PropertyDiff(kind=_CHANGE_KINDS[each.change, each.replaces], inputDiff=True)
        for each in found
    }
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if found else provider_pb2.DiffResponse.DIFF_NONE,
        diffs=sorted({str(each.path[0]) for each in found}),
        replaces=replaces,
        detailedDiff=details,
        hasDetailedDiff=True,
        deleteBeforeReplace=bool(replaces) and lifecycle.delete_before_replace(old_inputs, news),
    )


def _naming(request: Any) -> Naming:
    options = request.autonaming
    modes = provider_pb2.CheckRequest.AutonamingOptions
    return Naming(
        logical_name=request.urn.rsplit("::", 1)[-1],
        seed=request.randomSeed,
        proposed=options.proposed_name if request.HasField("autonaming") else "",
        disabled=request.HasField("autonaming") and options.mode == modes.DISABLE,
    )


def _secret_outputs(resource_type: ResourceType, *decoded: Decoded) -> frozenset[str]:
    names = resource_type.secret_properties.union(*(each.secret_properties() for each in decoded))
    return names | {"tagsAll"} if "tags" in names else names


def _type_token(urn: str) -> str:
    # urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>
    return urn.split("::")[2].rsplit("$", 1)[-1]
