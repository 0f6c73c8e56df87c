"""Gap: the layer AWS-Parameters-and-Secrets-Lambda-Extension is accepted and does nothing.

What the emulator does: a layer that it does not hold, such as this one of AWS's own account, is attached as an empty
one, so nothing listens where the function asks for its secrets.

What AWS does (https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets_lambda.html): the
extension answers `GET http://localhost:<port>/secretsmanager/get?secretId=...` (and `versionId`, `versionStage`) with
the JSON of GetSecretValue. The request carries the function's session token in `X-Aws-Parameters-Secrets-Token`; the
secret is read with the function's role. Each execution environment has its own cache: `SECRETS_MANAGER_TTL` seconds
(default and most 300, 0: none), `PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED`,
`PARAMETERS_SECRETS_EXTENSION_CACHE_SIZE`. It answers only in the INVOKE phase; before that it says so with 400, which
its users know to wait for.

The wrap answers on the port that the environment has for the Lambda Runtime API, and names it in
`PARAMETERS_SECRETS_EXTENSION_HTTP_PORT` (AWS: 2773 or what the function sets; here several environments share one
machine). The status and text of errors other than 400 and 403 are not documented: they are Secrets Manager's own.
Deliberately without `/systemsmanager/parameters/get`.
"""

import base64
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any, Protocol, cast
from urllib.parse import parse_qs, urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.fidelity.emulator import emulator_module, mapping, members
from sandbox.fidelity.lambda_python.extension import LocalAnswer
from sandbox.fidelity.lambda_python.worker import PythonWorker
from sandbox.fidelity.secrets_cache import Query, SecretCache, cache_settings
from sandbox.fidelity.settings import FidelitySettings

LAYER = re.compile(
    r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:layer:AWS-Parameters-and-Secrets-Lambda-Extension[^:]*:[0-9]+"
)
PORT_VARIABLE = "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT"
PATH = "/secretsmanager/get"
TOKEN_HEADER = "X-Aws-Parameters-Secrets-Token"  # noqa: S105 - the header's name
NOT_READY = b"not ready to serve traffic, please wait"


class SecretSource(Protocol):
    """Reads a secret with the function's role: the parameters of GetSecretValue in, its result out."""

    def get_secret_value(self, **parameters: str) -> dict[str, Any]:
        """Raises `botocore.exceptions.ClientError`."""
        ...


def apply(settings: FidelitySettings) -> None:
    """Gives functions that carry the layer the extension; needs `lambda_python`."""

    def extension(configuration: Mapping[str, Any]) -> SecretsExtension | None:
        attached = members(configuration.get("Layers"))
        arns = (layer if isinstance(layer, str) else layer.get("Arn", "") for layer in attached)
        if not any(LAYER.fullmatch(arn) for arn in arns):
            return None
        runtime = emulator_module("core.lambda_runtime")
        credentials: dict[str, str] = runtime.execution_credentials(configuration)
        _, region = runtime._account_region_from_function_config(configuration)
        return SecretsExtension(
            session_token=credentials["AWS_SESSION_TOKEN"],
            source=secret_source(settings.emulator_url, region, credentials),
            cache=SecretCache(cache_settings(mapping(mapping(configuration.get("Environment")).get("Variables")))),
        )

    PythonWorker.extensions["secrets"] = extension


def secret_source(endpoint_url: str, region: str, credentials: Mapping[str, str]) -> SecretSource:
    """Secrets Manager as the function's role sees it."""
    import boto3  # a fifth of the sandbox's start, which few functions need
    from botocore.config import Config

    factory = cast(Any, boto3)  # boto3 ships no types: its clients are made from data at run time
    return factory.client(
        "secretsmanager",
        endpoint_url=endpoint_url,
        region_name=region,
        aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=credentials["AWS_SESSION_TOKEN"],
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30),
    )


class SecretsExtension:
    """The extension of one execution environment (a `LocalExtension`)."""

    def __init__(self, *, session_token: str, source: SecretSource, cache: SecretCache) -> None:
        self._session_token = session_token
        self._source = source
        self._cache = cache

    def variables(self, port: int) -> dict[str, str]:
        """Where the function finds it."""
        return {PORT_VARIABLE: str(port)}

    def answer(self, path: str, headers: Mapping[str, str], *, invoking: bool) -> LocalAnswer | None:
        """See the module."""
        target = urlsplit(path)
        if target.path != PATH:
            return None
        if not invoking:
            return LocalAnswer(status=400, body=NOT_READY, content_type="text/plain")
        token = headers.get(TOKEN_HEADER) or ""
        if not hmac.compare_digest(token.encode(), self._session_token.encode()):
            return LocalAnswer(status=403, body=b"the session token is not valid", content_type="text/plain")
        asked = {name: values[-1] for name, values in parse_qs(target.query).items()}
        if not asked.get("secretId"):
            return LocalAnswer(status=400, body=b"secretId is missing", content_type="text/plain")
        names = (("secretId", "SecretId"), ("versionId", "VersionId"), ("versionStage", "VersionStage"))
        query: Query = tuple((parameter, asked[name]) for name, parameter in names if asked.get(name))
        body = self._cache.get(query)
        if body is None:
            try:
                body = answer_document(self._source.get_secret_value(**dict(query)))
            except ClientError as error:
                return error_answer(error)
            except BotoCoreError:
                return LocalAnswer(status=500, body=b"Secrets Manager does not answer", content_type="text/plain")
            self._cache.put(query, body)
        return LocalAnswer(status=200, body=body)


def answer_document(value: Mapping[str, Any]) -> bytes:
    """GetSecretValue's result as the extension writes it: dates in ISO 8601, binary values in Base64."""
    names = ("ARN", "CreatedDate", "Name", "SecretBinary", "SecretString", "VersionId", "VersionStages")
    document: dict[str, Any] = {name: value.get(name) for name in names}
    document["ResultMetadata"] = {}  # the extension is written in Go, whose results carry it
    return json.dumps(document, default=_json_value).encode()


def _json_value(value: Any) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value.isoformat()


def error_answer(error: ClientError) -> LocalAnswer:
    """Secrets Manager's refusal with its status, code and message."""
    response = cast(dict[str, Any], error.response)
    document = {"__type": response["Error"]["Code"], "message": response["Error"].get("Message", "")}
    return LocalAnswer(status=response["ResponseMetadata"]["HTTPStatusCode"], body=json.dumps(document).encode())
