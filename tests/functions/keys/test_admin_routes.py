"""`/admin/keys`, chain and function together: the seed's contract, listing, expiry, revocation, and what goes wrong."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api_keys.key_repository import ChangeNotMade
from api_keys.records import MAXIMUM_LIVE_KEYS, RETENTION_SECONDS
from audit_trail.trail import AuditUnavailable
from tests.functions.keys.world import DOWN, REQUEST_ID, SOURCE, World, admin_key_version, event
from tests.functions.support import LAMBDA_CONTEXT

DAY = 86_400
CUSTOMER = "customer-123"
AUDIT_DOWN = AuditUnavailable("PutLogEvents: down")


def test_creating_a_key_answers_as_in_the_seed(world: World) -> None:
    answer = world.admin("POST", body={"customer_id": CUSTOMER, "customer_name": "Customer Name"})
    assert answer.status == 201
    assert answer.body == {
        "api_key": answer.body["api_key"],
        "customer_id": CUSTOMER,
        "message": "API key created successfully",
    }
    key_id, _, secret = answer.body["api_key"].partition(".")
    assert (len(key_id), len(secret)) == (32, 43)
    assert answer.headers["Cache-Control"] == "no-store"


def test_revoking_a_customer_answers_as_in_the_seed_however_often_it_is_asked(world: World) -> None:
    world.create()
    for _ in range(2):
        answer = world.revoke()
        assert (answer.status, answer.body) == (200, {"message": f"API key for customer {CUSTOMER} revoked"})
    assert world.listing()["status"] == "revoked"


def test_a_key_is_shown_once_and_kept_nowhere(world: World) -> None:
    text = world.create(label="first")
    secret = text.partition(".")[2]
    everything = repr((world.listing(), world.trail.records, world.log, world.admin_authorizer.log))
    assert secret not in everything
    [record] = world.keys.keys.values()
    assert secret.encode() not in record.secret_sha256
    assert "sha256" not in everything


def test_a_listing_says_everything_but_secrets(world: World) -> None:
    first = world.create(label="blue")
    world.advance(10)
    second = world.create(expires_in_days=1)
    world.revoke(key_id=first.partition(".")[0])
    assert world.listing() == {
        "customer_id": CUSTOMER,
        "customer_name": "Customer Name",
        "status": "active",
        "count": 2,
        "keys": [
            {
                "key_id": first.partition(".")[0],
                "status": "revoked",
                "created_at": "2026-01-01T00:00:00Z",
                "label": "blue",
                "revoked_at": "2026-01-01T00:00:10Z",
            },
            {
                "key_id": second.partition(".")[0],
                "status": "active",
                "created_at": "2026-01-01T00:00:10Z",
                "expires_at": "2026-01-02T00:00:10Z",
            },
        ],
    }
    world.advance(DAY)
    assert [key["status"] for key in world.listing()["keys"]] == ["revoked", "expired"]


def test_an_end_is_answered_where_one_was_asked_for(world: World) -> None:
    body = {"customer_id": CUSTOMER, "customer_name": "n", "expires_in_days": 30}
    assert world.admin("POST", body=body).body["expires_at"] == "2026-01-31T00:00:00Z"


def test_a_customer_has_at_most_twenty_keys_in_use_and_ended_ones_make_room(world: World) -> None:
    keys = [world.create(expires_in_days=1) for _ in range(MAXIMUM_LIVE_KEYS)]
    refused = world.admin("POST", body={"customer_id": CUSTOMER, "customer_name": "n"})
    assert (refused.status, "20 keys in use" in refused.body["error"]) == (409, True)
    world.revoke(key_id=keys[0].partition(".")[0])
    world.create()
    world.advance(DAY)
    world.create()
    customer = world.keys.customers[CUSTOMER]
    assert len(customer.live_key_ids) == 2
    assert len(customer.retired_key_ids) == MAXIMUM_LIVE_KEYS


def test_listings_stay_bounded_and_forget_the_oldest(world: World) -> None:
    for _ in range(30):
        key_id = world.create().partition(".")[0]
        world.advance(1)
        world.revoke(key_id=key_id)
    listing = world.listing()
    assert listing["count"] == 20
    assert listing["keys"][0]["created_at"] == "2026-01-01T00:00:10Z"


def test_a_revoked_customer_that_is_given_a_new_key_has_that_key_only(world: World) -> None:
    old = world.create()
    token = world.token(old)
    world.revoke()
    new = world.create()
    assert world.listing()["status"] == "active"
    world.advance(60)
    assert world.auth(old).status == 401
    assert world.refused(token) == "token_revoked"
    context = world.data(world.token(new))
    assert isinstance(context, dict)
    assert (context["customer_id"], context["key_id"]) == (CUSTOMER, new.partition(".")[0])


def test_a_new_customer_needs_a_name_and_a_known_one_keeps_or_changes_it(world: World) -> None:
    missing = world.admin("POST", body={"customer_id": CUSTOMER})
    assert (missing.status, missing.body["field"]) == (400, "customer_name")
    assert not world.keys.customers
    world.create(customer_name="First")
    assert world.admin("POST", body={"customer_id": CUSTOMER}).status == 201
    assert world.listing()["customer_name"] == "First"
    world.create(customer_name="Zweite Größe")
    assert world.listing()["customer_name"] == "Zweite Größe"


@pytest.mark.parametrize(
    ("resource", "path"),
    [
        ("/admin/keys/{customer_id}", {"customer_id": "nobody"}),
        ("/admin/keys/{customer_id}/{key_id}", {"customer_id": "nobody", "key_id": "a" * 32}),
        ("/admin/keys/{customer_id}/{key_id}", {"customer_id": CUSTOMER, "key_id": "a" * 32}),
    ],
)
def test_what_does_not_exist_cannot_be_revoked(world: World, resource: str, path: dict[str, str]) -> None:
    world.create()
    assert world.admin("DELETE", resource, **path).status == 404


def test_a_key_cannot_be_revoked_in_the_name_of_another_customer(world: World) -> None:
    key = world.create("acme")
    world.create("acme-1")
    assert world.revoke("acme-1", key.partition(".")[0]).status == 404
    assert world.auth(key).status == 200


def test_the_listing_of_an_unknown_customer_is_404(world: World) -> None:
    assert world.admin("GET", "/admin/keys/{customer_id}", customer_id="nobody").status == 404


BAD_CUSTOMER_IDS = [
    "",
    "#",
    "acme#1",
    "acme/1",
    "-acme",
    ".acme",
    "_acme",
    "acmé",
    "\u0430cme",
    "a" * 65,
    "acme ",
    "a\nb",
]


@pytest.mark.parametrize("customer_id", [*BAD_CUSTOMER_IDS, 1, None, True, ["acme"], {"S": "acme"}])
def test_a_customer_id_of_another_form_is_refused_by_its_name(world: World, customer_id: object) -> None:
    answer = world.admin("POST", body={"customer_id": customer_id, "customer_name": "n"})
    assert (answer.status, answer.body["field"]) == (400, "customer_id")


@pytest.mark.parametrize("customer_id", BAD_CUSTOMER_IDS)
def test_a_path_with_no_customer_id_is_refused_by_its_name(world: World, customer_id: str) -> None:
    sent = event("DELETE", "/admin/keys/{customer_id}", path_parameters={"customer_id": customer_id})
    sent["requestContext"]["authorizer"] = {"principalId": "admin", "admin_key_version": "v"}
    answer = world.admin_function(sent, LAMBDA_CONTEXT)
    assert answer["statusCode"] == 400
    assert '"field": "customer_id"' in answer["body"]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("expires_in_days", 0),
        ("expires_in_days", 3_651),
        ("expires_in_days", 1.5),
        ("expires_in_days", "1"),
        ("expires_in_days", True),
        ("expires_in_days", None),
        ("customer_name", ""),
        ("customer_name", "  "),
        ("customer_name", "a\u0000b"),
        ("customer_name", "n" * 201),
        ("customer_name", 7),
        ("label", "a\nb"),
        ("label", "l" * 65),
        ("api_key", "mine"),
        ("secret_sha256", "AA=="),
    ],
)
def test_a_bad_member_is_refused_by_its_name_and_nothing_is_made(world: World, member: str, value: object) -> None:
    body = {"customer_id": CUSTOMER, "customer_name": "n", member: value}
    answer = world.admin("POST", body=body)
    assert (answer.status, answer.body["field"]) == (400, member)
    assert not world.keys.keys
    assert not world.trail.records


def test_bodies_that_are_not_json_or_too_large_are_refused(world: World) -> None:
    headers = {"X-Admin-API-Key": world.admin_key(), "Content-Type": "text/plain"}
    plain = event("POST", "/admin/keys", headers=headers, body="{}")
    assert world.call(world.admin_authorizer, world.admin_function, plain).status == 415
    assert world.admin("POST", body={"customer_id": "a", "customer_name": "n" * 9_000}).status == 413
    assert world.admin("POST", body='{"customer_id": "a", "customer_id": "b"}').status == 400


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=12), children, max_size=4),
    max_leaves=10,
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(["customer_id", "customer_name", "label", "expires_in_days"]) | st.text(max_size=5), anything
    )
    | anything
    | st.text(max_size=60)
)
def test_any_body_is_a_created_key_or_a_4xx(world: World, body: Any) -> None:
    answer = world.admin("POST", body=body)
    assert answer.status == 201 or 400 <= answer.status < 500, answer
    assert answer.status == 201 or set(answer.body) <= {"error", "field", "message"}


@pytest.mark.parametrize("context", [None, {}, {"principalId": "customer-123"}, {"principalId": "admin"}, "admin", []])
def test_the_function_acts_for_a_verified_administrator_only(world: World, context: object) -> None:
    world.create()
    sent = event("DELETE", "/admin/keys/{customer_id}", path_parameters={"customer_id": CUSTOMER})
    sent["headers"]["X-Admin-API-Key"] = world.admin_key()
    sent["requestContext"]["authorizer"] = context
    answer = world.admin_function(sent, LAMBDA_CONTEXT)
    assert answer["statusCode"] == 403
    assert "User is not authorized to perform this operation" in answer["body"]
    assert world.listing()["status"] == "active"


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(anything)
def test_an_event_that_is_not_api_gateways_is_refused(world: World, sent: Any) -> None:
    assert 400 <= world.admin_function(sent, None)["statusCode"] < 500


def test_each_admin_action_is_recorded_before_and_after(world: World) -> None:
    key_id = world.create().partition(".")[0]
    world.listing()
    world.revoke(key_id=key_id)
    world.revoke()
    assert world.audited == [
        (action, outcome, "")
        for action in ("create_key", "list_keys", "revoke_key", "revoke_customer")
        for outcome in ("requested", "succeeded")
    ]
    assert world.trail.records[1] == {
        "time": "2026-01-01T00:00:00.000Z",
        "action": "create_key",
        "outcome": "succeeded",
        "reason": "",
        "who": "admin",
        "admin_key_version": "admin-version-1",
        "certificate": "",
        "client_id": "",
        "customer_id": CUSTOMER,
        "key_id": key_id,
        "claimed_key_id": "",
        "token_id": "",
        "source": SOURCE,
        "request_id": REQUEST_ID,
    }


def test_a_failed_action_is_recorded_with_its_reason(world: World) -> None:
    world.revoke("nobody")
    world.keys.failures = [DOWN]
    assert world.revoke().status == 503
    assert world.audited == [
        ("revoke_customer", "requested", ""),
        ("revoke_customer", "failed", "not_found"),
        ("revoke_customer", "requested", ""),
        ("revoke_customer", "failed", "store_unavailable"),
    ]


def test_without_the_first_record_nothing_is_changed(world: World) -> None:
    world.trail.failures = [AUDIT_DOWN]
    answer = world.admin("POST", body={"customer_id": CUSTOMER, "customer_name": "n"})
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert not world.keys.keys


def test_a_key_whose_creation_cannot_be_recorded_is_not_shown_and_revoked_again(world: World) -> None:
    world.trail.failures = [None, AUDIT_DOWN]
    answer = world.admin("POST", body={"customer_id": CUSTOMER, "customer_name": "n"})
    assert (answer.status, "api_key" in answer.body) == (503, False)
    assert [key["status"] for key in world.listing()["keys"]] == ["revoked"]


def test_a_revocation_that_cannot_be_recorded_is_not_acknowledged_and_stays(world: World) -> None:
    key = world.create()
    world.trail.failures = [None, AUDIT_DOWN]
    assert world.revoke().status == 503
    assert world.auth(key).status == 401
    assert world.revoke().status == 200


def test_a_listing_that_cannot_be_recorded_is_not_given(world: World) -> None:
    world.create()
    world.trail.failures = [None, AUDIT_DOWN]
    assert world.admin("GET", "/admin/keys/{customer_id}", customer_id=CUSTOMER).status == 503


def test_a_lost_answer_makes_no_second_key_and_loses_none(world: World) -> None:
    world.keys.failures = [None, ChangeNotMade()]
    world.keys.written_before_failure = True
    key = world.create()
    assert world.keys.commits == 1
    assert world.listing()["count"] == 1
    assert world.auth(key).status == 200


def test_a_change_that_never_comes_through_is_given_up_and_can_be_repeated(world: World) -> None:
    world.create()
    world.keys.failures = [failure for _ in range(8) for failure in (None, ChangeNotMade())]
    answer = world.revoke()
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert len(world.pauses) == 8
    assert world.revoke().status == 200


def test_a_defect_is_told_to_nobody_but_the_log(world: World) -> None:
    world.keys.failures = [RuntimeError("secret detail")]
    answer = world.revoke()
    assert (answer.status, answer.body) == (500, {"error": "Internal server error"})
    assert "secret detail" not in repr(world.log)
    assert world.metrics("AdminActions")[-1]["detail"] == "RuntimeError"
    assert world.audited[-1] == ("revoke_customer", "failed", "internal_error")


@pytest.mark.parametrize(
    "key", ["", "x", "{}", "a" * 2_000, admin_key_version(2).value, admin_key_version(1).value + "A", "ä" * 43]
)
def test_a_wrong_admin_key_is_401_and_recorded_without_the_key(world: World, key: str) -> None:
    answer = world.admin("DELETE", "/admin/keys/{customer_id}", key=key, customer_id=CUSTOMER)
    assert answer.status == 401
    assert answer.denial == ("admin_key_unknown" if key else "missing_admin_key")
    assert world.audited == [("use_admin_key", "denied", answer.denial)]
    assert world.trail.records[0]["source"] == SOURCE
    assert len(key) < 3 or key not in repr((world.trail.records, world.admin_authorizer.log))


def test_an_admin_key_opens_nothing_but_the_admin_routes(world: World) -> None:
    sent = event("GET", "/data", headers={"X-Admin-API-Key": world.admin_key()})
    answer = world.call(world.admin_authorizer, world.admin_function, sent)
    assert answer.denial == "route_not_permitted"


def test_two_different_admin_keys_in_one_request_are_refused(world: World) -> None:
    sent = event("GET", "/admin/keys/{customer_id}", headers={"X-Admin-API-Key": world.admin_key()})
    sent["multiValueHeaders"]["X-Admin-API-Key"] = ["wrong", world.admin_key()]
    assert world.call(world.admin_authorizer, world.admin_function, sent).denial == "ambiguous_header"


def test_nobody_is_an_administrator_before_the_first_rotation(world: World) -> None:
    from secret_store.secret_source import SecretVersion
    from tests.functions.keys.world import ADMIN_ARN

    world.secrets.versions[ADMIN_ARN, "AWSCURRENT"] = SecretVersion(version_id="first", value="{}")
    for key in ("{}", world.admin_key()):
        assert world.admin("DELETE", "/admin/keys/{customer_id}", key=key, customer_id=CUSTOMER).status == 401
        world.monotonic_clock.now += 2


def test_keys_that_ended_are_kept_for_thirty_days(world: World) -> None:
    from api_keys.dynamodb_items import key_item

    key_id = world.create(expires_in_days=1).partition(".")[0]
    record = world.keys.keys[key_id]
    assert key_item(record)["expires_at_epoch"] == {"N": str(int(world.clock.now) + DAY + RETENTION_SECONDS)}
    assert "expires_at_epoch" not in key_item(world.keys.keys[world.create().partition(".")[0]])
