"""A page: from DynamoDB's answer to a Query to the JSON text of each row, where possible without objects in between.

To parse a large page's rows and to write them again is most of its time. Most rows of a page have the same names with
the same kinds of values in the same order, so the form of a row that was parsed is kept as a pattern, and what follows
in the same form is taken over as it is. A row that does not match is parsed and may be of any form; a page with many of
them is parsed as a whole. All ways give the same text (a property that tests hold), and none gives a row of another
customer.

Taken over: texts of printable ASCII without escapes, numbers that need no rewriting, true and false.
"""

from __future__ import annotations

import json
import re
from operator import itemgetter

from api_responses.json_body import is_list, is_object
from tenant_data.numbers import PLAIN_NUMBER
from tenant_data.repository import Page
from tenant_data.rows import in_order, quoted, row_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from tenant_data.rows import Row

    Kinds = tuple[tuple[str, ...], ...]

# A pattern is made once per form and worker, in about a millisecond for ten attributes. Nothing is evicted, so that
# many forms in turn cannot make a worker spend its time on patterns: the rows of later forms are parsed.
MAXIMUM_FORMS = 256
MAXIMUM_ATTRIBUTES = 40
MAXIMUM_PARSED_ROWS = 8  # in a page: to parse rows one by one costs half more than to parse all at once
_VALUES = {"S": r'("[ !#-\[\]-~]*")', "N": f'"({PLAIN_NUMBER})"', "BOOL": "(true|false)"}
_begin_of_rows = re.compile(r'"Items"\s*:\s*\[\s*').search
_after_a_row = re.compile(r"\s*(?:,\s*|(\]))").match
_parse = json.JSONDecoder().raw_decode
_forms: dict[Kinds, _Form] = {}


def read_page(content: bytes, customer_id: str) -> Page:
    """Return the rows in the answer to a Query of this customer's rows.

    Raises:
        ValueError: it is no such answer.
        ForeignRow: a row in it is not this customer's.
    """
    text = content.decode()
    return _taken_over(text, customer_id) or _parsed(text, customer_id)


def _parsed(text: str, customer_id: str) -> Page:
    answer = json.loads(text)
    if not is_object(answer) or not is_list(answer.get("Items")):
        raise ValueError("an answer without Items")
    return Page(texts=[row_text(row, customer_id) for row in answer["Items"]], last_data_id=_last_data_id(answer))


def _taken_over(text: str, customer_id: str) -> Page | None:
    """Return the page where most of its rows have one form, else None."""
    # Within a text of JSON every quotation mark has a backslash before it, so this is a member's name.
    begin = _begin_of_rows(text)
    if begin is None:
        return None
    rows = _rows(text, begin.end(), customer_id)
    if rows is None:
        return None
    texts, end = rows
    rest = json.loads(f'{text[: begin.start()]}"Items": []{text[end:]}')
    return Page(texts=texts, last_data_id=_last_data_id(rest))


def _last_data_id(answer: dict[str, Any]) -> str | None:
    last = answer.get("LastEvaluatedKey")
    return None if last is None else last["data_id"]["S"]


def _rows(text: str, position: int, customer_id: str) -> tuple[list[str], int] | None:
    """Return the rows from `position` on, and where their list has ended; None where too few of them have one form."""
    if text.startswith("]", position):
        return [], position + 1
    own = quoted(customer_id)
    row, position = _parse(text, position)
    texts, parsed = [row_text(row, customer_id)], 1
    form: _Form | None = None
    while True:
        after = _after_a_row(text, position)
        if after is None:
            raise ValueError("rows that are no list of JSON")
        position = after.end()
        if after[1]:
            return texts, position
        form = form or _form_of(row)
        if form is None or parsed > MAXIMUM_PARSED_ROWS:
            return None
        found = form.match(text, position)
        if found is not None and (values := form.in_order(found.groups()))[0] == own:
            texts.append(form.template % values)
            position = found.end()
        else:
            row, position = _parse(text, position)
            texts.append(row_text(row, customer_id))
            parsed += 1


class _Form:
    """Rows with these names and kinds of values in this order; the customer comes first in their text."""

    __slots__ = ("in_order", "match", "template")

    def __init__(self, kinds: Kinds) -> None:
        names = [name for name, _ in kinds]
        members = [rf'{re.escape(quoted(name))}:\s?\{{"{kind}":\s?{_VALUES[kind]}\}}' for name, kind in kinds]
        self.match = re.compile(r"\{" + r",\s?".join(members) + r"\}").match
        ordered = in_order(tuple(names))
        self.in_order = itemgetter(*[names.index(name) for name, _ in ordered])
        self.template = "{" + ", ".join([name_text.replace("%", "%%") + "%s" for _, name_text in ordered]) + "}"


def _form_of(row: Row) -> _Form | None:
    """Return the form of a row of the customer, None where it has to be parsed."""
    kinds: Kinds = tuple([(name, *attribute) for name, attribute in row.items()])
    form = _forms.get(kinds)
    if form is None and len(_forms) < MAXIMUM_FORMS and _is_plain(kinds):
        form = _forms[kinds] = _Form(kinds)
    return form


def _is_plain(kinds: Kinds) -> bool:
    return 1 < len(kinds) <= MAXIMUM_ATTRIBUTES and all(kind in _VALUES for _, kind in kinds)
