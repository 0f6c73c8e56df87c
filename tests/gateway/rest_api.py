"""Builds REST APIs in a sandbox with plain boto3, and calls them with a plain HTTP client.

Functions: `echo` answers the event that it was given; `authorizer` answers what the token says (see `AUTHORIZER_CODE`);
further ones are made from their source.
"""

import base64
import functools
import http.client
import io
import itertools
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.certificates import new_authority
from tests.support.sandbox import ACCOUNT_ID, REGION, RunningSandbox

RUNTIME = "python3.12"
ALLOW = "execute-api:Invoke"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["lambda.amazonaws.com", "apigateway.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
    ],
}

ECHO_CODE = """
import json

def handle(event, context):
    return {"statusCode": 200, "body": json.dumps(event)}
"""

# The token is JSON in base64: {"raise": message}, {"answer": any}, or {"statement": [...], "context": {...}};
# "METHOD" stands for the method's ARN. A REQUEST authorizer finds it in the header `Token`. The event comes back in the
# context.
AUTHORIZER_CODE = """
import base64, json

def handle(event, context):
    token = event.get("authorizationToken") or event["headers"].get("Token") or event["headers"]["token"]
    order = json.loads(base64.b64decode(token).decode().replace("METHOD", event["methodArn"]))
    if "raise" in order:
        raise Exception(order["raise"])
    if "answer" in order:
        return order["answer"]
    return {
        "principalId": "caller",
        "policyDocument": {"Version": "2012-10-17", "Statement": order["statement"]},
        "context": {**order.get("context", {}), "event": json.dumps(event)},
    }
"""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One HTTP answer. `headers` has lower-case names; a repeated field has its last value."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, kw_only=True)
class Api:
    """A REST API with a root resource, and how to call a stage of it."""

    workshop: "ApiWorkshop"
    api_id: str
    root_id: str

    @property
    def gateway(self) -> Any:
        """The API Gateway client."""
        return self.workshop.gateway

    def resource(self, *parts: str) -> str:
        """The id of the resource at this path, made where it is missing."""
        parent = self.root_id
        for part in parts:
            items = self.gateway.get_resources(restApiId=self.api_id, limit=500)["items"]
            known = {(item.get("parentId"), item.get("pathPart")): item["id"] for item in items}
            parent = (
                known.get((parent, part))
                or (self.gateway.create_resource(restApiId=self.api_id, parentId=parent, pathPart=part)["id"])
            )
        return parent

    def authorizer(
        self, function: str = "authorizer", *, kind: str = "TOKEN", permitted: bool = True, ttl: int = 0, **more: Any
    ) -> str:
        """The id of a new Lambda authorizer, which API Gateway may invoke unless `permitted` is false."""
        more.setdefault("identitySource", "method.request.header.Authorization")
        authorizer_id = self.gateway.create_authorizer(
            restApiId=self.api_id,
            name=f"authorizer-{next(self.workshop.numbers)}",
            type=kind,
            authorizerUri=self.workshop.invocation_uri(function),
            authorizerResultTtlInSeconds=ttl,
            **more,
        )["id"]
        if permitted:
            self.workshop.permit(function, f"{self.api_id}/authorizers/{authorizer_id}")
        return authorizer_id

    def route(
        self,
        path: str,
        *,
        function: str = "echo",
        method: str = "GET",
        authorizer: str | None = None,
        permitted: str | None = "*",
        timeout: int | None = None,
        **method_settings: Any,
    ) -> str:
        """A method with a proxy integration; `permitted` is what of an ARN follows the API's id: stage, method, path.

        Answers the id of its resource.
        """
        resource = self.resource(*[part for part in path.split("/") if part])
        place = {"restApiId": self.api_id, "resourceId": resource, "httpMethod": method}
        authorization = {"authorizationType": "NONE"}
        if authorizer:
            authorization = {"authorizationType": "CUSTOM", "authorizerId": authorizer}
        self.gateway.put_method(**place, **authorization, **method_settings)
        self.gateway.put_integration(
            **place,
            type="AWS_PROXY",
            integrationHttpMethod="POST",
            uri=self.workshop.invocation_uri(function),
            **({} if timeout is None else {"timeoutInMillis": timeout}),
        )
        if permitted:
            self.workshop.permit(function, f"{self.api_id}/{permitted}")
        return resource

    def gateway_response(self, kind: str, template: str | None = None, **more: Any) -> None:
        """Customises one gateway response."""
        templates = {} if template is None else {"responseTemplates": {"application/json": template}}
        self.gateway.put_gateway_response(restApiId=self.api_id, responseType=kind, **templates, **more)

    def deploy(self, stage: str = "prod", **stage_settings: Any) -> str:
        """Deploys to a stage, made where it is missing; answers the deployment's id."""
        deployment = self.gateway.create_deployment(restApiId=self.api_id)["id"]
        stages = {item["stageName"] for item in self.gateway.get_stages(restApiId=self.api_id)["item"]}
        if stage in stages:
            patch = [{"op": "replace", "path": "/deploymentId", "value": deployment}]
            self.gateway.update_stage(restApiId=self.api_id, stageName=stage, patchOperations=patch)
        else:
            self.gateway.create_stage(restApiId=self.api_id, stageName=stage, deploymentId=deployment, **stage_settings)
        return deployment

    def call(
        self,
        path: str,
        *,
        method: str = "GET",
        token: Any = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        stage: str = "prod",
    ) -> Answer:
        """One request to a stage; `token` becomes the Authorization header of the `authorizer` function."""
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = token_of(token)
        return self.workshop.request(
            f"/_aws/execute-api/{self.api_id}/{stage}{path}", method=method, headers=sent, body=body
        )


_NUMBERS = itertools.count(1)
"""Names that no other workshop of the same sandbox has."""


class ApiWorkshop:
    """A sandbox in which APIs and their functions are made. Functions are made once for all tests of the folder."""

    def __init__(self, running: RunningSandbox) -> None:
        self.running = running
        self.numbers = _NUMBERS
        self._functions: dict[str, str] = {}

    @functools.cached_property
    def gateway(self) -> Any:
        """The API Gateway client."""
        return self.running.client("apigateway")

    @functools.cached_property
    def functions(self) -> Any:
        """The Lambda client."""
        return self.running.client("lambda")

    @functools.cached_property
    def role(self) -> str:
        """A role that Lambda and API Gateway may assume and that allows nothing; one per sandbox."""
        iam = self.running.client("iam")
        try:
            role = iam.create_role(RoleName="nothing", AssumeRolePolicyDocument=json.dumps(TRUST))
        except iam.exceptions.EntityAlreadyExistsException:  # of another workshop in the same sandbox
            role = iam.get_role(RoleName="nothing")
        return role["Role"]["Arn"]

    def api(self) -> Api:
        """A new, empty API."""
        created = self.gateway.create_rest_api(name=f"api-{next(self.numbers)}")
        root = self.gateway.get_resources(restApiId=created["id"])["items"][0]["id"]
        return Api(workshop=self, api_id=created["id"], root_id=root)

    def function(self, name: str, source: str, **settings: Any) -> str:
        """The ARN of a function with this source, made once."""
        if name not in self._functions:
            self._functions[name] = self.functions.create_function(
                FunctionName=name,
                Runtime=RUNTIME,
                Handler="handler.handle",
                Role=self.role,
                Code={"ZipFile": zipped(source)},
                **{"Timeout": 30, **settings},
            )["FunctionArn"]
        return self._functions[name]

    def adopt(self, name: str, arn: str) -> None:
        """Takes a function that was made elsewhere."""
        self._functions[name] = arn

    def arn(self, function: str) -> str:
        """The ARN of a function that was made before, or of `echo` or `authorizer`."""
        standard = {"echo": ECHO_CODE, "authorizer": AUTHORIZER_CODE}
        return self.function(function, standard[function]) if function in standard else self._functions[function]

    def invocation_uri(self, function: str) -> str:
        """The integration URI of a function."""
        return f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{self.arn(function)}/invocations"

    def certificate(self, *domains: str) -> str:
        """The ARN of an imported server certificate for these domain names."""
        issued = new_authority("Servers").issue(domains[0], names=domains, server=True)
        imported = self.running.client("acm").import_certificate(
            Certificate=issued.pem.encode(), PrivateKey=issued.key_pem.encode()
        )
        return imported["CertificateArn"]

    def permit(self, function: str, source: str) -> None:
        """Lets API Gateway invoke the function for `source`, what follows the account in an execute-api ARN."""
        self.functions.add_permission(
            FunctionName=self.arn(function),
            StatementId=f"permission-{next(self.numbers)}",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{REGION}:{ACCOUNT_ID}:{source}",
        )

    def request(
        self, path: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """One HTTP request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.running.port, timeout=60)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            response = connection.getresponse()
            answer = response.read()
            return Answer(
                status=response.status,
                headers={name.lower(): value for name, value in response.getheaders()},
                body=answer,
            )
        finally:
            connection.close()


def token_of(order: Any) -> str:
    """A token that tells the `authorizer` function what to do."""
    return base64.b64encode(json.dumps(order).encode()).decode()


def allow(**more: Any) -> dict[str, Any]:
    """The order to allow the method that was called."""
    return {"statement": [{"Effect": "Allow", "Action": ALLOW, "Resource": "METHOD"}], **more}


def deny(**more: Any) -> dict[str, Any]:
    """The order to deny the method that was called."""
    return {"statement": [{"Effect": "Deny", "Action": ALLOW, "Resource": "METHOD"}], **more}


def zipped(source: str) -> bytes:
    """A code archive with `handler.py`."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("handler.py", source)
    return archive.getvalue()
