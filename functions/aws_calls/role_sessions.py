"""STS AssumeRole with session tags (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html)."""

from __future__ import annotations

from time import time
from urllib.parse import urlencode

from aws_calls.credentials import Credentials
from aws_calls.endpoints import HttpEndpoint, endpoint_url
from aws_calls.errors import NoAnswer, NotSent, error_of
from aws_calls.signature import signed_headers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aws_calls.endpoints import Endpoint

SERVICE = "sts"
OPERATION = "AssumeRole"
_VERSION = "2011-06-15"
_OK = 200


class RoleSessions:
    """Makes sessions of roles."""

    def __init__(
        self, *, endpoint: Endpoint, region: str, credentials: Credentials, clock: Callable[[], float] = time
    ) -> None:
        """Take where STS is and the credentials of whoever assumes the roles."""
        self._endpoint = endpoint
        self._region = region
        self._credentials = credentials
        self._clock = clock

    @classmethod
    def of(cls, environment: Mapping[str, str], credentials: Credentials) -> RoleSessions:
        """Make one for a function's environment; raises KeyError without `AWS_REGION`."""
        endpoint = HttpEndpoint(endpoint_url(SERVICE, environment))
        return cls(endpoint=endpoint, region=environment["AWS_REGION"], credentials=credentials)

    def assume(
        self, role_arn: str, *, session_name: str, tags: Mapping[str, str], lifetime_seconds: int
    ) -> Credentials:
        """Return a new session's credentials, which end `lifetime_seconds` from before the call was made.

        Raises:
            AwsCallError: see `errors`. A call without an answer is made once more: a session too many does no harm.
        """
        started = self._clock()
        fields = {
            "Action": OPERATION,
            "Version": _VERSION,
            "RoleArn": role_arn,
            "RoleSessionName": session_name,
            "DurationSeconds": str(lifetime_seconds),
        }
        for number, (name, value) in enumerate(tags.items(), start=1):
            fields[f"Tags.member.{number}.Key"] = name
            fields[f"Tags.member.{number}.Value"] = value
        body = urlencode(fields).encode()
        try:
            status, content = self._post(body)
        except (NotSent, NoAnswer):
            status, content = self._post(body)
        texts = _texts(content)
        if status != _OK:
            raise error_of(OPERATION, status, texts.get("Code", ""), {})
        try:
            return Credentials(
                access_key_id=texts["AccessKeyId"],
                secret_access_key=texts["SecretAccessKey"],
                session_token=texts["SessionToken"],
                expires_at=started + lifetime_seconds,
            )
        except KeyError:
            raise NoAnswer(OPERATION, "the answer has no credentials") from None

    def _post(self, body: bytes) -> tuple[int, bytes]:
        headers = signed_headers(
            {"content-type": "application/x-www-form-urlencoded; charset=utf-8", "host": self._endpoint.host},
            body,
            credentials=self._credentials,
            service=SERVICE,
            region=self._region,
            now=self._clock(),
        )
        return self._endpoint.post(OPERATION, headers, body)


def _texts(content: bytes) -> dict[str, str]:
    """Return the text of each element by its name; of AWS's answers here, each name occurs once."""
    from xml.etree import ElementTree as ET  # only where a session is made, which is seldom

    try:
        document = ET.fromstring(content)  # noqa: S314 -- from STS over TLS, and expat bounds expansion
    except ET.ParseError:
        raise NoAnswer(OPERATION, "the answer is not XML") from None
    return {element.tag.rpartition("}")[2]: element.text for element in document.iter() if element.text}
