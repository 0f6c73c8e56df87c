"""The description of one resource type: a frozen table that the frame turns into Check, Diff, Create, Read, Update,
Delete.

A table says which inputs force a replacement, what the official provider fills in, and which constraints AWS publishes;
four functions on `Operation` talk to AWS. Names and types of inputs and outputs are the `pulumi_aws` package's, by the
token. Everything else (secrets, unknown values, tags, names, diffs, previews, the ledger, error messages) is the
frame's and the same for every type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, Final

from sandbox.provider.aws_clients import AwsClients
from sandbox.provider.declarations import declaration
from sandbox.provider.paths import Path
from sandbox.provider.schema import Property
from sandbox.provider.values import Properties

DEFAULTS_KEY: Final = "__defaults"
"""Bookkeeping input, as in the official provider's state: names of the inputs that the provider, not the user, filled
in.
"""

MISSING_CODES: Final = frozenset(
    {"ResourceNotFoundException", "NoSuchEntity", "NoSuchEntityException", "NotFoundException"}
)
"""AWS error codes that mean: this resource does not exist."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One reason to refuse the inputs: where (a path in the user's own names) and what is wrong and allowed."""

    path: Path
    message: str


@dataclass(frozen=True, kw_only=True)
class AutoName:
    """How the official provider names what the user left unnamed: logical name, `-`, seven hex digits, within AWS's
    length.
    """

    property: str = "name"
    maximum_length: int = 64
    separator: str = "-"
    suffix: str = ""


@dataclass(frozen=True, kw_only=True)
class CloudFormationShape:
    """How inputs become the properties of the CloudFormation type whose published constraints judge them.

    Untouched names are translated by the rule (`memorySize` -> `MemorySize`, `tags` -> list of `Key`/`Value`).
    `renames` and `omits` use dotted paths of Pulumi names without list indexes (`endpointConfiguration.types`); a
    renamed path may be dotted on the CloudFormation side too, which moves the value (`{"s3Bucket": "Code.S3Bucket"}`).
    `adjust` gets the translated properties last, for what a table cannot say; `supplies` names required CloudFormation
    properties that have no input of their own (they come from somewhere else), so that their absence is no error.
    `only`: the inputs that this type is about, when it is not about all; without any of them nothing is judged.
    """

    type_name: str
    renames: Mapping[str, str] = field(default_factory=dict[str, str])
    omits: frozenset[str] = frozenset()
    adjust: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    supplies: frozenset[str] = frozenset()
    only: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True)
class ApiShape:
    """How inputs become members of a boto3 operation whose botocore model judges them (for types without a
    CloudFormation twin).

    `members` maps dotted Pulumi paths to dotted member paths (`rotationRules.scheduleExpression` ->
    `RotationRules.ScheduleExpression`).
    """

    service: str
    operation: str
    members: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One call on one resource, with everything that a resource type's function may look at.

    `inputs`: checked plain inputs (create, update: the new ones; read: the last known ones, for an import what the
    import id says; delete: the last ones). `state`: last known outputs, empty on create and import. `changed`: names of
    the inputs that differ, on update. `tags`: the inputs' tags merged over the provider's default tags.
    `program_directory`: where relative paths of assets start. `written`: on read, that it follows a create or update,
    so the inputs are what was just sent. `created` must be called with the new id as soon as AWS has made the resource,
    before anything else that can fail. `told`: where create and update leave for the read that follows what AWS says
    only once (the answer of an invocation); empty in every other read.
    """

    clients: AwsClients
    urn: str
    id: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    state: Mapping[str, Any] = field(default_factory=dict[str, Any])
    changed: frozenset[str] = frozenset()
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    program_directory: FilePath | None = None
    written: bool = False
    created: Callable[[str], None] = lambda _identifier: None
    told: dict[str, Any] = field(default_factory=dict[str, Any])

    def client(self, service: str) -> Any:
        """Short for `operation.clients.client(service)`."""
        return self.clients.client(service)


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What an import id says: the resource's own id, and the inputs needed to find it."""

    id: str
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """One resource type of the `aws` package.

    - `create` makes the resource, calls `operation.created(id)` at once, and returns the id.
    - `read` returns every output that has a getter (absent only where the official provider has none), or None when the
      resource is gone. The frame calls it after create and update too, so refresh shows exactly what was stored. It
      fills in `region`, `tags` (give `tagsAll` as AWS tells them) and drops None.
    - `update` applies `operation.changed`; None when every input replaces.
    - `delete` removes it; "not found" errors count as success.
    """

    token: str
    create: Callable[[Operation], str]
    read: Callable[[Operation], Properties | None]
    delete: Callable[[Operation], None]
    update: Callable[[Operation], None] | None = None

    replaces: frozenset[str] = frozenset()
    """Inputs (dotted paths allowed) whose change needs a new resource. `region` always does."""
    replaces_when: Callable[[Mapping[str, Any], Mapping[str, Any]], frozenset[str]] | None = None
    """From old and new inputs: further inputs whose change needs a new resource, where that depends on the values."""
    delete_before_replace: bool = False
    """True where AWS allows only one at a time; a user-given name that stays the same has the same effect."""
    defaults: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What the official provider's schema fills in for absent inputs."""
    computed: frozenset[str] = frozenset()
    """Optional inputs that AWS chooses when absent: leaving them out is neither a change nor drift."""
    auto_name: AutoName | None = None
    json_properties: frozenset[str] = frozenset()
    """Inputs that are JSON documents: compared by meaning, given as text or object, kept as text."""
    unordered: frozenset[str] = frozenset()
    """List inputs (dotted paths) that are sets: order is no difference."""
    choices: frozenset[str] = frozenset()
    """Objects (dotted paths) that choose something by being there, even when empty (`defaultAction.block`)."""
    secret_properties: frozenset[str] = frozenset()
    """Properties that are always secret, whatever the user said."""
    write_only: frozenset[str] = frozenset()
    """Inputs that have no output or that AWS never tells; a refresh keeps them as they are."""
    recomputed: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    """Output -> inputs whose change gives it a new value, for previews of updates."""
    completes: Callable[[Properties], Properties] | None = None
    """From inputs to what AWS makes of them where it fills in members of an object: for previews, and because leaving a
    member out is no difference from giving what AWS fills in.
    """
    locators: frozenset[str] = frozenset()
    """Inputs needed beside the id to find the resource (never secret): they go into the ledger."""
    import_id: Callable[[str], Imported] | None = None
    """Parses an import id of several parts; ValueError with the expected form otherwise."""
    imported_id: Callable[[Operation], str | None] | None = None
    """Looks up the id of an import whose import id does not contain it, from the inputs that `import_id` found."""
    check: Callable[[Properties], Iterable[Problem]] | None = None
    """Rules that neither types nor AWS's schemas tell (exclusive inputs); values may be `UNKNOWN`."""
    cloudformation: CloudFormationShape | None = None
    further_cloudformation: tuple[CloudFormationShape, ...] = ()
    """For inputs that CloudFormation has in a type of their own (a secret's policy)."""
    api: ApiShape | None = None
    missing_codes: frozenset[str] = MISSING_CODES
    unsupported: Mapping[str, str] = field(default_factory=dict[str, str])
    """Inputs that the official provider has and the sandbox cannot honour -> why. Giving one is an error, never
    ignored.
    """

    @property
    def inputs(self) -> Mapping[str, Property]:
        """Names, types and required-ness of the inputs, as the `pulumi_aws` package declares them."""
        return declaration(self.token).inputs

    @property
    def outputs(self) -> frozenset[str]:
        """Names of all outputs, as the `pulumi_aws` package declares them."""
        return declaration(self.token).outputs

    @property
    def service(self) -> str:
        """The service's name in the token: `lambda` of `aws:lambda/function:Function`."""
        return self.token.split(":")[1].split("/")[0]
