"""The engine's gRPC messages and statuses that say more than their fields: failures, differences, names, half-made
resources.
"""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

import grpc
from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2, status_pb2

from sandbox.provider.differences import Change, Difference
from sandbox.provider.errors import ProviderError, scrub
from sandbox.provider.lifecycle import Lifecycle, PartialFailureError
from sandbox.provider.naming import Naming
from sandbox.provider.paths import path_text
from sandbox.provider.resource_type import Problem, ResourceType
from sandbox.provider.values import Decoded, Properties, decode, encode

LOGGER: Final = logging.getLogger(__name__)

_CHANGE_KINDS: Final = {
    (Change.ADD, False): provider_pb2.PropertyDiff.ADD,
    (Change.ADD, True): provider_pb2.PropertyDiff.ADD_REPLACE,
    (Change.DELETE, False): provider_pb2.PropertyDiff.DELETE,
    (Change.DELETE, True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    (Change.UPDATE, False): provider_pb2.PropertyDiff.UPDATE,
    (Change.UPDATE, True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


@contextmanager
def errors_told(context: Any, secrets: frozenset[str] | tuple[()]) -> Generator[None]:
    """Turn what was raised into a gRPC status; FAILED_PRECONDITION tells the engine that nothing was done."""
    try:
        yield
    except ProviderError as error:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, scrub(str(error), secrets))
    except grpc.RpcError:
        raise
    except Exception as error:
        if context.code() is not None:
            raise  # already aborted
        LOGGER.error(
            "the aws provider failed: %s: %s", type(error).__name__, scrub(str(error), secrets), exc_info=not secrets
        )
        text = f"the sandbox's aws provider failed ({type(error).__name__}: {error}); its log has the details"
        context.abort(grpc.StatusCode.INTERNAL, scrub(text, secrets))


def abort_partial(
    context: Any, failure: PartialFailureError, state: struct_pb2.Struct, inputs: struct_pb2.Struct
) -> None:
    """End the call so that the engine keeps what was made (`ErrorResourceInitFailed`) and repairs it next time."""
    details = provider_pb2.ErrorResourceInitFailed(
        id=failure.identifier, properties=state, reasons=[str(failure)], inputs=inputs
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(failure))
    status.details.add().Pack(details)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, str(failure))


def failures(problems: list[Problem], secrets: frozenset[str] | tuple[()]) -> list[Any]:
    """Reasons to refuse inputs, each with its path, without secrets."""
    # The property's name goes into the reason: given as `property`, the engine would print the value beside it, secret
    # or not.
    failures: list[Any] = []
    for problem in problems:
        where = f"{path_text(problem.path)}: " if problem.path else ""
        failures.append(provider_pb2.CheckFailure(reason=scrub(f"{where}{problem.message}", secrets)))
    return failures


def diff_response(found: list[Difference], lifecycle: Lifecycle, old_inputs: Properties, news: Properties) -> Any:
    """Differences as the engine shows them, path by path."""
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


def naming(request: Any) -> Naming:
    """What a Check request says about the resource's name."""
    options = request.autonaming
    modes = provider_pb2.CheckRequest.AutonamingOptions
    return Naming(
        logical_name=request.urn.rsplit("::", 1)[-1],
        seed=request.randomSeed,
        proposed=options.proposed_name if request.HasField("autonaming") else "",
        disabled=request.HasField("autonaming") and options.mode == modes.DISABLE,
    )


def secret_outputs(resource_type: ResourceType, *decoded: Decoded) -> frozenset[str]:
    """Outputs that go back as secrets: what came as one, and what the type says always is one."""
    names = resource_type.secret_properties.union(*(each.secret_properties() for each in decoded))
    return names | {"tagsAll"} if "tags" in names else names


def decode_state(struct: struct_pb2.Struct) -> Decoded:
    """The outputs of a resource as its type declares them: its id is not one of those."""
    decoded = decode(struct)
    return replace(decoded, values={name: value for name, value in decoded.values.items() if name != "id"})


def encode_state(identifier: object, state: Properties, secret: frozenset[str]) -> struct_pb2.Struct:
    """Outputs as the official provider sends them, the id among them: policy packs see outputs alone."""
    return encode({"id": identifier, **state}, secret)


def type_token(urn: str) -> str:
    """The type in a URN: `urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>`."""
    return urn.split("::")[2].rsplit("$", 1)[-1]
