"""A service of AWS that speaks AWS JSON: one signed request, its answer as a document, or the error that it is.

https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html. Deliberately no second attempt: what may be sent again
is different from service to service, see `attempts`.
"""

from __future__ import annotations

import json

from aws_calls.errors import NoAnswer, error_of
from aws_calls.signature import signed_headers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from aws_calls.credentials import Credentials
    from aws_calls.endpoints import Endpoint

    Result = TypeVar("Result")

_OK = 200


def json_object(content: bytes) -> dict[str, Any]:
    """Return a document; raises ValueError for what is no JSON object."""
    document: Any = json.loads(content)
    if type(document) is not dict:
        raise ValueError("no JSON object")
    return document  # pyright: ignore[reportUnknownVariableType] -- a parsed object has strings as names


class JsonService:
    """Calls one service in one region."""

    def __init__(
        self,
        *,
        service: str,
        target: str,
        version: str,
        endpoint: Endpoint,
        region: str,
        clock: Callable[[], float],
        empty_answer: bytes = b"",
        tells_why: bool = False,
    ) -> None:
        """Take what to call.

        Args:
            service: its name in signatures, for example `dynamodb`.
            target: what stands before the operation in `X-Amz-Target`, for example `DynamoDB_20120810`.
            version: of AWS JSON, `1.0` or `1.1`.
            endpoint: where it listens.
            region: for example `eu-west-1`.
            clock: seconds since 1970.
            empty_answer: what an answer without content stands for, where the service has such.
            tells_why: whether errors say in AWS's words what was wrong; only for services whose words hold no secret.
        """
        self._service = service
        self._target = target
        self._content_type = f"application/x-amz-json-{version}"
        self._endpoint = endpoint
        self._region = region
        self._clock = clock
        self._empty_answer = empty_answer
        self._tells_why = tells_why

    def call_once(
        self,
        operation: str,
        body: bytes,
        credentials: Credentials,
        *,
        read: Callable[[bytes], Result] = json_object,
    ) -> Result:
        """Send `body` and return what `read` makes of the answer; it raises ValueError for what is no answer.

        Raises:
            AwsCallError: see `errors`, one class for each thing to do about it.
        """
        headers = signed_headers(
            {
                "content-type": self._content_type,
                "host": self._endpoint.host,
                "x-amz-target": f"{self._target}.{operation}",
            },
            body,
            credentials=credentials,
            service=self._service,
            region=self._region,
            now=self._clock(),
        )
        status, content = self._endpoint.post(operation, headers, body)
        try:
            if status == _OK:
                return read(content or self._empty_answer)
            document = json_object(content or self._empty_answer)
        except (ValueError, RecursionError):
            raise NoAnswer(operation, "the answer is no JSON object") from None
        code = str(document.get("__type", "")).rpartition("#")[2]
        why = str(document.get("message") or document.get("Message") or "") if self._tells_why else ""
        raise error_of(operation, status, code, document, why=why)
