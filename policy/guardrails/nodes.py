"""What a property can be: known, unknown before the update, secret, a file, or something that no rule understands.

The engine sends values as JSON, with objects that carry a signature for what JSON has no form for, and fixed texts for
what is not known yet (`sdk/go/common/resource/plugin/rpc.go` and `resource/sig/sig.go` of pulumi v3.255.0). `node`
turns that into nodes, once per resource; a state file holds the same objects and is read in the same way.

It judges nothing and never raises: what it does not understand becomes a value that is no text, number or object, so
that a rule that expects one of these reports it.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""The key of an object that stands for something else; the value under it says what."""

SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  # Pulumi's public signature of a secret
REDACTED: Final = "[secret]"
"""What the engine shows in place of a secret that it cannot or must not decrypt, as in `pulumi policy analyze`."""

_ASSET: Final = "c44067f5952c0a294b673a41bacd8c17"
_ARCHIVE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"
_RESOURCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_BYTES: Final = "803fd3297a5875dc03ca845dda5d2a98"

UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine sends in place of a text that is not known yet."""

UNKNOWN_SENTINELS: Final = frozenset(
    {
        UNKNOWN_TEXT,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # a switch
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # a number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # a list
        "030794c1-ac77-496b-92df-f27374a8bd58",  # an asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # an archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # an object
    }
)
"""What the engine sends in place of a value of each kind that is not known yet."""


@dataclass(frozen=True, slots=True)
class Known:
    """A value that is there: a scalar, `dict[str, Node]`, `list[Node]`, or one of the classes below.

    `secret` is true when the value, or something around it, is marked as a secret by Pulumi.
    """

    value: object
    secret: bool = False

    def __repr__(self) -> str:
        """Never show the value: a reading ends up in tracebacks and in the output of failing tests."""
        return f"Known(<{type(self.value).__name__}>, secret={self.secret})"


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that the engine will know in the update only."""

    secret: bool = False


Node = Known | Unknown


@dataclass(frozen=True, kw_only=True, slots=True)
class Asset:
    """A file: its text, or where it is (`path` as the program wrote it, `uri`). Exactly one of them is there."""

    path: str | None = None
    text: str | None = field(default=None, repr=False)
    uri: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Archive:
    """Files under their names in the archive (nodes of `Asset` and `Archive`), or where the archive or folder is."""

    path: str | None = None
    uri: str | None = None
    files: Mapping[str, Node] | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class ResourceReference:
    """Another resource, passed as a whole. `identifier` is missing for components and unknown in a preview."""

    urn: str
    identifier: Node | None = None


@dataclass(frozen=True, slots=True)
class Unrecognized:
    """An object whose signature or form this pack has never seen."""

    signature: str


@dataclass(frozen=True, slots=True)
class SecretMark:
    """A plain value that is known to be secret, for those who read it from elsewhere than the engine."""

    value: object

    def __repr__(self) -> str:
        """Never show the value."""
        return "SecretMark(...)"


def node(value: object, *, secret: bool = False) -> Node:
    """The node of a JSON value as the engine sends it; `secret` when something around it is marked so."""
    if isinstance(value, str):
        return Unknown(secret) if value in UNKNOWN_SENTINELS else Known(value, secret)
    if isinstance(value, dict):
        entries = cast("dict[str, object]", value)
        if SIGNATURE in entries:
            return _signed(entries, secret=secret)
        return Known({name: node(entry, secret=secret) for name, entry in entries.items()}, secret)
    if isinstance(value, list):
        return Known([node(element, secret=secret) for element in cast("list[object]", value)], secret)
    if isinstance(value, SecretMark):
        return node(value.value, secret=True)
    if isinstance(value, Known | Unknown):
        return value
    return Known(value, secret)


def without_files(found: Node) -> Node:
    """The node of a document that was written elsewhere: files that it names are not known here, texts in it are."""
    if isinstance(found, Unknown):
        return found
    match found.value:
        case Asset(path=str()) | Archive(path=str()):
            return Unknown(found.secret)
        case Archive(files=Mapping() as files):
            unknown = any(isinstance(without_files(each), Unknown) for each in files.values())
            return Unknown(found.secret) if unknown else found
        case dict():
            entries = cast("dict[str, Node]", found.value)
            return Known({name: without_files(each) for name, each in entries.items()}, found.secret)
        case list():
            return Known([without_files(each) for each in cast("list[Node]", found.value)], found.secret)
        case _:
            return found


def _signed(entries: Mapping[str, object], *, secret: bool) -> Node:
    match entries[SIGNATURE]:
        case signature if signature == SECRET:
            value = entries.get("value")
            return Unknown(secret=True) if value == REDACTED else node(value, secret=True)
        case signature if signature == _OUTPUT:
            secret = secret or entries.get("secret") is True
            return node(entries["value"], secret=secret) if "value" in entries else Unknown(secret)
        case signature if signature == _ASSET:
            return Known(_asset(entries), secret)
        case signature if signature == _ARCHIVE:
            return Known(_archive(entries, secret=secret), secret)
        case signature if signature == _RESOURCE and isinstance(entries.get("urn"), str):
            identifier = node(entries["id"], secret=secret) if "id" in entries else None
            return Known(ResourceReference(urn=str(entries["urn"]), identifier=identifier), secret)
        case signature if signature == _BYTES:
            return Known(_decoded(entries.get("value")), secret)
        case signature:
            return Known(Unrecognized(str(signature)), secret)


def _asset(entries: Mapping[str, object]) -> object:
    path, text, uri = (_text(entries, name) for name in ("path", "text", "uri"))
    if path is None and uri is None:
        text = text or ""  # the engine leaves an empty text out
    return Asset(path=path, text=text, uri=uri)


def _archive(entries: Mapping[str, object], *, secret: bool) -> object:
    path, uri, files = _text(entries, "path"), _text(entries, "uri"), entries.get("assets")
    if isinstance(files, dict):
        named = cast("dict[str, object]", files)
        return Archive(files={name: node(entry, secret=secret) for name, entry in named.items()})
    return Unrecognized(_ARCHIVE) if path is None and uri is None else Archive(path=path, uri=uri)


def _text(entries: Mapping[str, object], name: str) -> str | None:
    value = entries.get(name)
    return value if isinstance(value, str) and value else None


def _decoded(value: object) -> object:
    try:
        return base64.b64decode(str(value), validate=True)
    except binascii.Error:
        return Unrecognized(_BYTES)
