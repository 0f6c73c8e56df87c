"""What each operation does with a request of a customer who is known, may go on, and is counted.

Every method takes the customer and API Gateway's event, and returns the answer or raises `Refusal`, or
`aws_calls.errors.AwsCallError` where the store gave no result. Nothing here reads who the customer is from the event.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from time import gmtime, strftime

from api_responses.refusals import conflict, invalid, key_reused, not_found
from api_responses.requests import header, json_object, query_parameters
from tenant_data.fields import MAXIMUM_BODY_BYTES, attribute_values
from tenant_data.page_tokens import PARAMETER as NEXT_TOKEN
from tenant_data.repository import Creation, RowAbsent, VersionMismatch, WriteInProgress
from tenant_data.rows import digest_input, new_row, next_row, quoted, row_text, version_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from api_responses.answers import Answers
    from api_responses.refusals import Refusal
    from tenant_data.page_tokens import PageTokens
    from tenant_data.repository import Page, TenantRepository

    Answer = dict[str, Any]
    Event = Mapping[str, Any]

MAXIMUM_LIMIT = 100
# Lambda answers with at most 6 MB; as a text in its answer, each of our characters (all ASCII) takes two bytes or one.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAXIMUM_PAGE_CHARACTERS = 2_950_000
IDEMPOTENCY_HEADER = "Idempotency-Key"
IDEMPOTENCY_LIFETIME_SECONDS = 24 * 3_600
REPLAYED_HEADER = "Idempotency-Replayed"
IF_MATCH_HEADER = "If-Match"
_ABSENT = "No data with this data_id"
_is_limit = re.compile(r"[1-9][0-9]?|100").fullmatch
_is_data_id = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}").fullmatch
_is_idempotency_key = re.compile(r"[!-~]{1,255}").fullmatch  # visible ASCII, as in a header's token or quoted text
_version_in_entity_tag = re.compile(r'"(0|[1-9][0-9]{0,14})"').fullmatch
_LARGEST_VERSION = 10**15 - 1


class TenantDataApi:
    """The operations, by the names that `operations` gives them."""

    def __init__(
        self,
        *,
        repository: TenantRepository,
        page_tokens: PageTokens,
        answers: Answers,
        clock: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        """Take the ports; the clock is in seconds since 1970, `new_id` makes a `data_id` that nobody has used."""
        self._repository = repository
        self._page_tokens = page_tokens
        self._answers = answers
        self._clock = clock
        self._new_id = new_id

    def list_data(self, customer_id: str, event: Event) -> Answer:
        """`GET /data`: a page of rows by `data_id`, and `nextToken` where more may follow."""
        parameters = query_parameters(event)
        limit = _limit(parameters.pop("limit", None))
        token = parameters.pop(NEXT_TOKEN, None)
        _refuse_unknown(parameters)
        after = None if token is None else self._page_tokens.data_id_in(customer_id, token)
        page = self._repository.page(customer_id, limit=limit, after=after)
        texts, last_data_id = _fitting(page)
        next_token = ""
        if last_data_id is not None:
            next_token = f', "{NEXT_TOKEN}": "{self._page_tokens.token_after(customer_id, last_data_id)}"'
        rows = ", ".join(texts)
        return self._answers.text(
            200, f'{{"customer_id": {quoted(customer_id)}, "data": [{rows}], "count": {len(texts)}{next_token}}}'
        )

    def create_data(self, customer_id: str, event: Event) -> Answer:
        """`POST /data`: a new row; with an `Idempotency-Key` once only, however often it is sent."""
        _refuse_unknown(query_parameters(event))
        idempotency_key = header(event, IDEMPOTENCY_HEADER)
        if idempotency_key is not None and not _is_idempotency_key(idempotency_key):
            raise invalid(IDEMPOTENCY_HEADER, "Send 1 to 255 visible ASCII characters")
        fields = attribute_values(json_object(event, maximum_bytes=MAXIMUM_BODY_BYTES))
        data_id, now = self._new_id(), self._clock()
        created_at = _timestamp(now)
        headers: dict[str, str] = {}
        row = new_row(customer_id, data_id, created_at=created_at, fields=fields)
        if idempotency_key is None:
            self._repository.create(customer_id, row)
        else:
            creation = Creation(
                idempotency_key=idempotency_key,
                request_digest=sha256(digest_input(fields)).digest(),
                data_id=data_id,
                created_at=created_at,
                expires_at=int(now) + IDEMPOTENCY_LIFETIME_SECONDS,
            )
            done = self._create_once(customer_id, row, creation)
            if done.data_id != data_id:
                headers[REPLAYED_HEADER] = "true"
                row = new_row(customer_id, done.data_id, created_at=done.created_at, fields=fields)
        headers["ETag"] = _entity_tag(row)
        text = row_text(row, customer_id)
        return self._answers.text(201, f'{{"message": "Data created successfully", "item": {text}}}', headers)

    def read_data(self, customer_id: str, event: Event) -> Answer:
        """`GET /data/{data_id}`: the row, with its version as its `ETag`."""
        _refuse_unknown(query_parameters(event))
        row = self._repository.row(customer_id, _data_id(event))
        if row is None:
            raise not_found(_ABSENT)
        text = row_text(row, customer_id)
        return self._answers.text(
            200, f'{{"customer_id": {quoted(customer_id)}, "item": {text}}}', {"ETag": _entity_tag(row)}
        )

    def replace_data(self, customer_id: str, event: Event) -> Answer:
        """`PUT /data/{data_id}`: new fields for the row, if it has the version that the caller has seen."""
        _refuse_unknown(query_parameters(event))
        data_id = _data_id(event)
        document = json_object(event, maximum_bytes=MAXIMUM_BODY_BYTES)
        expected = _expected_version(event, document)
        if expected is None:
            raise invalid("version", f"Send the version that you have read, here or as {IF_MATCH_HEADER}")
        fields = attribute_values(document)
        current = self._repository.row(customer_id, data_id)
        if current is None:
            raise not_found(_ABSENT)
        if version_of(current) != expected:
            raise _version_conflict(version_of(current))
        row = next_row(current, updated_at=_timestamp(self._clock()), fields=fields)
        try:
            self._repository.replace(customer_id, row, expected_version=expected)
        except RowAbsent:
            raise not_found(_ABSENT) from None
        except VersionMismatch as error:
            raise _version_conflict(error.current_version) from None
        text = row_text(row, customer_id)
        return self._answers.text(
            200, f'{{"message": "Data updated successfully", "item": {text}}}', {"ETag": _entity_tag(row)}
        )

    def delete_data(self, customer_id: str, event: Event) -> Answer:
        """`DELETE /data/{data_id}`: the row goes; with `If-Match`, only in that version."""
        _refuse_unknown(query_parameters(event))
        data_id = _data_id(event)
        expected = _expected_version(event, {})
        try:
            self._repository.delete(customer_id, data_id, expected_version=expected)
        except RowAbsent:
            raise not_found(_ABSENT) from None
        except VersionMismatch as error:
            raise _version_conflict(error.current_version) from None
        return self._answers.text(200, f'{{"message": "Data deleted successfully", "data_id": "{data_id}"}}')

    def _create_once(self, customer_id: str, row: Mapping[str, Any], creation: Creation) -> Creation:
        try:
            done = self._repository.create_once(customer_id, dict(row), creation)
        except WriteInProgress:
            raise conflict(
                f"Another request with this {IDEMPOTENCY_HEADER} is being processed",
                reason="idempotent_request_in_progress",
                retry_after=1,
            ) from None
        if done.request_digest != creation.request_digest:
            raise key_reused(IDEMPOTENCY_HEADER)
        return done


def _fitting(page: Page) -> tuple[list[str], str | None]:
    """Return the rows that fit into one answer, at least one if there is any, and the id that the next page follows.

    A row's text can be six times what DynamoDB counts (control characters), so that a page of its 1 MB may not fit.
    """
    characters = 0
    for count, text in enumerate(page.texts):
        characters += len(text)
        if characters > MAXIMUM_PAGE_CHARACTERS and count:
            last: dict[str, Any] = json.loads(page.texts[count - 1])
            return page.texts[:count], last["data_id"]
    return page.texts, page.last_data_id


def _limit(text: str | None) -> int:
    if text is None:
        return MAXIMUM_LIMIT
    if not _is_limit(text):
        raise invalid("limit", f"Send a whole number from 1 to {MAXIMUM_LIMIT}")
    return int(text)


def _refuse_unknown(parameters: Mapping[str, str]) -> None:
    for name in parameters:
        raise invalid(name, "No such query parameter")


def _data_id(event: Event) -> str:
    parameters: Mapping[str, str] = event.get("pathParameters") or {}
    data_id = parameters.get("data_id", "")
    if not _is_data_id(data_id):
        raise invalid("data_id", "Send 1 to 64 letters, digits, dots, dashes and underscores")
    return data_id


def _expected_version(event: Event, document: dict[str, Any]) -> int | None:
    """Take the expected version from the header or out of the body, None where neither has one."""
    versions: set[int] = set()
    tag = header(event, IF_MATCH_HEADER)
    if tag is not None:
        matched = _version_in_entity_tag(tag)
        if matched is None:
            raise invalid(IF_MATCH_HEADER, 'Send one version as it was answered in ETag, such as "3"')
        versions.add(int(matched[1]))
    if "version" in document:
        version = document.pop("version")
        if type(version) is not int or not 0 <= version <= _LARGEST_VERSION:
            raise invalid("version", "Send a whole number, as it was answered")
        versions.add(version)
    if len(versions) > 1:
        raise invalid("version", f"Differs from {IF_MATCH_HEADER}")
    return versions.pop() if versions else None


def _entity_tag(row: Mapping[str, Any]) -> str:
    return f'"{version_of(dict(row))}"'


def _version_conflict(current: int) -> Refusal:
    return conflict(f"The data has version {current} now: read it again", reason="version_conflict")


def _timestamp(now: float) -> str:
    """Return a time as seed 002 writes it: UTC with microseconds, `2025-08-04T19:09:56.473428Z`."""
    microseconds = int(now * 1_000_000)
    whole = strftime("%Y-%m-%dT%H:%M:%S", gmtime(microseconds // 1_000_000))
    return f"{whole}.{microseconds % 1_000_000:06}Z"
