"""What authorizers ask at a cold start, on a free loopback port: Secrets Manager's GetSecretValue and a key set.

Speaks just enough of AWS's JSON protocol for the clients that are measured, and answers from memory, so that what is
measured is the client.
"""

import json

from secret_store.secret_source import SecretVersion
from tests.support.loopback_server import LoopbackServer, Request, Response


class LoopbackServices(LoopbackServer):
    """A context manager; `url` is for both services."""

    def __init__(self, *, secret: SecretVersion, key_set: bytes) -> None:
        """Take what to answer, whatever is asked for."""
        document = {"ARN": "arn", "Name": "name", "VersionId": secret.version_id, "SecretString": secret.value}
        answers = {
            "POST": Response(media_type="application/x-amz-json-1.1", body=json.dumps(document).encode()),
            "GET": Response(body=key_set),
        }

        def respond(request: Request) -> Response:
            return answers[request.method]

        super().__init__(respond)

    @property
    def environment(self) -> dict[str, str]:
        """What makes the AWS SDK ask here."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "ap-southeast-3",
            "AWS_DEFAULT_REGION": "ap-southeast-3",
        }
