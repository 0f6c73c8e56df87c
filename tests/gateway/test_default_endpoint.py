"""`gateway.default_endpoint`: where an API answers, and what is answered elsewhere."""

from tests.gateway.rest_api import Api, ApiWorkshop


def test_the_emulator_alone_answers_on_a_disabled_endpoint(emulator: ApiWorkshop) -> None:
    assert disabled(emulator).call("/hello").status == 200


def disabled(workshop: ApiWorkshop) -> Api:
    api = workshop.api()
    api.route("/hello")
    patch = [{"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"}]
    api.gateway.update_rest_api(restApiId=api.api_id, patchOperations=patch)
    api.deploy()
    return api


def test_a_disabled_default_endpoint_is_forbidden_in_each_of_its_forms(sandbox: ApiWorkshop) -> None:
    api = disabled(sandbox)
    host = {"Host": f"{api.api_id}.execute-api.localhost:{sandbox.running.port}"}
    for answer in (
        api.call("/hello"),
        sandbox.request(f"/restapis/{api.api_id}/prod/_user_request_/hello"),
        sandbox.request("/prod/hello", headers=host),
    ):
        assert (answer.status, answer.body) == (403, b'{"message":"Forbidden"}')
        assert answer.headers["x-amzn-errortype"] == "ForbiddenException"


def test_the_custom_domain_of_a_disabled_default_endpoint_answers(sandbox: ApiWorkshop) -> None:
    api = disabled(sandbox)
    sandbox.gateway.create_domain_name(
        domainName="only.example.test",
        regionalCertificateArn=sandbox.certificate("only.example.test"),
        endpointConfiguration={"types": ["REGIONAL"]},
    )
    sandbox.gateway.create_base_path_mapping(domainName="only.example.test", restApiId=api.api_id, stage="prod")
    answer = sandbox.request("/hello", headers={"Host": "only.example.test"})
    assert (answer.status, answer.json["requestContext"]["path"]) == (200, "/hello")


def test_unknown_paths_and_methods_get_the_apis_own_gateway_response(sandbox: ApiWorkshop) -> None:
    api = sandbox.api()
    api.route("/hello")
    origin = {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}
    api.gateway_response("MISSING_AUTHENTICATION_TOKEN", responseParameters=origin)
    api.deploy()
    for answer in (api.call("/nothing"), api.call("/hello", method="DELETE"), api.call("/")):
        assert (answer.status, answer.json) == (403, {"message": "Missing Authentication Token"})
        assert answer.headers["access-control-allow-origin"] == "*"


def test_an_unknown_stage_or_api_is_forbidden(sandbox: ApiWorkshop) -> None:
    api = sandbox.api()
    api.route("/hello")
    api.deploy()
    for answer in (
        api.call("/hello", stage="nowhere"),
        sandbox.request("/_aws/execute-api/0badc0de/prod/hello"),
        sandbox.request("/prod/hello", headers={"Host": f"0badc0de.execute-api.localhost:{sandbox.running.port}"}),
    ):
        assert (answer.status, answer.json) == (403, {"message": "Forbidden"})
        assert answer.headers["x-amzn-errortype"] == "ForbiddenException"
