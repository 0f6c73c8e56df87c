"""The pack on resources that exist: the sandbox's provider gives real ids, and the rules go by them."""

from pathlib import Path
from typing import Any

from tests.policy.pack_process import POLICY_FOLDER
from tests.policy.programs import API, IMPORTS, PREFLIGHT
from tests.support.engine import deploy, program_workspace
from tests.support.sandbox import REGION, running_sandbox

WITH_PACK = ("--policy-pack", str(POLICY_FOLDER))

TWO_APIS = f"""{IMPORTS}{API}{PREFLIGHT}
aws.apigateway.Integration(
    "options", rest_api=api.id, resource_id=options.resource_id, http_method=options.http_method, type="MOCK",
    request_templates={{"application/json": '{{"statusCode": 204}}'}},
)
other = aws.apigateway.RestApi("other", name="other-api")
stranger = aws.apigateway.Authorizer(
    "stranger", rest_api=other.id, type="TOKEN", authorizer_uri=authorizer.authorizer_uri
)
aws.apigateway.Method(
    "get", rest_api=api.id, resource_id=path.id, http_method="GET",
    authorization="CUSTOM", authorizer_id=GUARD.id,
)
"""


def test_a_deployed_method_that_turns_to_the_authorizer_of_another_api_is_stopped(tmp_path: Path) -> None:
    with running_sandbox(tmp_path / "sandbox", with_provider=True) as sandbox:
        workspace = program_workspace(
            tmp_path,
            TWO_APIS.replace("GUARD", "authorizer"),
            configuration={"aws:region": REGION},
            provider_port=sandbox.endpoints.provider_port,
        )
        deployed = deploy(workspace, *WITH_PACK)
        assert deployed.exit_code == 0, deployed.output
        (method,) = _methods(sandbox.client("apigateway"), "GET")
        assert method["authorizationType"] == "CUSTOM"

        program = workspace.project_directory / "__main__.py"
        program.write_text(
            program.read_text(encoding="utf-8").replace("=authorizer.id", "=stranger.id"), encoding="utf-8"
        )
        stopped = workspace.complete("up", "--yes", *WITH_PACK, timeout_seconds=240.0)
        assert stopped.exit_code != 0
        assert "Method 'get': its authorizer 'stranger' belongs to another REST API." in stopped.output
        assert _methods(sandbox.client("apigateway"), "GET") == [method]


def _methods(apigateway: Any, verb: str) -> list[dict[str, Any]]:
    """The deployed methods of that verb, of all APIs."""
    found: list[dict[str, Any]] = []
    for api in apigateway.get_rest_apis()["items"]:
        for resource in apigateway.get_resources(restApiId=api["id"], embed=["methods"])["items"]:
            if verb in resource.get("resourceMethods", {}):
                method = apigateway.get_method(restApiId=api["id"], resourceId=resource["id"], httpMethod=verb)
                found.append({name: method[name] for name in ("authorizationType", "authorizerId")})
    return found
