"""The page of one rule."""

import json
import re
import textwrap
from collections.abc import Iterator
from importlib import import_module
from typing import Final

from guardrails.rules import ResourceRule, Rule
from tests.policy.fixtures.fixture import Fixture
from tests.policy.judging import Declared, judge
from tests.policy.pages.example import program

WIDTH: Final = 127
"""Of a line of prose, as everywhere in `docs`."""

GENERATED: Final = "<!-- Written by `make policy-pages` from the rule's metadata and its tests. -->"


def page(fixture: Fixture) -> str:
    """The whole text of `docs/policies/<rule>.md`."""
    return "\n\n".join(_parts(fixture)) + "\n"


def family_of(rule: Rule) -> str:
    """The package below `guardrails` that holds the rule, which is its family."""
    return rule.check.__module__.split(".")[1]


def family_purpose(family: str) -> str:
    """The first sentence of the family's package: what all of its rules are for."""
    documentation = import_module(f"guardrails.{family}").__doc__ or ""
    return " ".join(documentation.partition("\n\n")[0].split())


def _parts(fixture: Fixture) -> Iterator[str]:
    rule, metadata = fixture.rule, fixture.rule.metadata
    family = family_of(rule)
    yield f"# {metadata.name}"
    yield GENERATED
    yield prose(metadata.description)
    yield prose(
        f"Severity {metadata.severity.value}, enforcement {metadata.level.value}. "
        f"Family [{family}](README.md#{family}). {_moment(rule)}"
    )
    yield from ("## What is judged", prose(metadata.judged))
    yield from ("## Why", prose(metadata.why))
    yield from ("## How to fix", prose(metadata.remediation))
    if rule.settings:
        yield from ("## Settings", _settings(rule))
    yield from ("## Complies", _yaml(fixture.compliant))
    if fixture.also_compliant:
        yield "Also complies:\n\n" + "\n".join(_item(_sentence(title)) for title in fixture.also_compliant)
    yield "## Violates"
    first, *others = fixture.violating
    yield from (prose(_sentence(first.title)), _yaml(first.stack), _told(rule, first.stack))
    if others:
        yield "Also violates:\n\n" + "\n".join(_case(one.title, _message(rule, one.stack)) for one in others)
    if fixture.waiting:
        yield "## Waits for the update"
        yield "\n".join(_case(one.title, _note(rule, one.stack)) for one in fixture.waiting)
    if metadata.sources:
        yield from ("## Sources", "\n".join(_item(_link(source)) for source in metadata.sources))


def prose(text: str) -> str:
    """Markdown with its paragraphs and list items wrapped; tables and code stay as they are."""
    return "\n\n".join(_paragraph(paragraph) for paragraph in text.split("\n\n"))


def _paragraph(text: str) -> str:
    if text.startswith(("|", "```", "    ")):
        return text
    if text.startswith(("- ", "* ")):
        return "\n".join(_item(item[2:]) for item in re.split(r"\n(?=[-*] )", text))
    return textwrap.fill(" ".join(text.split()), WIDTH, break_long_words=False, break_on_hyphens=False)


def _item(text: str) -> str:
    return textwrap.fill(
        f"- {' '.join(text.split())}", WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def _case(title: str, message: str) -> str:
    """A title and what the terminal says, as an item of a list."""
    marks = "``" if "`" in message else "`"
    return _item(f"{_sentence(title)} {marks}{message}{marks}")


def _sentence(title: str) -> str:
    return f"{title[:1].upper()}{title[1:].removesuffix('.')}."


def _moment(rule: Rule) -> str:
    if isinstance(rule, ResourceRule):
        return "Judged by a resource's inputs, before it is created or changed."
    return "Judged on the whole stack, at the end of a preview and of an update."


def _settings(rule: Rule) -> str:
    rows = ["| setting | meaning | default | schema |", "|---|---|---|---|"]
    for setting in rule.settings:
        schema = json.dumps(setting.schema, ensure_ascii=False).replace("|", "\\|")
        default = json.dumps(setting.default, ensure_ascii=False).replace("|", "\\|")
        rows.append(f"| `{setting.name}` | {setting.meaning} | `{default}` | `{schema}` |")
    return "\n".join(rows)


def _yaml(stack: tuple[Declared, ...]) -> str:
    return f"```yaml\n{program(stack)}```"


def _told(rule: Rule, stack: tuple[Declared, ...]) -> str:
    return f"The terminal says:\n\n```text\n{_message(rule, stack)}\n```"


def _message(rule: Rule, stack: tuple[Declared, ...]) -> str:
    """The line of the violation's message that is not on this page already."""
    return judge(rule, *stack).text.partition("\nTo fix:")[0]


def _note(rule: Rule, stack: tuple[Declared, ...]) -> str:
    return (judge(rule, *stack).undecided or "").partition("\n")[0]


def _link(source: str) -> str:
    """An address alone becomes a link; a sentence stays as it is."""
    return f"<{source}>" if re.fullmatch(r"https?://\S+", source) else source
