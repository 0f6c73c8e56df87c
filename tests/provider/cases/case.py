"""How a resource type is exercised: one table per type, run by `test_every_resource_type.py`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.provider.aws_clients import AwsClients
from sandbox.provider.values import Archive, Asset, Properties
from tests.provider.driver import Known, ProviderDriver

Inputs = Mapping[str, Any]


@dataclass(kw_only=True)
class World:
    """What a case may use: the provider, AWS behind its back, a folder, names that no other test has. `clean` ends it
    all.
    """

    aws: ProviderDriver
    clients: AwsClients
    folder: Path
    name: str
    _deployed: list[Known] = field(default_factory=list)
    _shared: dict[str, Known] = field(default_factory=dict)

    def need(self, token: str, inputs: Inputs, *, name: str = "needed") -> Known:
        """Another resource that the one under test needs; made once per `name`, destroyed at the end, newest first."""
        key = f"{token} {name}"
        if key not in self._shared:
            known = self.aws.deploy(token, inputs, name=f"{self.name}-{name}")
            self._deployed.append(known)
            self._shared[key] = known
        return self._shared[key]

    def keep(self, known: Known) -> Known:
        """Destroy this one at the end too."""
        self._deployed.append(known)
        return known

    def archive(self, **files: str) -> Archive:
        """An archive of text files; `handler="..."` is `handler.py`. Its hash is by content, as the engine's is."""
        assets = {f"{name}.py": Asset(text=text, hash=str(hash(text))) for name, text in files.items()}
        return Archive(assets=assets, hash=str(hash(tuple(sorted(files.items())))))

    def clean(self) -> None:
        while self._deployed:
            self.aws.delete(self._deployed.pop())


Build = Callable[[World], Properties]
"""Makes inputs in a world; asked more than once, it must answer the same."""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Inputs that AWS would refuse: the base inputs with `change` over them (None removes), and what Check must say."""

    change: Mapping[str, Any]
    message: str


@dataclass(frozen=True, kw_only=True)
class Beyond:
    """A change that the provider makes as AWS wants it and the plain emulator answers with an error that says
    `message`.
    """

    value: Any
    message: str


@dataclass(frozen=True, kw_only=True)
class Case:
    """Everything about one resource type.

    - `base`: inputs of the first deployment.
    - `changes`: input -> new value, or a function of the world. Each is applied alone to the base, in place, and taken
      back again.
    - `with_changes`: inputs that must change together with the one named (`{"logFormat": {...}}`).
    - `replaces`: input -> new value whose change must be announced as a replacement.
    - `beyond`: input -> change whose call the plain emulator does not know: the call is made, and its error reaches the
      user.
    - `untested`: input -> why none of these is possible here.
    - `absent`: outputs that this deployment has no value for, as with the official provider.
    - `volatile`: outputs that differ after a change was taken back (`lastModified`).
    - `drift`: changes one input's property behind the provider's back and returns its name; None says `why_no_drift`.
    - `settle`: waits until AWS takes the next change.
    - `remove`: deletes the resource behind the provider's back; None when AWS has no such thing apart from its parent
      (`why_not_removed`).
    - `import_id`: what a user writes to import it; the default is the id. `not_imported`: inputs that an import cannot
      know.
    - `refused`: at least one value that AWS does not accept.
    """

    token: str
    base: Build
    refused: tuple[Refusal, ...]
    changes: Mapping[str, Any] = field(default_factory=dict)
    with_changes: Mapping[str, Inputs] = field(default_factory=dict)
    replaces: Mapping[str, Any] = field(default_factory=dict)
    beyond: Mapping[str, Beyond] = field(default_factory=dict)
    untested: Mapping[str, str] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    volatile: frozenset[str] = frozenset()
    drift: Callable[[World, Known], str] | None = None
    remove: Callable[[World, Known], object] | None = None
    why_no_drift: str = ""
    why_not_removed: str = ""
    settle: Callable[[World, Known], object] = lambda world, known: None
    import_id: Callable[[Known], str] = lambda known: known.id
    not_imported: frozenset[str] = frozenset()


def value_in(world: World, value: Any) -> Any:
    """A table's value, or what its function makes of the world."""
    return value(world) if callable(value) else value
