"""`POST /token`: RFC 6749's answers and errors, tokens bound to the certificate, the cache, and what fails."""

import base64
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from audit_trail.trail import AuditUnavailable
from client_certificates.errors import StandingUnknown
from secret_store.errors import SecretUnavailable
from tests.functions.partners.authority import certificate
from tests.functions.partners.world import BINDING_ARN, LIFETIME, READ, WRITE, Answer, World, event
from tests.functions.support import LAMBDA_CONTEXT, signing_key_version
from token_issuer.client_secrets import AppClientSecret
from token_issuer.cognito_endpoint import (
    IssuerRefused,
    IssuerThrottled,
    IssuerUnavailable,
    ObtainedToken,
    ScopeRefused,
    SecretRefused,
)
from token_issuer.token_cache import CacheKey, KeptToken, TokenCache


def test_the_answer_is_that_of_rfc_6749_and_may_not_be_stored(world: World, pem: str) -> None:
    answer = world.post_token(pem, scope=READ)
    assert answer.status == 200
    assert set(answer.body) == {"access_token", "token_type", "expires_in", "scope"}
    assert (answer.body["token_type"], answer.body["expires_in"], answer.body["scope"]) == ("Bearer", LIFETIME, READ)
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
    assert world.protected(pem, answer.body["access_token"]).status == 200


def test_without_a_scope_the_client_gets_all_that_it_is_registered_for(world: World, pem: str) -> None:
    assert world.post_token(pem).body["scope"] == f"{READ} {WRITE}"
    assert world.post_token(pem, scope="").body["scope"] == f"{READ} {WRITE}"


def test_only_the_proof_goes_to_cognito_and_the_secret_to_nobody_else(world: World, pem: str) -> None:
    answer = world.post_token(pem, scope=READ, aws_client_metadata='{"thumbprint": "mine"}', audience="x")
    [(app_client_id, scope, metadata)] = world.cognito.requests
    assert (app_client_id, scope) == ("app-acme", READ)
    assert set(metadata) == {"thumbprint", "issued_at", "key_id", "mac"}
    assert metadata["thumbprint"] == certificate(pem).thumbprint
    everything = "".join(world.log) + str(world.trail.records) + str(answer)
    assert "secret-of-acme" not in everything
    assert answer.body["access_token"] not in "".join(world.log) + str(world.trail.records)


@pytest.mark.parametrize("client_id", ["acme", "app-acme"])
def test_a_client_may_say_who_it_is(world: World, pem: str, client_id: str) -> None:
    assert world.post_token(pem, client_id=client_id).status == 200


def _form(**parameters: str) -> str:
    return urlencode(parameters)


GRANT = {"grant_type": "client_credentials"}
REFUSED: dict[str, tuple[str, str, int, str, str]] = {
    "no grant type": (_form(scope=READ), "", 400, "invalid_request", "invalid_request"),
    "an empty body": ("", "", 400, "invalid_request", "invalid_request"),
    "an empty grant type": (_form(grant_type=""), "", 400, "invalid_request", "invalid_request"),
    "another grant": (_form(grant_type="authorization_code"), "", 400, "unsupported_grant_type", ""),
    "a grant type twice": ("grant_type=client_credentials&" + _form(**GRANT), "", 400, "invalid_request", ""),
    "a scope twice": (_form(**GRANT) + "&scope=a&scope=b", "", 400, "invalid_request", ""),
    "a secret": (_form(**GRANT, client_secret="x"), "", 400, "invalid_request", "second_credential"),
    "an assertion": (_form(**GRANT, client_assertion="x"), "", 400, "invalid_request", "second_credential"),
    "a body without form": ("{}", "", 400, "invalid_request", ""),
    "a form that is not UTF-8": ("grant_type=%ff", "", 400, "invalid_request", ""),
    "too many parameters": ("&".join(f"p{n}=1" for n in range(40)), "", 400, "invalid_request", ""),
    "a body that is too long": ("a=" + "b" * 9_000, "", 400, "invalid_request", "body_too_large"),
    "JSON": (_form(**GRANT), "application/json", 400, "invalid_request", "unsupported_media_type"),
    "two spaces in a scope": (_form(**GRANT, scope="a  b"), "", 400, "invalid_request", ""),
    "a scope that is not the client's": (_form(**GRANT, scope=f"{READ} admin"), "", 400, "invalid_scope", ""),
    "a scope in other letters": (_form(**GRANT, scope=READ.upper()), "", 400, "invalid_scope", ""),
    "another client's id": (_form(**GRANT, client_id="beta"), "", 401, "invalid_client", "wrong_client"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_rfc_6749_refuses_is_refused_in_its_words_and_never_reaches_cognito(
    world: World, pem: str, case: str
) -> None:
    form, content_type, status, error, reason = REFUSED[case]
    answer = world.post_form(pem, form, content_type=content_type or "application/x-www-form-urlencoded")
    assert (answer.status, answer.body["error"]) == (status, error)
    assert set(answer.body) == {"error", "error_description"}
    assert '"' not in answer.body["error_description"]  # RFC 6749 section 5.2
    assert world.cognito.requests == []
    line = world.metrics("TokenRequests")[-1]
    assert line["outcome"] == "denied"
    assert line["reason"] == reason or not reason


def test_an_authorization_header_is_a_second_credential(world: World, pem: str) -> None:
    answer = world.post_form(pem, _form(**GRANT), Authorization="Basic YTpi")
    assert (answer.status, answer.body["error"]) == (400, "invalid_request")


def test_a_body_in_base64_is_read(world: World, pem: str) -> None:
    sent = event("POST", "/token", pem=pem, headers={"content-type": "application/x-www-form-urlencoded;charset=UTF-8"})
    answer = world.authorizers["/token"].allows(
        {**sent, "type": "REQUEST", "methodArn": "arn:aws:execute-api:ap-southeast-3:111122223333:a1/prod/POST/token"}
    )
    sent["requestContext"]["authorizer"] = answer["context"]
    sent |= {"body": base64.b64encode(_form(**GRANT).encode()).decode(), "isBase64Encoded": True}
    assert world.functions["/token"](sent, LAMBDA_CONTEXT)["statusCode"] == 200


# -- the cache


def test_a_token_is_given_again_for_three_quarters_of_its_life(world: World, pem: str) -> None:
    first = world.post_token(pem).body["access_token"]
    world.advance(0.75 * LIFETIME - 1)
    again = world.post_token(pem)
    assert again.body["access_token"] == first
    assert again.body["expires_in"] == LIFETIME // 4 + 1
    world.advance(1)
    assert world.post_token(pem).body["access_token"] != first
    assert len(world.cognito.requests) == 2
    assert [line["reason"] for line in world.metrics("TokenRequests")] == ["obtained", "cached", "obtained"]


def test_a_token_is_kept_for_one_client_certificate_and_scope(world: World, pem: str) -> None:
    other = world.authority.issue(serial=2)
    world.register(other)
    tokens = [
        world.post_token(pem, scope=READ),
        world.post_token(pem, scope=WRITE),
        world.post_token(pem, scope=f"{WRITE} {READ}"),
        world.post_token(other, scope=READ),
    ]
    assert len({answer.body["access_token"] for answer in tokens}) == 4
    # The order of scopes makes no other token.
    assert world.post_token(pem, scope=f"{READ} {WRITE}").body == tokens[2].body


def test_a_clock_that_goes_back_ends_the_cache(world: World, pem: str) -> None:
    first = world.post_token(pem).body["access_token"]
    world.clock.now -= 10
    assert world.post_token(pem).body["access_token"] != first


def test_the_cache_is_bounded_and_keeps_what_was_used_last(world: World) -> None:
    cache = TokenCache(clock=world.clock, maximum_tokens=2)
    keys = [CacheKey(client_id=str(n), app_client_id="a", thumbprint="t", scope="s") for n in range(3)]
    now = world.clock.now
    tokens = [KeptToken(text=str(n), token_id="", obtained_at=now, expires_at=now + 100) for n in range(3)]
    cache.put(keys[0], tokens[0])
    cache.put(keys[1], tokens[1])
    assert cache.get(keys[0]) is tokens[0]
    cache.put(keys[2], tokens[2])
    assert [cache.get(key) for key in keys] == [tokens[0], None, tokens[2]]
    assert "text" not in repr(tokens[0])


# -- dependencies


def _registry_down(world: World) -> None:
    world.registry.failure = StandingUnknown("GetItem: down")


def _secrets_down(world: World) -> None:
    world.secrets.failure = SecretUnavailable("down")


def _trail_down(world: World) -> None:
    world.trail.failures = [AuditUnavailable("down")] * 3


def _cognito(*failures: Exception) -> Callable[[World], None]:
    return lambda world: world.cognito.failures.extend(failures)


def _no_trigger(world: World) -> None:
    world.trigger_attached = False


DEPENDENCIES: dict[str, tuple[Callable[[World], None], str]] = {
    "the registry is down": (_registry_down, "registry_unavailable"),
    "Secrets Manager is down": (_secrets_down, "secret_unavailable"),
    "the audit trail is down": (_trail_down, "audit_unavailable"),
    "Cognito does not answer": (_cognito(IssuerUnavailable("x")), "issuer_unavailable"),
    "Cognito throttles": (_cognito(IssuerThrottled("x")), "issuer_throttled"),
    "Cognito refuses the app client": (_cognito(IssuerRefused("x")), "issuer_refused"),
    "Cognito refuses the secret": (_cognito(SecretRefused("x"), SecretRefused("x")), "secret_refused"),
    "the trigger is not attached": (_no_trigger, "token_not_bound"),
}


@pytest.mark.parametrize("case", DEPENDENCIES)
def test_what_is_a_dependencys_fault_is_503_with_retry_after_and_ends_without_a_restart(
    world: World, pem: str, case: str
) -> None:
    fail, reason = DEPENDENCIES[case]
    fail(world)
    answer = world.post_token(pem)
    assert (answer.status, answer.body["error"]) == (503, "temporarily_unavailable")
    assert int(answer.headers["Retry-After"]) >= 1
    assert "access_token" not in answer.body
    assert world.metrics("TokenRequests")[-1]["reason"] == reason
    world.registry.failure = world.secrets.failure = None
    world.trail.failures, world.cognito.failures = [], []
    world.trigger_attached = True
    world.advance(6)  # past every pause between attempts
    good = world.post_token(pem)
    assert good.status == 200
    assert world.protected(pem, good.body["access_token"]).status == 200


def test_no_token_is_answered_that_the_trail_does_not_know(world: World, pem: str) -> None:
    assert world.post_token(pem).status == 200
    _trail_down(world)
    assert world.post_token(pem).status == 503  # from the cache, too


def test_health_and_protected_answer_503_too_and_no_other_route_does(world: World, pem: str) -> None:
    token = world.bound_token(certificate(pem))
    world.registry.failure = StandingUnknown("down")
    for answer in (world.health(pem), world.protected(pem, token)):
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "1"
        assert "acme" not in str(answer.body)
    for path, chain in (("/orders", "/token"), ("/orders", "/protected")):
        sent = event("GET", path, pem=pem, headers={"Authorization": f"Bearer {token}"})
        arn = f"arn:aws:execute-api:ap-southeast-3:111122223333:a1/prod/GET{path}"
        denied = world.authorizers[chain].handle({**sent, "type": "REQUEST", "methodArn": arn}, LAMBDA_CONTEXT)
        resources = denied["policyDocument"]["Statement"][0]["Resource"]
        assert not any(resource.endswith(path) for resource in resources)


def test_a_key_set_that_cannot_be_read_is_503_and_recovers(world: World, pem: str) -> None:
    good = dict(world.key_sets.documents)
    world.key_sets.documents = {}
    token = world.bound_token(certificate(pem))
    assert world.protected(pem, token).status == 503
    world.key_sets.documents = dict(good)
    world.advance(3)
    assert world.protected(pem, token).status == 200


def test_a_secret_that_was_rotated_is_read_again_at_once(world: World, pem: str) -> None:
    assert world.post_token(pem, scope=READ).status == 200
    issue = world.cognito._issue

    def checking(secret: AppClientSecret, scope: str, metadata: object) -> ObtainedToken:
        if secret.value != world.cognito_secrets[secret.app_client_id]:
            raise SecretRefused("invalid_client")
        return issue(secret, scope, metadata)  # pyright: ignore[reportArgumentType] -- the world's own

    world.cognito._issue = checking
    world.set_secret("acme", "the next secret")
    assert world.post_token(pem, scope=WRITE).status == 200
    # Wrong at Secrets Manager: one more reading per cool-down, however many requests come.
    world.set_secret("acme", "a mistake", at_cognito=False)
    world.advance(400)
    reads = len(world.secrets.reads)
    answers = [world.post_token(pem) for _ in range(20)]
    assert {answer.status for answer in answers} == {503}
    of_client = [name for name, _ in world.secrets.reads[reads:] if name.endswith("/acme")]
    assert len(of_client) <= 2
    world.set_secret("acme", "the next secret")
    world.advance(6)
    assert world.post_token(pem).status == 200


@pytest.mark.parametrize(
    "value", ["{}", "secret", '{"client_id": "app-acme"}', '{"client_id": 5, "client_secret": "x"}']
)
def test_a_secret_that_is_none_is_the_operators_to_mend(world: World, pem: str, value: str) -> None:
    name = (f"{world.settings['CLIENT_SECRETS_PREFIX']}acme", "AWSCURRENT")
    world.secrets.versions[name] = type(world.secrets.versions[name])(version_id="v", value=value)
    answer = world.post_token(pem)
    assert answer.status == 503
    assert world.metrics("TokenRequests")[-1]["reason"] == "secret_unusable"


def test_a_secret_of_another_app_client_is_never_sent(world: World, pem: str) -> None:
    world.register(world.authority.issue("beta", serial=2), "beta")
    prefix = world.settings["CLIENT_SECRETS_PREFIX"]
    world.secrets.versions[f"{prefix}acme", "AWSCURRENT"] = world.secrets.versions[f"{prefix}beta", "AWSCURRENT"]
    assert world.post_token(pem).status == 503
    assert world.cognito.requests == []


def test_a_scope_that_cognito_does_not_give_is_an_invalid_scope(world: World, pem: str) -> None:
    world.cognito.failures.append(ScopeRefused("x"))
    answer = world.post_token(pem)
    assert (answer.status, answer.body["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"cnf": {"x5t#S256": "A" * 43}},
        {"client_id": "app-beta"},
        {"token_use": "id"},
        {"scope": "admin"},
        {"scope": f"{READ} {WRITE} admin"},
    ],
)
def test_a_token_that_is_not_the_one_that_was_asked_for_is_thrown_away(
    world: World, pem: str, claims: dict[str, object]
) -> None:
    bound = {"cnf": {"x5t#S256": certificate(pem).thumbprint}} if claims and "cnf" not in claims else {}
    text = world.token(world.claims(**{**bound, **claims}))
    world.cognito._issue = lambda *_: ObtainedToken(text=text, expires_in=900)
    answer = world.post_token(pem)
    assert answer.status == 503
    assert text not in str(answer.body)
    assert world.metrics("TokenRequests")[-1]["reason"] == "token_not_bound"


def test_the_binding_key_may_rotate_while_tokens_are_asked_for(world: World, pem: str) -> None:
    for number in range(1, 4):
        assert world.post_token(pem).status == 200
        world.rotate_binding_key(number)
        world.advance(LIFETIME)
    assert world.post_token(pem).status == 200


def test_before_the_binding_key_has_a_value_there_are_no_tokens(world: World, pem: str) -> None:
    world.secrets.versions[BINDING_ARN, "AWSCURRENT"] = type(signing_key_version())(version_id="v", value="{}")
    assert world.post_token(pem).status == 503
    assert world.cognito.requests == []


def test_what_happened_is_in_the_trail_with_client_and_certificate(world: World, pem: str) -> None:
    world.post_token(pem)
    world.post_token(pem, scope="admin")
    world.post_form(pem, "")  # no request for a token at all
    assert world.audited == [("issue_token", "succeeded", ""), ("issue_token", "denied", "invalid_scope")]
    for record in world.trail.records:
        assert record["client_id"] == "acme"
        assert record["certificate"] == certificate(pem).fingerprint
        assert (record["source"], bool(record["request_id"])) == ("192.0.2.10", True)
    assert world.trail.records[0]["token_id"]


def test_a_defect_is_told_to_the_log_alone(world: World, pem: str) -> None:
    world.cognito.failures.append(RuntimeError("secret-of-acme"))
    answer: Answer = world.post_token(pem)
    assert (answer.status, answer.body["error"]) == (500, "server_error")
    assert "secret-of-acme" not in "".join(world.log) + str(answer.body)
    assert world.metrics("TokenRequests")[-1]["detail"] == "RuntimeError"
