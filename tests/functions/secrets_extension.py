"""AWS's Parameters and Secrets Lambda Extension as functions see it: an HTTP server on a free loopback port.

Answers `GET /secretsmanager/get` with GetSecretValue documents of given secrets, counts the requests, and can be told
to fail.
"""

import json
from urllib.parse import parse_qs, urlsplit

from secret_store.secret_source import SecretVersion
from tests.support.loopback_server import LoopbackServer, Request, Response

SESSION_TOKEN = "session-token-of-the-test"


class SecretsExtension(LoopbackServer):
    """A context manager; `versions` maps (secret id, stage) to versions and may be changed while it runs."""

    def __init__(self, versions: dict[tuple[str, str], SecretVersion]) -> None:
        """Take the secrets; the server starts on entry."""
        super().__init__(self.respond)
        self.versions = versions
        self.requests: list[tuple[str, str]] = []
        self.answer: tuple[int, bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What a function's environment holds where the extension is attached."""
        return {"PARAMETERS_SECRETS_EXTENSION_HTTP_PORT": str(self.port), "AWS_SESSION_TOKEN": SESSION_TOKEN}

    def respond(self, request: Request) -> Response:
        """Answer a request as the extension would."""
        url = urlsplit(request.target)
        query = parse_qs(url.query)
        wanted = (query.get("secretId", [""])[0], query.get("versionStage", ["AWSCURRENT"])[0])
        self.requests.append(wanted)
        if self.answer is not None:
            status, body = self.answer
            return Response(status=status, body=body)
        if (request.method, url.path) != ("GET", "/secretsmanager/get"):
            return Response(status=404, body=b"not found")
        if request.headers.get("x-aws-parameters-secrets-token") != SESSION_TOKEN:
            return Response(status=403, body=b"forbidden")
        version = self.versions.get(wanted)
        if version is None:
            body = b"ResourceNotFoundException: Secrets Manager can't find the specified secret."
            return Response(status=400, body=body)
        document = {
            "ARN": wanted[0],
            "Name": "hello-signing-key",
            "VersionId": version.version_id,
            "SecretString": version.value,
            "VersionStages": [wanted[1]],
            "CreatedDate": "2026-01-01T00:00:00Z",
            "ResultMetadata": {},
        }
        return Response(body=json.dumps(document).encode())
