"""`gateway.identity_sources`: context variables as identity sources."""

from tests.gateway.rest_api import Api, ApiWorkshop, allow, token_of

SOURCES = "method.request.header.Token, context.identity.sourceIp,context.httpMethod"


def cached(workshop: ApiWorkshop, sources: str) -> Api:
    api = workshop.api()
    api.route("/hello", authorizer=api.authorizer(kind="REQUEST", ttl=300, identitySource=sources))
    api.deploy()
    return api


def test_the_emulator_alone_takes_context_sources_for_absent(emulator: ApiWorkshop) -> None:
    assert cached(emulator, SOURCES).call("/hello", headers={"Token": token_of(allow())}).status == 401


def test_a_context_variable_counts_as_present(sandbox: ApiWorkshop) -> None:
    api = cached(sandbox, SOURCES)
    assert api.call("/hello", headers={"Token": token_of(allow())}).status == 200
    assert api.call("/hello").status == 401


def test_an_unset_context_variable_counts_as_absent(sandbox: ApiWorkshop) -> None:
    api = cached(sandbox, "method.request.header.Token,context.identity.apiKey")
    assert api.call("/hello", headers={"Token": token_of(allow())}).status == 401
