"""The adapters of `ca` and `client` keep the contracts of their fakes, and the commands work on a deployed API."""

import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from audit_trail.trail import AuditUnavailable
from cli.certificates.app_clients import CognitoAppClients
from cli.certificates.aws_stores import AwsSecretKeeper, SsmParameters
from cli.certificates.in_memory import InMemoryAppClients, InMemoryParameters, InMemorySecretKeeper
from cli.certificates.ports import AppClients, ParameterKeeper, SecretKeeper
from cli.certificates.target_calls import LogTrail, target_calls
from cli.certificates.truststores import AwsTruststores
from cli.errors import CliError
from cli.target import Target
from client_certificates.dynamodb_registry import DynamoDbRegistry
from client_certificates.errors import StandingUnknown
from client_certificates.presented import certificate_in
from components.client_credentials_issuer import APP_CLIENTS_PACKAGES
from components.managed_secret import ROTATION_HANDLER, ROTATION_PACKAGES
from secret_rotation.app_client_secrets import APP_CLIENT_KIND
from tests.cli.deployment import deploy_folder
from tests.cli.support import CommandLine
from tests.functions.task_root import make_task_root
from tests.gateway.rest_api import ApiWorkshop
from tests.support.certificates import DAY, new_authority
from tests.support.partners import TlsWorkshop
from tests.support.sandbox import REGION, RunningSandbox

SCOPES = frozenset({"partner-api/read", "partner-api/write"})
PREFIX = f"gatehouse/{uuid.uuid4().hex[:8]}/partner/"


@pytest.fixture(scope="module")
def target(sandbox: RunningSandbox) -> Target:
    return Target(name="sandbox of the test", region=REGION, endpoint_url=sandbox.url, as_sandbox_root=True)


@pytest.fixture(scope="module")
def pool_id(target: Target) -> str:
    cognito = target.client("cognito-idp")
    pool: str = cognito.create_user_pool(PoolName="partners")["UserPool"]["Id"]
    cognito.create_resource_server(
        UserPoolId=pool,
        Identifier="partner-api",
        Name="partner-api",
        Scopes=[{"ScopeName": scope.partition("/")[2], "ScopeDescription": scope} for scope in sorted(SCOPES)],
    )
    return pool


@dataclass(frozen=True, kw_only=True)
class Functions:
    """The deployment's functions for clients that operators add: the name of one, the ARN of the other."""

    app_clients: str
    rotation_arn: str


@pytest.fixture(scope="module")
def functions(
    sandbox: RunningSandbox, target: Target, pool_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Functions:
    name, folder = uuid.uuid4().hex[:8], tmp_path_factory.mktemp("functions")
    pool = {"USER_POOL_ID": pool_id}
    maker, rotation = f"app-clients-{name}", f"client-secrets-rotation-{name}"
    task = make_task_root(folder / "maker", packages=APP_CLIENTS_PACKAGES)
    deploy_folder(sandbox, maker, task, "app_clients.handler.handle", {**pool, "TOKEN_MINUTES": "15"})
    task = make_task_root(folder / "rotation", packages=ROTATION_PACKAGES)
    deploy_folder(sandbox, rotation, task, ROTATION_HANDLER, {**pool, "SECRET_KIND": APP_CLIENT_KIND})
    for function, actions in ((maker, ["cognito-idp:*"]), (rotation, ["cognito-idp:*", "secretsmanager:*"])):
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        target.client("iam").put_role_policy(
            RoleName=f"{function}-role",
            PolicyName="policy",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )
    functions = target.client("lambda")
    permission = {"Action": "lambda:InvokeFunction", "Principal": "secretsmanager.amazonaws.com"}
    functions.add_permission(FunctionName=rotation, StatementId="rotation", **permission)
    arn = functions.get_function_configuration(FunctionName=rotation)["FunctionArn"]
    return Functions(app_clients=maker, rotation_arn=arn)


@pytest.fixture(params=["fake", "AWS"])
def secrets(request: pytest.FixtureRequest) -> SecretKeeper:
    return InMemorySecretKeeper() if request.param == "fake" else AwsSecretKeeper(request.getfixturevalue("target"))


@pytest.fixture(params=["fake", "AWS"])
def parameters(request: pytest.FixtureRequest) -> ParameterKeeper:
    return InMemoryParameters() if request.param == "fake" else SsmParameters(request.getfixturevalue("target"))


@pytest.fixture(params=["fake", "AWS"])
def app_clients(request: pytest.FixtureRequest) -> AppClients:
    if request.param == "fake":
        return InMemoryAppClients(SCOPES)
    target, pool_id, functions = (request.getfixturevalue(name) for name in ("target", "pool_id", "functions"))
    return CognitoAppClients(target, user_pool_id=pool_id, function=lambda: functions.app_clients)


def test_secrets_are_created_once_written_again_and_deleted(secrets: SecretKeeper) -> None:
    name = f"gatehouse/ca/{uuid.uuid4().hex}/0001"
    assert secrets.read(name) is None
    assert secrets.create(name, "first", description="d")
    assert not secrets.create(name, "second", description="d")
    assert secrets.read(name) == "first"
    secrets.put(name, "third", description="d")
    assert secrets.read(name) == "third"
    secrets.put(name + "-new", "fourth", description="d")
    assert secrets.read(name + "-new") == "fourth"
    secrets.delete(name + "-new", recovery_days=30)
    secrets.delete(name + "-absent", recovery_days=30)


def test_a_secret_is_tagged_whether_it_is_new_or_not(secrets: SecretKeeper, request: pytest.FixtureRequest) -> None:
    name = f"partner-api/clients/{uuid.uuid4().hex}"
    for value, tags in (("first", {"one": "1"}), ("second", {"two": "2"})):
        secrets.put(name, value, description="d", tags=tags)
    if isinstance(secrets, InMemorySecretKeeper):
        found = secrets.tags[name]
    else:
        client = request.getfixturevalue("target").client("secretsmanager")
        found = {tag["Key"]: tag["Value"] for tag in client.describe_secret(SecretId=name)["Tags"]}
    assert found == {"one": "1", "two": "2"}


def test_parameters_are_put_once_and_found_below_their_path(parameters: ParameterKeeper) -> None:
    path = f"/gatehouse/ca/{uuid.uuid4().hex}/"
    assert parameters.under(path) == {}
    assert parameters.put(f"{path}0002", "second")
    assert parameters.put(f"{path}0001", "first")
    assert not parameters.put(f"{path}0001", "other")
    assert list(parameters.under(path).items()) == [(f"{path}0001", "first"), (f"{path}0002", "second")]
    parameters.delete(f"{path}0001")
    parameters.delete(f"{path}0001")
    assert list(parameters.under(path)) == [f"{path}0002"]


def test_parameters_are_secure_strings(target: Target) -> None:
    name = f"/gatehouse/ca/{uuid.uuid4().hex}/0001"
    SsmParameters(target).put(name, "certificate")
    assert target.client("ssm").get_parameter(Name=name)["Parameter"]["Type"] == "SecureString"


def test_app_clients_are_made_found_and_described(app_clients: AppClients) -> None:
    name = f"partner-{uuid.uuid4().hex}"
    assert app_clients.find(name) is None
    made = app_clients.create(name, SCOPES)
    assert app_clients.find(name) == made
    assert app_clients.describe(made.app_client_id) == made
    assert made.scopes == SCOPES
    with pytest.raises(CliError):
        app_clients.describe("absent")
    with pytest.raises(CliError):
        app_clients.create(name + "-2", frozenset({"partner-api/admin"}))


def test_an_app_client_of_people_is_not_one_for_machines(target: Target, pool_id: str) -> None:
    made = target.client("cognito-idp").create_user_pool_client(UserPoolId=pool_id, ClientName="people")
    with pytest.raises(CliError, match="not one for machines"):
        CognitoAppClients(target, user_pool_id=pool_id, function=lambda: "").describe(
            made["UserPoolClient"]["ClientId"]
        )


def test_a_table_or_a_log_group_that_is_not_there_is_an_error_of_the_port(target: Target) -> None:
    registry = DynamoDbRegistry(call=target_calls(target), table="absent", pause=lambda _: None)
    with pytest.raises(StandingUnknown, match="ResourceNotFoundException"):
        registry.clients()
    with pytest.raises(AuditUnavailable, match="absent"):
        LogTrail(target, group="/absent").write({"action": "x"})


class DeployedPartners:
    """As much of a partner API as the commands look at: `POST /token`, its function's settings, table and log group."""

    def __init__(
        self, sandbox: RunningSandbox, target: Target, pool_id: str, functions: Functions, folder: Path
    ) -> None:
        self.target = target
        name = uuid.uuid4().hex[:8]
        self.table, self.group = f"ClientRegistry-{name}", f"/gatehouse/audit-{name}"
        target.client("dynamodb").create_table(
            TableName=self.table,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        target.client("logs").create_log_group(logGroupName=self.group)
        task = make_task_root(folder, packages=["protected", "api_responses"])
        settings = {
            "CLIENT_REGISTRY_TABLE": self.table,
            "AUDIT_LOG_GROUP": self.group,
            "USER_POOL_ID": pool_id,
            "CLIENT_SECRETS_PREFIX": PREFIX,
            "APP_CLIENTS_FUNCTION": functions.app_clients,
            "APP_CLIENT_ROTATION_ARN": functions.rotation_arn,
            "APP_CLIENT_ROTATION_DAYS": "30",
        }
        function = f"token-issuer-{name}"
        deploy_folder(sandbox, function, task, "protected.handler.handle", settings)
        self.api_name = f"partner-api-{name}"
        gateway = target.client("apigateway")
        api_id = gateway.create_rest_api(name=self.api_name)["id"]
        root = gateway.get_resources(restApiId=api_id)["items"][0]["id"]
        resource = gateway.create_resource(restApiId=api_id, parentId=root, pathPart="token")["id"]
        gateway.put_method(restApiId=api_id, resourceId=resource, httpMethod="POST", authorizationType="NONE")
        arn = target.client("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"]
        gateway.put_integration(
            restApiId=api_id,
            resourceId=resource,
            httpMethod="POST",
            type="AWS_PROXY",
            integrationHttpMethod="POST",
            uri=f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations",
        )

    def records(self) -> list[dict[str, Any]]:
        events = self.target.client("logs").filter_log_events(logGroupName=self.group)["events"]
        return [json.loads(event["message"]) for event in events]


@pytest.fixture(scope="module")
def deployed(
    sandbox: RunningSandbox,
    target: Target,
    pool_id: str,
    functions: Functions,
    tmp_path_factory: pytest.TempPathFactory,
) -> DeployedPartners:
    return DeployedPartners(sandbox, target, pool_id, functions, tmp_path_factory.mktemp("task"))


def test_the_deployed_truststore_is_read_with_what_api_gateway_warns_of(
    sandbox: RunningSandbox, target: Target, tmp_path: Path
) -> None:
    apis = ApiWorkshop(sandbox)
    workshop = TlsWorkshop(apis=apis, folder=tmp_path)
    trusted, expired = new_authority("Partners"), new_authority("Partners 2019", until=-DAY / 2)
    api, other = apis.api(), apis.api()
    for each in (api, other):
        each.route("/open")
        each.deploy()
    name, elsewhere = (f"{uuid.uuid4().hex[:8]}.partner.example" for _ in range(2))
    workshop.domain(name, api, trusted, expired)
    workshop.domain(elsewhere, other, trusted)

    [found] = AwsTruststores(target, api_id=lambda: api.api_id).all()

    assert found.domain == name
    assert found.bundle == trusted.pem + expired.pem
    assert "Partners 2019" in "".join(found.warnings)
    assert found.version
    assert AwsTruststores(target, api_id=lambda: "absent").all() == []


def test_an_operator_goes_from_nothing_to_a_revoked_certificate(
    command_line: CommandLine,
    deployed: DeployedPartners,
    target: Target,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cli.certificates.workplace.find_target", lambda *_arguments, **_settings: target)
    request, bundle, out = (tmp_path / name for name in ("client.csr", "truststore.pem", "client.pem"))
    made = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    signed = made.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    request.write_bytes(signed.public_bytes(Encoding.PEM))

    def run(*arguments: str | Path) -> str:
        ended = command_line(*arguments, "--api", deployed.api_name)
        assert ended.code == 0, ended.printed
        return ended.out

    authority = f"partners-{uuid.uuid4().hex[:8]}"
    run("ca", "create", authority, "--bundle", bundle)
    run("client", "issue", "acme", "--name", "Acme", "--scope", "partner-api/read", "--csr", request,
        "--ca", authority, "--out", out)  # fmt: skip
    read = certificate_in(out.read_text())
    run("client", "revoke", "acme", "--certificate", read.fingerprint[:12], "--reason", "key lost")
    [listed] = json.loads(run("client", "list", "acme", "--json"))["certificates"]
    assert (listed["sha256"], listed["status"], listed["reason"]) == (read.fingerprint, "revoked", "key lost")
    described = target.client("secretsmanager").describe_secret(SecretId=f"{PREFIX}acme")
    assert (described["RotationEnabled"], described["RotationRules"]) == (True, {"AutomaticallyAfterDays": 30})
    stored = json.loads(target.client("secretsmanager").get_secret_value(SecretId=f"{PREFIX}acme")["SecretString"])
    assert set(stored) == {"client_id", "client_secret", "client_secret_id"}
    records = [(record["action"], record["outcome"], record["client_id"]) for record in deployed.records()]
    assert records == [
        ("register_certificate", "requested", "acme"),
        ("register_certificate", "succeeded", "acme"),
        ("revoke_certificate", "requested", "acme"),
        ("revoke_certificate", "succeeded", "acme"),
    ]
    assert all(record["who"].startswith("arn:") for record in deployed.records())
    registry = DynamoDbRegistry(call=target_calls(target), table=deployed.table, pause=lambda _: None)
    certificate = registry.certificate(read.fingerprint)
    assert certificate is not None
    assert certificate.status == "revoked"
