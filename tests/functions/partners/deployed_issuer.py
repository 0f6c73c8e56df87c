"""A pool in a sandbox with the functions of `ClientCredentialsIssuer`: real archives, and roles and settings as the
component registers them. Deliberately not how the program deploys them: calls of boto3 take the engine's place.
"""

import io
import json
import time
import zipfile
from collections.abc import Sequence
from typing import Any

from client_certificates.binding_proof import binding_metadata
from components.client_credentials_issuer import APP_CLIENTS_PACKAGES, TRIGGER_PACKAGES
from components.managed_secret import ROTATION_PACKAGES
from components.packaging import package_files
from secret_rotation.app_client_secrets import app_client_secret_in
from secret_store.secret_source import SecretVersion
from secret_store.signing_key import signing_key_in
from tests.components.samples import client_credentials_issuer
from tests.support.cognito import TokenAnswer, ask_for_token
from tests.support.functions import TRUST
from tests.support.mocks import Stack, deploy
from tests.support.sandbox import ACCOUNT_ID, RunningSandbox, wait_until

CLIENT = "acme"
PREFIX = "partners/clients/"
SCOPE = "partner/orders.read"
THUMBPRINT = "A" * 42 + "E"
SECRET = "partners-client-acme-secret"
BINDING_KEY = "partners-binding-key"


class DeployedIssuer:
    """The pool, one client, its secret after the first rotation, and the trigger with its key."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self.sandbox = sandbox
        self.cognito = sandbox.client("cognito-idp")
        self.secrets = sandbox.client("secretsmanager")
        self._recorded: Stack = deploy(client_credentials_issuer)
        self._real = self._resources()
        self._function("partners-app-clients", APP_CLIENTS_PACKAGES)
        made = self.call_app_clients("create")
        assert made is not None
        self.client_id = made
        self._real["appclient1"] = made
        for name in (BINDING_KEY, SECRET):
            self._rotate_by(name, self._function(f"{name}-rotation", ROTATION_PACKAGES))
        trigger = self._function("partners-trigger", TRIGGER_PACKAGES)
        self._permit(trigger, "cognito-idp.amazonaws.com", self.pool_arn)
        config = {"PreTokenGenerationConfig": {"LambdaArn": trigger, "LambdaVersion": "V3_0"}}
        self.cognito.update_user_pool(UserPoolId=self.pool_id, LambdaConfig=config, UserPoolTier="ESSENTIALS")

    def call_app_clients(self, action: str, **changes: Any) -> str | None:
        """What a deployment says of the client; answers its app client's id."""
        settings = {"name": CLIENT, "scopes": [SCOPE], "token_minutes": 15, **changes}
        event = {**settings, "tf": {"action": action, "prev_input": settings}}
        answer = self.sandbox.client("lambda").invoke(
            FunctionName="partners-app-clients", Payload=json.dumps(event).encode()
        )
        payload = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        return payload["client_id"]

    def secret(self) -> dict[str, str]:
        """The client's current secret."""
        return app_client_secret_in(self._current(f"{PREFIX}{CLIENT}"))

    def rotate(self) -> dict[str, str]:
        """Rotate the client's secret and return the new one."""
        before = self.secret()
        self.secrets.rotate_secret(SecretId=f"{PREFIX}{CLIENT}")

        def changed() -> dict[str, str] | None:
            after = self.secret()
            return None if after == before else after

        return wait_until(changed, what="the client's secret is rotated", patience=60)

    def proof(
        self, *, thumbprint: str = THUMBPRINT, scope: str = SCOPE, client_id: str | None = None
    ) -> dict[str, str]:
        """What `POST /token` sends with its request, for this certificate, scope and app client."""
        key = signing_key_in(self._current(self._real[self._mock_arn(BINDING_KEY)]))
        return binding_metadata(
            app_client_id=client_id or self.client_id,
            scopes=scope.split(),
            thumbprint=thumbprint,
            now=time.time(),
            key_id=key.key_id,
            key=key.key,
        )

    def token(self, secret: dict[str, str], metadata: Any, *, scope: str = SCOPE) -> TokenAnswer:
        """Ask the pool's token endpoint."""
        url = f"{self.sandbox.url}/oauth2/token"
        return ask_for_token(url, secret["client_id"], secret["client_secret"], metadata=metadata, scope=scope)

    def active_secrets(self) -> int:
        """How many secrets of the app client count."""
        where = {"UserPoolId": self.pool_id, "ClientId": self.client_id}
        return len(self.cognito.list_user_pool_client_secrets(**where)["ClientSecrets"])

    def _resources(self) -> dict[str, str]:
        """Makes what has no function; what the mocks called it, and what it is called here."""
        pool = self.cognito.create_user_pool(PoolName="partners", UserPoolTier="ESSENTIALS")["UserPool"]
        self.pool_id, self.pool_arn = str(pool["Id"]), str(pool["Arn"])
        scopes = [{"ScopeName": "orders.read", "ScopeDescription": "Read orders"}]
        self.cognito.create_resource_server(
            UserPoolId=self.pool_id, Identifier="partner", Name="partners", Scopes=scopes
        )
        mock_pool = self._recorded.one("gatehouse:index:ClientCredentialsIssuer").outputs
        real = {mock_pool["user_pool_arn"]: self.pool_arn, mock_pool["user_pool_id"]: self.pool_id}
        for name in (BINDING_KEY, SECRET):
            given = self._recorded.one("aws:secretsmanager/secret:Secret", name).inputs.get("name", name)
            made = self.secrets.create_secret(Name=given, SecretString="{}")
            real[self._mock_arn(name)] = made["ARN"]
        return real

    def _mock_arn(self, name: str) -> str:
        return str(self._recorded.one("gatehouse:index:ManagedSecret", name).outputs["arn"])

    def _function(self, name: str, packages: Sequence[str]) -> str:
        """Deploys the function that was registered as `name`, with its own role; answers its ARN."""
        iam, recorded = self.sandbox.client("iam"), self._recorded.one("aws:lambda/function:Function", name).inputs
        policy = self._recorded.one("aws:iam/rolePolicy:RolePolicy", f"{name}-policy").inputs["policy"]
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName="policy", PolicyDocument=self._here(policy))
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, file in package_files(packages).items():
                archive.write(file, path)
        environment = json.loads(self._here(json.dumps(recorded.get("environment", {}).get("variables", {}))))
        made = self.sandbox.client("lambda").create_function(
            FunctionName=name,
            Role=role,
            Code={"ZipFile": stream.getvalue()},
            Environment={"Variables": environment},
            Handler=recorded["handler"],
            Runtime=recorded["runtime"],
            Timeout=int(recorded["timeout"]),
        )
        return made["FunctionArn"]

    def _here(self, text: str) -> str:
        for mock, real in self._real.items():
            text = text.replace(mock, real)
        return text

    def _permit(self, function_arn: str, principal: str, source_arn: str) -> None:
        self.sandbox.client("lambda").add_permission(
            FunctionName=function_arn,
            StatementId="caller",
            Action="lambda:InvokeFunction",
            Principal=principal,
            SourceArn=source_arn,
            SourceAccount=ACCOUNT_ID,
        )

    def _rotate_by(self, name: str, function_arn: str) -> None:
        arn = self._real[self._mock_arn(name)]
        self._permit(function_arn, "secretsmanager.amazonaws.com", arn)
        self.secrets.rotate_secret(
            SecretId=arn, RotationLambdaARN=function_arn, RotationRules={"AutomaticallyAfterDays": 30}
        )
        wait_until(lambda: self._current(arn).value != "{}", what=f"the first rotation of {name}", patience=60)

    def _current(self, secret_id: str) -> SecretVersion:
        answer = self.secrets.get_secret_value(SecretId=secret_id)
        return SecretVersion(version_id=answer["VersionId"], value=answer["SecretString"])
