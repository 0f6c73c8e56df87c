"""The authorization map: every entrance of a stack, and who guards it."""

from guardrails.report.authorization_map import authorization_map
from guardrails.report.documents import snapshot
from guardrails.report.routes import UNKNOWN_YET, Route
from tests.policy.declarations import (
    AUTHORIZER,
    FUNCTION,
    FUNCTION_URL,
    INTEGRATION,
    METHOD,
    PATH,
    PREFLIGHT,
    ROUTE,
    STACK,
    before_it_exists,
    replaced,
)
from tests.policy.judging import Declared
from tests.policy.report.stack_documents import exported
from tests.policy.report.stacks import API, WHOLE

INVOCATION = "arn:aws:apigateway:ap-southeast-3:lambda:path/2015-03-31/functions"
ARCHIVE = {
    "4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7",
    "assets": {
        name: {
            "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17",
            "hash": "00",
            "path": f"/somewhere/{name}",
        }
        for name in ("authorizer/handler.py", "plugins/20_scope.py", "plugins/10_token.py", "plugins/_shared.py")
    },
}
DECIDER = Declared(
    type=FUNCTION.type,
    name="decider",
    properties={"id": "decider", "name": "decider", "arn": "arn:aws:lambda:x:1:function:decider", "code": ARCHIVE},
)
GUARDED = replaced(
    (*WHOLE, DECIDER),
    Declared(
        type=AUTHORIZER.type,
        name=AUTHORIZER.name,
        properties={
            **AUTHORIZER.properties,
            "name": "who-are-you",
            "authorizerUri": f"{INVOCATION}/arn:aws:lambda:x:1:function:decider/invocations",
            "identitySource": "method.request.header.Authorization",
            "authorizerResultTtlInSeconds": 60,
        },
        sources={"restApi": ["api"], "authorizerUri": ["decider"]},
    ),
)
DOMAIN = Declared(
    type="aws:apigateway/domainName:DomainName",
    name="domain",
    properties={
        "id": "partners.example.com",
        "domainName": "partners.example.com",
        "mutualTlsAuthentication": {"truststoreUri": "s3://bucket/bundle.pem", "truststoreVersion": "1"},
    },
)
MAPPING = Declared(
    type="aws:apigateway/basePathMapping:BasePathMapping",
    name="mapping",
    properties={"id": "m", "restApi": "api1", "domainName": "partners.example.com"},
    sources={"restApi": ["api"], "domainName": ["domain"]},
)


def routes(*declared: Declared) -> tuple[Route, ...]:
    return authorization_map(snapshot(exported(*declared)["deployment"]["resources"]).outputs)


def route(*declared: Declared, method: str) -> Route:
    (found,) = (one for one in routes(*declared) if one.method == method)
    return found


def test_a_method_is_shown_with_its_authorizer_its_chain_and_what_is_cached() -> None:
    found = route(*GUARDED, method="GET")
    assert (found.kind, found.api, found.path, found.authorization) == ("REST", "hello-api", "/hello", "CUSTOM")
    assert found.guard is not None
    assert found.guard.authorizer == "who-are-you"
    assert found.guard.function == "decider"
    assert found.guard.chain == ("10_token", "20_scope")
    assert found.guard.cache_key == ("method.request.header.Authorization",)
    assert found.guard.ttl_seconds == 60


def test_the_defaults_of_api_gateway_are_shown_where_nothing_is_declared() -> None:
    guard = route(*STACK, method="GET").guard
    assert guard is not None
    assert (guard.ttl_seconds, guard.cache_key) == (300, ("method.request.header.Authorization",))
    assert (guard.function, guard.chain) == ("not of this stack", None)


def test_a_preflight_says_who_answers_it() -> None:
    found = route(*STACK, method="OPTIONS")
    assert (found.authorization, found.guard) == ("NONE", None)
    assert found.remark == "answered by API Gateway itself (MOCK)"
    behind_a_backend = replaced(STACK, INTEGRATION.with_property("type", "AWS_PROXY"))
    assert route(*behind_a_backend, method="OPTIONS").remark == ""


def test_a_new_stack_is_mapped_by_what_its_ids_come_from() -> None:
    found = route(*before_it_exists(*GUARDED), method="GET")
    assert (found.api, found.path) == ("hello-api", "/hello")
    assert found.guard is not None
    assert found.guard.chain == ("10_token", "20_scope")


def test_what_is_not_known_is_said_and_not_guessed() -> None:
    orphan = Declared(
        type=METHOD.type, name="orphan", properties={**before_it_exists(METHOD)[0].properties, "httpMethod": "PUT"}
    )
    found = route(orphan, method="PUT")
    assert found.api == UNKNOWN_YET
    assert UNKNOWN_YET in found.path
    assert found.guard is None


def test_nested_paths_are_put_together() -> None:
    child = Declared(
        type=PATH.type,
        name="child",
        properties={"id": "path2", "restApi": "api1", "parentId": "path1", "pathPart": "{id}"},
        sources={"parentId": ["path"]},
    )
    method = METHOD.with_property("resourceId", "path2").with_property("httpMethod", "DELETE")
    deletion = Declared(type=method.type, name="delete", properties=method.properties, sources=METHOD.sources)
    assert route(*GUARDED, child, deletion, method="DELETE").path == "/hello/{id}"


def test_an_api_behind_a_domain_with_client_certificates_says_so_and_where_else_it_answers() -> None:
    found = route(*GUARDED, DOMAIN, MAPPING, method="GET")
    assert found.mutual_tls == ("partners.example.com",)
    assert found.other_entrances == ("default endpoint",)
    closed = replaced(GUARDED, API.with_property("disableExecuteApiEndpoint", value=True))
    assert route(*closed, DOMAIN, MAPPING, method="GET").other_entrances == ()
    assert route(*closed, DOMAIN.without("mutualTlsAuthentication"), MAPPING, method="GET").mutual_tls == ()


def test_routes_of_http_apis_and_function_urls_are_entrances_too() -> None:
    api = Declared(
        type="aws:apigatewayv2/api:Api",
        name="http",
        properties={
            "id": "api3",
            "name": "http-api",
            "protocolType": "HTTP",
            "target": "arn:aws:lambda:x:1:function:f",
        },
    )
    authorizer = Declared(
        type="aws:apigatewayv2/authorizer:Authorizer",
        name="http-authorizer",
        properties={
            "id": "auth2",
            "name": "http-authorizer",
            "apiId": "api3",
            "authorizerType": "REQUEST",
            "identitySources": ["$request.header.Authorization"],
        },
    )
    found = routes(api, authorizer, ROUTE, FUNCTION_URL)
    assert [(one.kind, one.method, one.path, one.authorization) for one in found] == [
        ("FUNCTION URL", "ANY", "/*", "AWS_IAM"),
        ("HTTP", "", "$default", "NONE"),
        ("HTTP", "GET", "/hello", "CUSTOM"),
    ]
    guard = found[2].guard
    assert guard is not None
    assert (guard.authorizer, guard.ttl_seconds, guard.cache_key) == ("http-authorizer", 0, ())


def test_the_order_of_a_map_does_not_depend_on_that_of_the_state() -> None:
    assert routes(*STACK) == routes(*reversed(STACK))
    assert PREFLIGHT.urn in {one.urn for one in routes(*STACK)}
