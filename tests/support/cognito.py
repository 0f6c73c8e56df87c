"""A Cognito user pool for machine-to-machine clients in a test's sandbox, and its token endpoint as a client calls it.

Deliberately made with boto3 alone: what the provider and the component make of it is theirs to show.
"""

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.functions import DeployedFunction, deploy
from tests.support.sandbox import RunningSandbox

SCOPES = ("orders/read", "orders/write")


@dataclass(frozen=True, kw_only=True)
class TokenAnswer:
    """Status and JSON body of an answer of the token endpoint."""

    status: int
    body: dict[str, Any]

    @property
    def claims(self) -> dict[str, Any]:
        """The access token's claims, unverified."""
        payload = self.body["access_token"].split(".")[1]
        return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def ask_for_token(
    url: str, client_id: str, secret: str, *, metadata: Mapping[str, str] | None = None, **form: str
) -> TokenAnswer:
    """POST the client credentials grant to `url`, credentials by Basic authentication."""
    fields = {"grant_type": "client_credentials", **form}
    if metadata is not None:
        fields["aws_client_metadata"] = json.dumps(metadata)
    credentials = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/x-www-form-urlencoded"}
    request = urllib.request.Request(url, data=urllib.parse.urlencode(fields).encode(), headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return TokenAnswer(status=answer.status, body=json.load(answer))
    except urllib.error.HTTPError as refused:
        with refused:
            return TokenAnswer(status=refused.code, body=json.loads(refused.read() or b"{}"))


@dataclass(frozen=True, kw_only=True)
class MachinePool:
    """A pool with one resource server (`orders`) and one app client that may ask for every scope."""

    sandbox: RunningSandbox
    pool_id: str
    arn: str
    client_id: str
    secret: str

    @property
    def token_url(self) -> str:
        """The token endpoint."""
        return f"{self.sandbox.url}/oauth2/token"

    @property
    def where(self) -> dict[str, str]:
        """Pool and client, as Cognito's API names them."""
        return {"UserPoolId": self.pool_id, "ClientId": self.client_id}

    @property
    def api(self) -> Any:
        """A client of Cognito's API."""
        return self.sandbox.client("cognito-idp")

    def token(self, secret: str | None = None, **request: Any) -> TokenAnswer:
        """Ask for a token with this secret, or the one that the app client was made with."""
        return ask_for_token(self.token_url, self.client_id, self.secret if secret is None else secret, **request)

    def trigger(self, name: str, source: str, *, permitted: bool = True) -> DeployedFunction:
        """Make the function the pool's pre token generation trigger V3_0."""
        function = deploy(self.sandbox, name, source)
        if permitted:
            self.sandbox.client("lambda").add_permission(
                FunctionName=name,
                StatementId="cognito",
                Action="lambda:InvokeFunction",
                Principal="cognito-idp.amazonaws.com",
                SourceArn=self.arn,
            )
        config = {"PreTokenGenerationConfig": {"LambdaArn": function.arn, "LambdaVersion": "V3_0"}}
        self.api.update_user_pool(UserPoolId=self.pool_id, LambdaConfig=config)
        return function


def machine_pool(sandbox: RunningSandbox, name: str) -> MachinePool:
    """Make one."""
    api = sandbox.client("cognito-idp")
    pool = api.create_user_pool(PoolName=name, UserPoolTier="ESSENTIALS")["UserPool"]
    scopes = [{"ScopeName": name, "ScopeDescription": name} for name in ("read", "write")]
    api.create_resource_server(UserPoolId=pool["Id"], Identifier="orders", Name="Orders", Scopes=scopes)
    client = api.create_user_pool_client(
        UserPoolId=pool["Id"],
        ClientName=name,
        GenerateSecret=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthScopes=list(SCOPES),
    )["UserPoolClient"]
    return MachinePool(
        sandbox=sandbox,
        pool_id=pool["Id"],
        arn=pool["Arn"],
        client_id=client["ClientId"],
        secret=client["ClientSecret"],
    )
