"""`gateway.identity_sources`: context variables as identity sources."""

from tests.gateway.rest_api import Api, ApiWorkshop, allow, token_of

SOURCES = "method.request.header.Token, context.identity.sourceIp,context.httpMethod"


def cached(workshop: ApiWorkshop, sources: str, ttl: int = 300) -> Api:
    api = workshop.api()
    api.route("/hello", authorizer=api.authorizer(kind="REQUEST", ttl=ttl, identitySource=sources))
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


def test_the_emulator_alone_checks_sources_only_where_it_caches(emulator: ApiWorkshop) -> None:
    api = cached(emulator, "method.request.header.Token,method.request.header.Second", ttl=0)
    assert api.call("/hello", headers={"Token": token_of(allow())}).status == 200


def test_a_missing_source_is_a_401_without_a_call_whether_cached_or_not(sandbox: ApiWorkshop) -> None:
    for ttl in (0, 300):
        api = cached(sandbox, "method.request.header.Token,method.request.header.Second", ttl=ttl)
        both = {"Token": token_of(allow()), "Second": "x"}
        assert api.call("/hello", headers=both).status == 200
        assert api.call("/hello", headers={"Second": "x"}).status == 401
        assert api.call("/hello", headers={**both, "Second": ""}).status == 401
