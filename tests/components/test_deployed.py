"""The real engine and the sandbox: what the authorizer's component promises, deployed, called and deployed again.

One stack for all tests (`deployed_world`), two programs of docs/how-to/plugins.md in it. The policy pack is on in every
update.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.components.deployed_world import ORDERS, PROGRAM, ROOT, World
from tests.support.engine import COMMAND_SECONDS, program_workspace
from tests.support.sandbox import REGION, running_sandbox

pytestmark = pytest.mark.timeout(900)

STAFF = {"X-Audiences": "guests staff"}
EXAMPLE_TOKEN = "of-the-built-in-example-chain-" + "0" * 32


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("component")
    with running_sandbox(folder / "sandbox", with_provider=True) as sandbox:
        workspace = program_workspace(
            folder,
            PROGRAM,
            configuration={"aws:region": REGION},
            provider_port=sandbox.endpoints.provider_port,
            variables={"PYTHONPATH": str(ROOT)},
        )
        world = World(workspace=workspace, sandbox=sandbox)
        world.write()
        world.up()
        yield world


def test_a_route_is_served_and_answers_only_whom_the_chain_lets_in(world: World) -> None:
    assert world.call("/inside").status == 200
    assert world.call("/inside", token="let-me-in-too").status == 401
    assert world.call("/inside", token=None).status == 401


def test_the_pages_first_program_lets_in_nobody_until_its_example_chain_is_given_a_secret(world: World) -> None:
    refused = world.call("/orders", api="url", token=f"Bearer {EXAMPLE_TOKEN}")
    assert refused.status == 401
    (decision,) = world.decisions("my-api-authorizer")
    assert (decision["denied_by"], decision["reason"]) == ("01_check_bearer_token", "example_not_configured")


@pytest.mark.parametrize("path", ["/inside", "/later"], ids=["a route", "a method added later"])
def test_the_alias_of_the_published_version_answers(world: World, path: str) -> None:
    answer = world.call(path, headers=STAFF).json
    alias = world.sandbox.client("lambda").get_alias(FunctionName="answering", Name="live")
    assert answer["version"] == alias["FunctionVersion"]


def test_the_authorizer_is_called_by_its_alias_and_not_otherwise(world: World) -> None:
    registered = world.sandbox.client("apigateway").get_authorizers(restApiId=world.outputs["inside_id"])["items"]
    (authorizer,) = [each for each in registered if each["name"] == "guard"]
    assert authorizer["authorizerUri"].endswith(":function:guard:live/invocations")
    functions = world.sandbox.client("lambda")
    allowed = json.loads(functions.get_policy(FunctionName="guard", Qualifier="live")["Policy"])["Statement"]
    assert {each["Resource"].rpartition(":")[2] for each in allowed} == {"live"}


def test_a_token_that_the_validation_expression_does_not_match_is_refused_without_asking_the_authorizer(
    world: World,
) -> None:
    before = len(world.decisions("guard"))
    assert [world.call("/inside", token=token).status for token in ("me-in", "let-me-in!", "")] == [401] * 3
    assert len(world.decisions("guard")) == before
    assert world.call("/inside", token="let-them-in").status == 401
    assert len(world.decisions("guard")) == before + 1


def test_a_method_added_later_goes_by_the_stages_variables_and_the_answer_is_kept(world: World) -> None:
    before = len(world.decisions("by-stage"))
    kept = {"X-Audiences": "staff and friends"}
    assert [world.call("/later", headers=kept).json["audience"] for _ in range(3)] == ["staff"] * 3
    refused = world.call("/later", headers={"X-Audiences": "guests"})
    assert (refused.status, refused.json["reason"]) == (403, "wrong_audience")
    assert world.call("/later").status == 401
    decisions = world.decisions("by-stage")[before:]
    assert [(each["decision"], each["reason"]) for each in decisions] == [
        ("Allow", "allowed"),
        ("Deny", "wrong_audience"),
    ]


def test_concurrency_snapshots_and_vpc_are_as_asked(world: World) -> None:
    functions = world.sandbox.client("lambda")
    kept = functions.get_provisioned_concurrency_config(FunctionName="guard", Qualifier="live")
    assert kept["RequestedProvisionedConcurrentExecutions"] == 2
    assert functions.get_function_configuration(FunctionName="answering")["SnapStart"]["ApplyOn"] == "PublishedVersions"
    vpc = functions.get_function_configuration(FunctionName="guard")["VpcConfig"]
    outputs = world.outputs
    assert (vpc["SubnetIds"], vpc["SecurityGroupIds"]) == ([outputs["subnet"]], [outputs["group"]])
    role = functions.get_function_configuration(FunctionName="guard")["Role"].rpartition("/")[2]
    attached = world.sandbox.client("iam").list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert [each["PolicyName"] for each in attached] == ["AWSLambdaVPCAccessExecutionRole"]


def test_an_edge_optimised_api_is_stored_as_one(world: World) -> None:
    live = world.sandbox.client("apigateway").get_rest_api(restApiId=world.outputs["inside_id"])
    assert live["endpointConfiguration"]["types"] == ["EDGE"]


def test_a_private_apis_endpoints_and_policy_are_stored(world: World) -> None:
    outputs = world.outputs
    live = world.sandbox.client("apigateway").get_rest_api(restApiId=outputs["private_id"])
    assert live["endpointConfiguration"]["types"] == ["PRIVATE"]
    assert live["endpointConfiguration"]["vpcEndpointIds"] == [outputs["endpoint"]]
    deny, allow = json.loads(json.loads(f'"{live["policy"]}"'))["Statement"]
    assert deny["Condition"] == {"StringNotEquals": {"aws:SourceVpce": [outputs["endpoint"]]}}
    assert deny["Resource"] == allow["Resource"] == f"{outputs['private_execution_arn']}/*"


def test_a_private_api_answers_nobody_who_comes_from_outside_its_vpc(world: World) -> None:
    assert world.call("/inside", api="private_url").status == 403
    assert world.call("/inside").status == 200


def test_a_second_update_changes_nothing(world: World) -> None:
    world.up("--refresh", "--expect-no-changes")


# Each way to go wrong is one call; what it raises is told to the engine as Pulumi's executor tells what ends a program,
# because only one error can end it: that is the open method's, which is not known before the API's parts are.
BAD_INPUT = """
from pathlib import Path

import pulumi
import pulumi_aws as aws

from components.authorized_api import AuthorizedApi, AuthorizedApiArgs
from components.custom_authorizer import AuthorizerType, CustomAuthorizer, CustomAuthorizerArgs
from components.endpoints import EndpointType
from components.errors import ArgumentError

here = Path(__file__).parent
for folder, code in {"empty": None, "broken": "def validate(:", "mute": "def check(auth_context): ..."}.items():
    (here / folder).mkdir(exist_ok=True)
    if code:
        (here / folder / "01_check.py").write_text(code)


def authorizer(name, **changes):
    return CustomAuthorizer(name, CustomAuthorizerArgs(function_name=name, **changes))


def chain(folder):
    return lambda: authorizer(folder, plugins_directory=here / folder)


for mistake in (
    *map(chain, ("missing", "empty", "broken", "mute")),
    lambda: authorizer("ttl", ttl_seconds=4000),
    lambda: authorizer("memory", memory_mb=100),
    lambda: authorizer("sources", type=AuthorizerType.REQUEST, identity_sources=[]),
    lambda: authorizer("secret", environment={"JWT_SECRET": "sesame"}),
    lambda: AuthorizedApiArgs(api_name="api", endpoint_type=EndpointType.PRIVATE),
):
    try:
        mistake()
    except ArgumentError as error:
        pulumi.log.error(str(error))

args = AuthorizedApiArgs(api_name="api", authorizers=[authorizer("guard")], create_deployment=False)
api = AuthorizedApi("api", args)
opened = aws.apigateway.Method(
    "opened", rest_api=api.rest_api_id, resource_id=api.root_resource_id, http_method="GET", authorization="NONE"
)
api.deploy(after=[opened])
"""
SAID_OF_BAD_INPUT = [
    "authorizer missing: plugins_directory: ",
    "authorizer empty: plugins_directory: ",
    "authorizer broken: plugins_directory: ",
    "authorizer mute: plugins_directory: ",
    "authorizer ttl: ttl_seconds=4000; API Gateway keeps a policy for 0 to",
    "function memory: memory_mb=100; Lambda gives 128 to",
    "authorizer sources: ttl_seconds=300 without identity_sources; name what the cached policy depends on",
    "JWT_SECRET looks like a secret (its name says so); put the value into a ManagedSecret",
    "vpc_endpoint_ids=(): endpoint_type PRIVATE is reached through interface endpoints",
    "after: method 'opened' has authorization NONE, so no authorizer of this API is asked",
]


def test_bad_input_is_one_readable_line_of_the_preview(world: World, tmp_path: Path) -> None:
    workspace = program_workspace(
        tmp_path,
        BAD_INPUT,
        configuration={"aws:region": REGION},
        provider_port=world.sandbox.endpoints.provider_port,
        variables={"PYTHONPATH": str(ROOT)},
    )
    refused = workspace.complete("preview", timeout_seconds=COMMAND_SECONDS)
    assert refused.exit_code != 0
    errors = [line.strip() for line in refused.output.splitlines() if line.strip().startswith("error: ")]
    said = [[says for says in SAID_OF_BAD_INPUT if says in error] for error in errors]
    assert sorted(says for (says,) in filter(None, said)) == sorted(SAID_OF_BAD_INPUT), refused.output
    assert "Traceback" not in refused.output
    assert "sesame" not in refused.output


def test_a_change_of_code_of_settings_and_of_added_methods_is_live_at_once(world: World) -> None:
    before = world.call("/later", headers=STAFF).json
    secret = world.sandbox.client("secretsmanager").create_secret(Name="example-token", SecretString=EXAMPLE_TOKEN)
    first = 'authorizer = CustomAuthorizer("authorizer", CustomAuthorizerArgs(function_name="my-api-authorizer"'
    given = f'{first}, secret_arns={{"EXAMPLE_TOKEN_SECRET_ARN": ExistingSecret("{secret["ARN"]}")}}'
    world.write(
        {
            'path_part="later"': 'path_part="latest"',
            '"/prod/GET/later"': '"/prod/GET/latest"',
            'variables={"audience": "staff"}': 'variables={"audience": "guests"}',
            first: f"from components.function_settings import ExistingSecret\n{given}",
        },
        greeting="welcome",
        more=ORDERS,
    )
    world.up()

    answer = world.call("/latest", headers=STAFF)
    assert (answer.status, answer.json["greeting"], answer.json["audience"]) == (200, "welcome", "guests")
    assert int(answer.json["version"]) > int(before["version"])
    assert world.call("/latest", headers={"X-Audiences": "staff"}).status == 403
    assert world.call("/inside").json["greeting"] == "welcome"
    assert world.call("/inside", token="let-me-in-too").status == 401

    example = world.call("/orders", api="url", token=f"Bearer {EXAMPLE_TOKEN}")
    assert (example.status, example.json["caller"]) == (200, "example-caller")
    assert world.call("/orders", api="url", token=f"Bearer {EXAMPLE_TOKEN}0").status == 401

    orders = world.call("/orders", api="invoke_url")
    assert (orders.status, orders.json) == (200, {"caller": "caller", "tier": None})
    assert world.call("/orders", api="invoke_url", token="let-me-in-too").status == 401
    assert world.call("/orders", api="invoke_url", token=None).status == 401
