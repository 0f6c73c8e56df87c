"""What the engine asks of a resource, in plain values: check, difference, create, read, update, delete.

Ties a `ResourceType` table to the frame's parts. Knows nothing of gRPC (see `service.py`) and nothing of single
resource types (see `resources/`). Raises `ProviderError` with one scrubbed line; a failure after the resource exists
raises `PartialFailureError`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from sandbox.provider.aws_clients import AwsClients
from sandbox.provider.checked_inputs import checked
from sandbox.provider.cloudformation_judge import CloudFormationJudge
from sandbox.provider.differences import Change, Difference, differences
from sandbox.provider.errors import ProviderError, aws_error_code, describe
from sandbox.provider.ledger import Entry, Ledger
from sandbox.provider.naming import Naming, with_unique_name
from sandbox.provider.resource_type import DEFAULTS_KEY, Imported, Operation, Problem, ResourceType
from sandbox.provider.state import complete, merged_tags, planned_create, planned_update, refreshed_inputs
from sandbox.provider.values import Properties, list_of


class PartialFailureError(ProviderError):
    """The resource exists (with `id`), but not everything that was asked of it could be done."""

    def __init__(self, message: str, *, identifier: str, state: Properties) -> None:
        """Keep what the engine must write into its state, so that the next update repairs the resource."""
        super().__init__(message)
        self.identifier = identifier
        self.state = state


@dataclass(frozen=True, kw_only=True)
class ReadResult:
    """A live resource: its id, outputs, and the inputs that would lead to them."""

    id: str
    state: Properties
    inputs: Properties


@dataclass(frozen=True, kw_only=True)
class Lifecycle:
    """The operations on one resource under one provider configuration.

    `clients_for` gives clients for a region (None: the configuration's own). `secrets` are texts that no message may
    contain.
    """

    resource_type: ResourceType
    urn: str
    clients_for: Callable[[str | None], AwsClients]
    default_tags: Mapping[str, str]
    ledger: Ledger
    judge: CloudFormationJudge
    secrets: frozenset[str] = frozenset()
    program_directory: Path | None = None

    def check(
        self, given: Mapping[str, Any], old_inputs: Mapping[str, Any], naming: Naming
    ) -> tuple[Properties, list[Problem]]:
        """The inputs with names and defaults filled in, and every reason to refuse them."""
        region = self._clients(given, {}).region
        return checked(self.resource_type, given, old_inputs, naming, judge=self.judge, region=region)

    def difference(
        self, old_inputs: Mapping[str, Any], state: Mapping[str, Any], new_inputs: Mapping[str, Any]
    ) -> list[Difference]:
        """What an update would change; default tags of the provider that changed count for the resource."""
        # What AWS fills in for a part that is not given is no difference from giving just that.
        completes = self.resource_type.completes or _as_is
        found = differences(self.resource_type, completes(dict(old_inputs)), completes(dict(new_inputs)))
        if self.resource_type.replaces_when is not None:
            replacing = self.resource_type.replaces_when(old_inputs, new_inputs)
            found = [replace(each, replaces=each.replaces or each.path[0] in replacing) for each in found]
        tags_differ = any(each.path[0] == "tags" for each in found)
        wanted_tags = merged_tags(self.default_tags, new_inputs.get("tags"))
        if "tagsAll" in state and not tags_differ and wanted_tags != state["tagsAll"]:
            found.append(Difference(path=("tagsAll",), change=Change.UPDATE, replaces=False))
        return found

    def delete_before_replace(self, old_inputs: Mapping[str, Any], new_inputs: Mapping[str, Any]) -> bool:
        """True when the old and the new resource cannot exist side by side: the type says so, or the user gave both the
        same name. An automatic name is made anew for the new one (pulumi-terraform-bridge,
        `nameRequiresDeleteBeforeReplace`).
        """
        auto_name = self.resource_type.auto_name
        if self.resource_type.delete_before_replace or auto_name is None:
            return self.resource_type.delete_before_replace
        if auto_name.property in list_of(new_inputs.get(DEFAULTS_KEY)):
            return False
        old, new = old_inputs.get(auto_name.property), new_inputs.get(auto_name.property)
        return old is not None and old == new

    def preview_create(self, inputs: Mapping[str, Any]) -> Properties:
        """The outputs, as far as they can be known before the resource exists."""
        return planned_create(
            self.resource_type,
            _without_defaults(inputs),
            region=self._clients(inputs, {}).region,
            tags_all=merged_tags(self.default_tags, inputs.get("tags")),
        )

    def create(self, inputs: Mapping[str, Any]) -> tuple[str, Properties]:
        """Make it. Returns id and outputs; the id is in the ledger before anything else happens."""
        clients = self._clients(inputs, {})
        made: list[str] = []

        def created(identifier: str) -> None:
            if identifier not in made:
                made.append(identifier)
                self.ledger.record_created(self._entry(identifier, inputs, clients.region))

        named = with_unique_name(self.resource_type.auto_name, inputs)
        operation = self._operation(clients, inputs=named, created=created)
        try:
            identifier = self.resource_type.create(operation)
            created(identifier)
            made_now = self._operation(clients, identifier=identifier, inputs=inputs)
            return identifier, self._live(replace(made_now, told=operation.told))
        except PartialFailureError:
            raise
        except Exception as error:
            message = describe(error, action=f"creating {self._subject(inputs)}", secrets=self.secrets)
            if not made:
                raise ProviderError(message) from error
            raise self._partial(message, clients, made[0], inputs) from error

    def preview_update(
        self, state: Mapping[str, Any], old_inputs: Mapping[str, Any], inputs: Mapping[str, Any]
    ) -> Properties:
        """The outputs, as far as they can be known before the update."""
        changed = frozenset(str(each.path[0]) for each in self.difference(old_inputs, state, inputs))
        return planned_update(
            self.resource_type,
            state,
            _without_defaults(inputs),
            changed,
            region=self._clients(inputs, state).region,
            tags_all=merged_tags(self.default_tags, inputs.get("tags")),
        )

    def update(
        self, identifier: str, state: Mapping[str, Any], old_inputs: Mapping[str, Any], inputs: Mapping[str, Any]
    ) -> Properties:
        """Apply what differs; when nothing does (the last attempt failed half-way), apply everything again."""
        clients = self._clients(inputs, state)
        changed = frozenset(str(each.path[0]) for each in self.difference(old_inputs, state, inputs))
        if not changed:
            changed = frozenset(self.resource_type.inputs)
        operation = self._operation(clients, identifier=identifier, inputs=inputs, state=state, changed=changed)
        try:
            if self.resource_type.update is None:
                raise ProviderError(f"{self.resource_type.token} cannot be updated in place")
            self.resource_type.update(operation)
            return self._live(operation)
        except Exception as error:
            action = f"updating {self._subject(inputs)} ({identifier})"
            raise ProviderError(describe(error, action=action, secrets=self.secrets)) from error

    def read(self, identifier: str, state: Mapping[str, Any], old_inputs: Mapping[str, Any]) -> ReadResult | None:
        """The live resource, or None when it is gone. Without inputs and state it is an import: the id says where to
        look.
        """
        found = Imported(id=identifier, inputs=old_inputs)
        if not state and not _without_defaults(old_inputs) and self.resource_type.import_id is not None:
            try:
                found = self.resource_type.import_id(identifier)
            except ValueError as error:
                raise ProviderError(f"importing {self.resource_type.token}: {error}") from error
        clients = self._clients(found.inputs, state)
        operation = self._operation(clients, identifier=found.id, inputs=found.inputs, state=state)
        try:
            if not state and not _without_defaults(old_inputs) and self.resource_type.imported_id is not None:
                found_id = self.resource_type.imported_id(operation)
                if found_id is None:
                    return None
                operation = replace(operation, id=found_id)
            live = self._live_or_none(operation)
        except Exception as error:
            if aws_error_code(error) in self.resource_type.missing_codes:
                return None
            action = f"reading {self._subject(found.inputs)} ({identifier})"
            raise ProviderError(describe(error, action=action, secrets=self.secrets)) from error
        if live is None:
            return None
        return ReadResult(
            id=operation.id, state=live, inputs=refreshed_inputs(self.resource_type, old_inputs, state, live)
        )

    def delete(self, identifier: str, state: Mapping[str, Any], old_inputs: Mapping[str, Any]) -> None:
        """Remove it; what is gone already is fine."""
        clients = self._clients(old_inputs, state)
        try:
            self.resource_type.delete(self._operation(clients, identifier=identifier, inputs=old_inputs, state=state))
        except Exception as error:
            if aws_error_code(error) not in self.resource_type.missing_codes:
                action = f"deleting {self._subject(old_inputs)} ({identifier})"
                raise ProviderError(describe(error, action=action, secrets=self.secrets)) from error
        self.ledger.record_deleted(self._entry(identifier, old_inputs, clients.region))

    def _clients(self, inputs: Mapping[str, Any], state: Mapping[str, Any]) -> AwsClients:
        # The state is right about an existing resource; a changed region is a replacement, never an update.
        region = state.get("region") or inputs.get("region")
        return self.clients_for(region if isinstance(region, str) else None)

    def _operation(
        self,
        clients: AwsClients,
        *,
        identifier: str = "",
        inputs: Mapping[str, Any],
        state: Mapping[str, Any] | None = None,
        changed: frozenset[str] = frozenset(),
        created: Callable[[str], None] = lambda _identifier: None,
    ) -> Operation:
        return Operation(
            clients=clients,
            urn=self.urn,
            id=identifier,
            inputs=_without_defaults(inputs),
            state=state or {},
            changed=changed,
            tags=cast("Mapping[str, str]", merged_tags(self.default_tags, inputs.get("tags"))),
            program_directory=self.program_directory,
            created=created,
        )

    def _live(self, operation: Operation) -> Properties:
        live = self._live_or_none(replace(operation, written=True))
        if live is None:
            raise ProviderError(f"{operation.id} is gone right after it was written")
        return live

    def _live_or_none(self, operation: Operation) -> Properties | None:
        try:
            live = self.resource_type.read(operation)
        except Exception as error:
            if aws_error_code(error) in self.resource_type.missing_codes:
                return None
            raise
        if live is None:
            return None
        return complete(
            self.resource_type,
            live,
            operation.inputs,
            region=operation.clients.region,
            default_tags=self.default_tags,
        )

    def _partial(
        self, message: str, clients: AwsClients, identifier: str, inputs: Mapping[str, Any]
    ) -> PartialFailureError:
        try:
            state = self._live(self._operation(clients, identifier=identifier, inputs=inputs))
        except Exception as error:  # noqa: BLE001 - the first failure is what the user must see; this one is told beside it
            message += f"; {describe(error, action='reading what was made', secrets=self.secrets)}"
            state = {name: value for name, value in inputs.items() if name in self.resource_type.outputs}
        return PartialFailureError(message, identifier=identifier, state=state)

    def _entry(self, identifier: str, inputs: Mapping[str, Any], region: str) -> Entry:
        locators = {name: inputs[name] for name in sorted(self.resource_type.locators) if inputs.get(name) is not None}
        return Entry(urn=self.urn, type=self.resource_type.token, id=identifier, region=region, locators=locators)

    def _subject(self, inputs: Mapping[str, Any]) -> str:
        name = inputs.get(self.resource_type.auto_name.property) if self.resource_type.auto_name else None
        return f"{self.resource_type.token} {name}" if isinstance(name, str) else self.resource_type.token


def _as_is(inputs: Properties) -> Properties:
    return inputs


def _without_defaults(inputs: Mapping[str, Any]) -> Properties:
    return {name: value for name, value in inputs.items() if name != DEFAULTS_KEY}
