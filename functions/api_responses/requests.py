"""Parts of API Gateway's proxy event, read so that nothing in them has two meanings.

Of a header or a query parameter that is sent several times the event has the last value, and all of them under
`multiValue...`: where they differ, the request is refused. Names of headers are looked up without regard to case (RFC
9110 section 5.1).
"""

from __future__ import annotations

import binascii

from api_responses.json_body import parse_object
from api_responses.refusals import invalid, too_large, unsupported_media_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

JSON_MEDIA_TYPE = "application/json"
_BYTES_OF_A_CHARACTER = 4  # at most, in UTF-8


def header(event: Mapping[str, Any], name: str) -> str | None:
    """Return the header's value, None where it was not sent; raises `Refusal` (400) for several that differ."""
    wanted = name.lower()
    single: dict[str, str] = event.get("headers") or {}
    multiple: dict[str, list[str]] = event.get("multiValueHeaders") or {}
    found = {value for sent, value in single.items() if sent.lower() == wanted}
    for sent, values in multiple.items():
        if sent.lower() == wanted:
            found.update(values)
    if len(found) > 1:
        raise invalid(name, "Sent several times with different values")
    return found.pop() if found else None


def query_parameters(event: Mapping[str, Any]) -> dict[str, str]:
    """Return the query parameters by name; raises `Refusal` (400) for one that was sent with different values."""
    parameters: dict[str, str] = dict(event.get("queryStringParameters") or {})
    multiple: dict[str, list[str]] = event.get("multiValueQueryStringParameters") or {}
    for name, values in multiple.items():
        if len({*values, parameters.get(name, values[-1])}) > 1:
            raise invalid(name, "Sent several times with different values")
        parameters[name] = values[-1]
    return parameters


def json_object(event: Mapping[str, Any], *, maximum_bytes: int) -> dict[str, Any]:
    """Return the body, a JSON object with exact numbers (see `json_body`).

    Raises:
        Refusal: 415 where the Content-Type is not JSON's, 413 above `maximum_bytes`, 400 where the body is no object.
    """
    content_type = header(event, "Content-Type")
    if content_type is None or not _is_json(content_type):
        raise unsupported_media_type()
    return parse_object(body_text(event, maximum_bytes=maximum_bytes))


def _is_json(content_type: str) -> bool:
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    return media_type == JSON_MEDIA_TYPE and all(
        not parameter.startswith("charset=") or parameter.removeprefix("charset=").strip('"') == "utf-8"
        for parameter in parameters
    )


def body_text(event: Mapping[str, Any], *, maximum_bytes: int) -> str:
    """Return the body as text, "" where there is none; raises `Refusal`: 413 above `maximum_bytes`, 400 for no text."""
    body: str = event.get("body") or ""
    if event.get("isBase64Encoded"):
        return _decoded(body, maximum_bytes)
    if len(body) > maximum_bytes:
        raise too_large(maximum_bytes)
    # Only a body with many characters beyond ASCII can still be larger in bytes than in characters.
    if len(body) * _BYTES_OF_A_CHARACTER > maximum_bytes:
        try:
            size = len(body.encode())
        except UnicodeEncodeError:
            raise invalid("body", "Not UTF-8 text") from None
        if size > maximum_bytes:
            raise too_large(maximum_bytes)
    return body


def _decoded(body: str, maximum_bytes: int) -> str:
    # Four characters hold three bytes.
    if len(body) // 4 * 3 > maximum_bytes + 2:
        raise too_large(maximum_bytes)
    try:
        content = binascii.a2b_base64(body.encode(), strict_mode=True)
        if len(content) > maximum_bytes:
            raise too_large(maximum_bytes)
        return content.decode()
    except ValueError:  # malformed base64 and malformed UTF-8 are both of this class
        raise invalid("body", "Not UTF-8 text") from None
