"""Translate between the engine's protobuf structs and plain Python values.

Properties travel as `google.protobuf.Struct` with signature-tagged objects for secrets, assets and archives (pulumi
`sdk/go/common/resource/plugin/rpc.go`). Here they become plain `dict`, `list`, `str`, `int`, `float`, `bool` and `None`
beside three marker types: `UNKNOWN` (a value that exists only after the update), `Asset` and `Archive`. Where a secret
was is kept as paths, so that resource types see plain values and the frame alone decides what goes back as a secret.

Deliberately not `pulumi.provider.experimental.PropertyValue`: it drops the content hash of assets, which is what tells
whether a function's code changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, cast

from google.protobuf import struct_pb2

from sandbox.provider.paths import Path, existing_part, path_text, value_at

Properties = dict[str, Any]
"""Plain values by property name, as the user wrote the names (camelCase)."""

SIGNATURE_KEY: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the wire format's tag, not a secret
ASSET_SIGNATURE: Final = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE_SIGNATURE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"
OUTPUT_SIGNATURE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE_SIGNATURE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
UNKNOWN_SENTINELS: Final = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # string; the SDKs send it for every type
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)
ENCODED_UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class _Unknown(Enum):
    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown.UNKNOWN
"""Stands for a value that is not known before the update runs."""


@dataclass(frozen=True, kw_only=True)
class Asset:
    """One file: exactly one of `path` (on this machine), `text` or `uri`; `hash` is the engine's SHA-256 of the
    content.
    """

    path: str = ""
    text: str = ""
    uri: str = ""
    hash: str = ""


@dataclass(frozen=True, kw_only=True)
class Archive:
    """Many files: a folder or archive file at `path`, a `uri`, or `assets` by their path inside the archive."""

    path: str = ""
    uri: str = ""
    assets: Mapping[str, Asset | Archive] = field(default_factory=dict[str, "Asset | Archive"])
    hash: str = ""


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """A struct's plain values and the paths at which secrets were."""

    values: Properties
    secrets: frozenset[Path] = frozenset()

    def secret_properties(self) -> frozenset[str]:
        """Top-level names that are, or hold, a secret."""
        return frozenset(str(path[0]) for path in self.secrets if path)

    def secret_texts(self) -> frozenset[str]:
        """Every string inside a secret, to be struck out of messages."""
        texts: set[str] = set()
        for path in self.secrets:
            _collect_texts(value_at(self.values, path), texts)
        return frozenset(texts)


def decode(struct: struct_pb2.Struct) -> Decoded:
    """Plain values of what the engine sent; secrets anywhere inside are unwrapped and remembered by path."""
    secrets: set[Path] = set()
    values = {name: _decode(value, (name,), secrets) for name, value in struct.fields.items()}
    return Decoded(values=values, secrets=frozenset(secrets))


def encode(
    values: Mapping[str, Any], secret_properties: Iterable[str] = (), secret_paths: Iterable[Path] = ()
) -> struct_pb2.Struct:
    """The struct that the engine expects.

    Each of `secret_properties` is sent as a secret as a whole, each of `secret_paths` just there; where such a path no
    longer leads anywhere (a document became text), what is left of it is secret.
    """
    secret = {(name,) for name in secret_properties} | {existing_part(values, path) for path in secret_paths}
    struct = struct_pb2.Struct()
    for name, value in values.items():
        _encode(struct.fields[name], value, (name,), secret)
    return struct


def contains_unknown(value: Any) -> bool:
    """True when the value, or anything inside it, exists only after the update."""
    if value is UNKNOWN:
        return True
    if isinstance(value, Mapping):
        return any(contains_unknown(item) for item in cast("Mapping[str, Any]", value).values())
    if isinstance(value, (list, tuple)):
        return any(contains_unknown(item) for item in cast("Sequence[Any]", value))
    return False


def object_of(value: Any) -> Mapping[str, Any]:
    """An object that may be absent (or not known yet), as one that can be asked: an empty one then."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def list_of(value: Any) -> list[Any]:
    """The same for lists."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def _decode(value: struct_pb2.Value, path: Path, secrets: set[Path]) -> Any:
    match value.WhichOneof("kind"):
        case "string_value":
            return UNKNOWN if value.string_value in UNKNOWN_SENTINELS else value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [_decode(item, (*path, index), secrets) for index, item in enumerate(value.list_value.values)]
        case "struct_value":
            return _decode_object(value.struct_value, path, secrets)
        case _:
            return None


def _decode_object(struct: struct_pb2.Struct, path: Path, secrets: set[Path]) -> Any:
    fields = struct.fields
    signature = fields[SIGNATURE_KEY].string_value if SIGNATURE_KEY in fields else ""
    match signature:
        case "":
            return {name: _decode(item, (*path, name), secrets) for name, item in fields.items()}
        case _ if signature == SECRET_SIGNATURE:
            secrets.add(path)
            return _decode(fields["value"], path, secrets)
        case _ if signature == OUTPUT_SIGNATURE:
            if "secret" in fields and fields["secret"].bool_value:
                secrets.add(path)
            return _decode(fields["value"], path, secrets) if "value" in fields else UNKNOWN
        case _ if signature == ASSET_SIGNATURE:
            return Asset(**_texts(fields, "path", "text", "uri", "hash"))
        case _ if signature == ARCHIVE_SIGNATURE:
            inside: Mapping[str, Any] = {}
            if "assets" in fields:
                inside = cast("Mapping[str, Any]", _decode(fields["assets"], path, secrets)) or {}
            return Archive(assets=dict(inside), **_texts(fields, "path", "uri", "hash"))
        case _ if signature == RESOURCE_SIGNATURE:
            return fields["id"].string_value if "id" in fields else fields["urn"].string_value
        case _:
            raise ValueError(f"{path_text(path)}: the engine sent an object of an unknown kind ({signature})")


def _texts(fields: Mapping[str, struct_pb2.Value], *names: str) -> dict[str, str]:
    return {name: fields[name].string_value for name in names if name in fields}


def _encode(target: struct_pb2.Value, value: Any, path: Path, secret: AbstractSet[Path]) -> None:
    """Writes the value into its place: what is made apart is copied once more at every level above it."""
    if path in secret:
        _encode(_tagged(target, SECRET_SIGNATURE)["value"], value, path, secret - {path})
    elif value is None:
        target.null_value = struct_pb2.NULL_VALUE
    elif value is UNKNOWN:
        target.string_value = ENCODED_UNKNOWN
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, (int, float)):
        target.number_value = value
    elif isinstance(value, str):
        target.string_value = value
    elif isinstance(value, Asset):
        _encode_texts(_tagged(target, ASSET_SIGNATURE), value, "path", "text", "uri", "hash")
    elif isinstance(value, Archive):
        fields = _tagged(target, ARCHIVE_SIGNATURE)
        _encode_texts(fields, value, "path", "uri", "hash")
        if value.assets or not (value.path or value.uri):
            _encode(fields["assets"], value.assets, path, secret)
    elif isinstance(value, Mapping):
        target.struct_value.SetInParent()  # an empty object is one too
        for name, item in object_of(cast("Any", value)).items():
            _encode(target.struct_value.fields[name], item, (*path, name), secret)
    elif isinstance(value, (list, tuple)):
        target.list_value.SetInParent()
        for index, item in enumerate(cast("Sequence[Any]", value)):
            _encode(target.list_value.values.add(), item, (*path, index), secret)
    else:
        raise TypeError(f"{path_text(path)}: a {type(value).__name__} cannot be sent to the engine")


def _encode_texts(fields: Any, value: Asset | Archive, *names: str) -> None:
    for name in names:
        if text := str(getattr(value, name)):
            fields[name].string_value = text


def _tagged(target: struct_pb2.Value, signature: str) -> Any:
    """The fields of an object that says what it is."""
    fields: Any = target.struct_value.fields
    fields[SIGNATURE_KEY].string_value = signature
    return fields


def _collect_texts(value: Any, texts: set[str]) -> None:
    if isinstance(value, str):
        texts.add(value)
    elif isinstance(value, Mapping):
        for item in cast("Mapping[str, Any]", value).values():
            _collect_texts(item, texts)
    elif isinstance(value, (list, tuple)):
        for item in cast("Sequence[Any]", value):
            _collect_texts(item, texts)
