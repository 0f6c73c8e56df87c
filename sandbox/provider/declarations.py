"""The declaration of each resource type, from the per-user cache, or else from the `pulumi_aws` package.

Importing what the provider needs of that package takes 5 s, for types that hardly ever change: so each is read once per
machine and kept as JSON. What is kept belongs to one version of the package, of Python and of the code that reads it;
every other is passed over, as is a file that cannot be read. Deliberately nothing here is needed twice: whoever deletes
the cache waits once more.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Final, cast

from sandbox.bootstrap import cache_directory
from sandbox.provider.schema import Declaration, Kind, Property

LOGGER: Final = logging.getLogger(__name__)

_HERE: Final = Path(__file__).resolve().parent
_READERS: Final = ("schema.py", "package.py", "declarations.py")


@cache
def declaration(token: str) -> Declaration:
    """What is declared of a resource type (`aws:lambda/function:Function`), or of the provider (`schema.PROVIDER`).

    Raises `LookupError` for a token that the package does not have.
    """
    file = _folder() / f"{token.replace(':', '-').replace('/', '.')}.json"
    try:
        return from_document(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        LOGGER.debug("nothing is kept yet of %s", token)
    except (OSError, ValueError, LookupError, TypeError) as error:
        LOGGER.warning("%s cannot be used and is made again: %s", file, error)
    document = read_package(token)
    _keep(file, json.dumps(document))
    return from_document(document)


def forget() -> None:
    """Lets the next look go to the cache again; for tests."""
    declaration.cache_clear()
    _folder.cache_clear()


def read_package(token: str) -> dict[str, Any]:
    """The declaration as a JSON document: `inputs`, `outputs`, and the `objects` that properties name in `fields`."""
    from sandbox.provider import package  # takes seconds, see there

    resource_class, arguments_class = package.classes(token)
    objects: dict[str, Any] = {}
    waiting = [arguments_class]

    def as_fields(fields: Mapping[str, Property]) -> Any:
        if not isinstance(fields, package.FieldsOf):
            return {name: as_property(each) for name, each in fields.items()}
        waiting.append(fields.arguments_class)
        return _name(fields.arguments_class)

    def as_property(found: Property) -> dict[str, Any]:
        document: dict[str, Any] = {"kind": found.kind.name}
        if found.required:
            document["required"] = True
        if found.element is not None:
            document["element"] = as_property(found.element)
        if found.kind is Kind.OBJECT:
            document["fields"] = as_fields(found.fields)
        if found.alternative is not None:
            document["alternative"] = as_property(found.alternative)
        return document

    for each in waiting:
        if _name(each) not in objects:
            declared = package.input_properties(each)
            objects[_name(each)] = {name: as_property(found) for name, found in declared.items()}
    outputs = sorted(package.output_types(resource_class))
    return {"inputs": _name(arguments_class), "outputs": outputs, "objects": objects}


def from_document(document: Mapping[str, Any]) -> Declaration:
    """The declaration that `read_package` has written down. Raises `LookupError` or `TypeError` for any other."""
    objects = cast("Mapping[str, Mapping[str, Any]]", document["objects"])
    inputs = _Fields(objects, objects[document["inputs"]])
    return Declaration(inputs=dict(inputs), outputs=frozenset(document["outputs"]))


class _Fields(Mapping[str, Property]):
    """Fields that are made when somebody asks: some objects contain themselves (WAF's statements are made of
    statements), and few are looked at.
    """

    def __init__(self, objects: Mapping[str, Mapping[str, Any]], fields: Mapping[str, Any]) -> None:
        self._objects = objects
        self._fields = fields
        self._made: dict[str, Property] = {}

    def __getitem__(self, name: str) -> Property:
        if name not in self._made:
            self._made[name] = self._property(self._fields[name])
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def _property(self, document: Mapping[str, Any]) -> Property:
        element, alternative = document.get("element"), document.get("alternative")
        fields: Any = document.get("fields", {})
        return Property(
            kind=Kind[document["kind"]],
            required=bool(document.get("required")),
            element=None if element is None else self._property(element),
            fields=_Fields(self._objects, self._objects[fields] if isinstance(fields, str) else fields),
            alternative=None if alternative is None else self._property(alternative),
        )


def _name(nested: type) -> str:
    return f"{nested.__module__}.{nested.__qualname__}"


@cache
def _folder() -> Path:
    digest = hashlib.sha256(f"{metadata.version('pulumi-aws')} {sys.version_info[:2]}".encode())
    for name in _READERS:
        digest.update((_HERE / name).read_bytes())
    return cache_directory() / "declarations" / digest.hexdigest()[:16]


def _keep(file: Path, text: str) -> None:
    """Puts a whole file in place; where the cache cannot be written, the next process reads the package again."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, delete=False) as scratch:
            scratch.write(text)
        Path(scratch.name).replace(file)
    except OSError as error:
        LOGGER.warning("%s cannot be written, so that the next start takes longer: %s", file, error)
