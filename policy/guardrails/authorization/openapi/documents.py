"""Turns the text of an OpenAPI body into an object, JSON or YAML, without trusting it.

Whatever another reader could understand differently is refused rather than interpreted: keys that occur twice, YAML's
aliases, merge keys, tags and further documents. So is what could exhaust the reader: texts beyond what API Gateway
imports, and deep nesting. No error repeats a part of the text, which may be secret.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NoReturn, cast

MAX_BYTES: Final = 6 * 1024 * 1024
"""API Gateway imports no larger definition (developer guide, "Quotas for configuring and running a REST API")."""

MAX_DEPTH: Final = 100


class UnreadableDocumentError(Exception):
    """The text is no document that can be judged. The message continues "its body ..." and repeats nothing of it."""


class _NotJsonError(Exception):
    """The text is not JSON; it may be YAML."""


@lru_cache(maxsize=4)
def parse(text: str, *, with_functions: bool = False) -> Mapping[str, object]:
    """The object that the text holds, not to be changed: several rules get the same one.

    `with_functions` allows the short functions of CloudFormation templates (`!Ref`), except the one that expands into
    anything; what they give is not looked at. Raises `UnreadableDocumentError`.
    """
    if not text.strip():
        raise UnreadableDocumentError("is empty")
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise UnreadableDocumentError("is larger than the 6 MB that API Gateway imports")
    document = _parse(text, with_functions=with_functions)
    if not isinstance(document, dict):
        raise UnreadableDocumentError("holds no object")
    return cast("dict[str, object]", document)


def _parse(text: str, *, with_functions: bool) -> object:
    if not text.lstrip("\ufeff \t\r\n").startswith("{"):
        return _from_yaml(text, with_functions=with_functions)
    try:
        return _from_json(text)
    except _NotJsonError as not_json:
        try:
            return _from_yaml(text, with_functions=with_functions)  # a flow mapping may look like JSON
        except UnreadableDocumentError:
            raise UnreadableDocumentError(str(not_json)) from None


def _from_json(text: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise _NotJsonError(f"is not valid JSON at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise UnreadableDocumentError("is nested too deep") from None
    except ValueError:  # a number of thousands of digits
        raise UnreadableDocumentError("is not valid JSON") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UnreadableDocumentError("has an object with the same key twice, of which API Gateway sees one")
    return found


def _refuse_constant(_: str) -> NoReturn:
    raise UnreadableDocumentError("holds NaN or Infinity, which JSON has not")


def _from_yaml(text: str, *, with_functions: bool) -> object:
    # Imported here: few programs have a body at all, and a preview waits for the pack to start.
    import yaml

    reader = _reader(yaml)
    try:
        _check_events(yaml.parse(text, Loader=reader), yaml, with_functions=with_functions)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]  # its stubs leave events open
        loader = reader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                raise UnreadableDocumentError("is empty")
            _check_keys(node, yaml)
            return loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise UnreadableDocumentError(f"is not valid YAML{where}") from None
    except (yaml.YAMLError, ValueError, TypeError, OverflowError, RecursionError):
        # Characters that YAML does not allow, dates that do not exist, numbers that are too long.
        raise UnreadableDocumentError("is not valid YAML") from None


def _reader(yaml: Any) -> Any:
    """The library's safe reader, which also takes functions and reads them as nothing."""
    base = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    reader = type("TemplateReader", (base,), {})
    reader.add_multi_constructor("!", _nothing)  # pyright: ignore[reportAttributeAccessIssue]  # a class made here
    return reader


def _nothing(*_: object) -> None:
    """What a function of a template is read as."""


def _check_events(events: Any, yaml: Any, *, with_functions: bool) -> None:
    """Refuse what has no place in a body before anything is built from it: this uses no memory and no stack."""
    depth = documents = 0
    for event in events:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            raise UnreadableDocumentError(f"uses a YAML alias at line {line}; write the value out or use $ref")
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if documents > 1:
            raise UnreadableDocumentError(f"holds a second YAML document at line {line}")
        if depth > MAX_DEPTH:
            raise UnreadableDocumentError(f"is nested too deep at line {line}")
        tag = getattr(event, "tag", None)
        if tag is not None and not (with_functions and tag.startswith("!") and tag != "!Transform"):
            raise UnreadableDocumentError(f"uses a YAML tag at line {line}; write the plain value")


def _check_keys(root: Any, yaml: Any) -> None:
    """Refuse keys that occur twice, as they are read, and merge keys, which not every reader follows."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.SequenceNode):
            waiting.extend(cast("Sequence[Any]", node.value))
        elif isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in cast("Sequence[tuple[Any, Any]]", node.value):
                line = key.start_mark.line + 1
                if key.tag == "tag:yaml.org,2002:merge":
                    raise UnreadableDocumentError(f"uses a YAML merge key at line {line}; write the entries out")
                if not isinstance(key, yaml.ScalarNode):
                    raise UnreadableDocumentError(f"has a key that is no text at line {line}")
                if str(key.value) in seen:
                    raise UnreadableDocumentError(f"has the same key twice at line {line}, of which one is ignored")
                seen.add(str(key.value))
                waiting.append(value)
