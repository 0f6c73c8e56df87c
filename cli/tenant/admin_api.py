"""The admin routes over HTTP, with the admin key in its header. Redirects are not followed: they would get the key."""

from __future__ import annotations

import http.client
import json
from typing import Any, cast
from urllib.parse import quote, urlsplit

from cli.errors import CliError

TIMEOUT_SECONDS = 35.0  # API Gateway gives up after 29
MAXIMUM_ANSWER_BYTES = 1_000_000
_CREATED, _OK = 201, 200
_MAXIMUM_QUOTE_LENGTH = 300


class AdminApi:
    """One API, and the key to administer it; `repr` shows neither."""

    def __init__(self, *, url: str, admin_key: str) -> None:
        """Take the stage's address, which is https or on this machine."""
        self._url = urlsplit(url)
        self._admin_key = admin_key

    def create(self, customer_id: str, members: dict[str, Any]) -> dict[str, Any]:
        """Make a key; raises `CliError`."""
        body = {"customer_id": customer_id, **members}
        unknown = f"; if a key was made all the same, `tenant list {customer_id}` shows it: revoke it, nobody has it"
        return self._call("POST", "/admin/keys", body=body, expected=_CREATED, where_lost=unknown)

    def keys(self, customer_id: str) -> dict[str, Any]:
        """Return the listing of a customer; raises `CliError`."""
        return self._call("GET", f"/admin/keys/{_segment(customer_id)}")

    def revoke_customer(self, customer_id: str) -> dict[str, Any]:
        """Revoke a customer; raises `CliError`."""
        return self._call("DELETE", f"/admin/keys/{_segment(customer_id)}")

    def revoke_key(self, customer_id: str, key_id: str) -> dict[str, Any]:
        """Revoke one key; raises `CliError`."""
        return self._call("DELETE", f"/admin/keys/{_segment(customer_id)}/{_segment(key_id)}")

    def _call(
        self, method: str, path: str, *, body: Any = None, expected: int = _OK, where_lost: str = "; repeat it"
    ) -> dict[str, Any]:
        status, content = self._send(method, path, body, where_lost)
        try:
            document: Any = json.loads(content)
        except (ValueError, RecursionError):
            document = None
        answer = cast("dict[str, Any]", document) if isinstance(document, dict) else None
        if status == expected and answer is not None:
            return answer
        said = str((answer or {}).get("error") or (answer or {}).get("message") or "no reason")[:_MAXIMUM_QUOTE_LENGTH]
        field = f" ({answer['field']})" if answer is not None and "field" in answer else ""
        lost = where_lost if status >= http.client.INTERNAL_SERVER_ERROR else ""
        raise CliError(f"{method} {path} answered {status}: {said}{field}{lost}")

    def _send(self, method: str, path: str, body: Any, where_lost: str) -> tuple[int, bytes]:
        headers = {"X-Admin-API-Key": self._admin_key}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body).encode()
        secure = self._url.scheme == "https"
        connection_class = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = connection_class(self._url.netloc, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(method, self._url.path.rstrip("/") + path, body=content, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read(MAXIMUM_ANSWER_BYTES)
        except (OSError, http.client.HTTPException) as error:
            raise CliError(f"{method} {path} gave no answer ({type(error).__name__}){where_lost}") from None
        finally:
            connection.close()


def _segment(text: str) -> str:
    return quote(text, safe="")
