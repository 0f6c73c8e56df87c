"""What the tables cannot say about user pools and their app clients."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from sandbox.provider.aws_clients import AwsClients
from sandbox.provider.registry import RESOURCE_TYPES
from sandbox.provider.values import UNKNOWN
from tests.provider.cases.case import World
from tests.provider.cases.cognito import CLIENT, POOL, SERVER, client_inputs, user_pool
from tests.provider.driver import ProviderDriver, RefusedError

DOMAIN = "aws:cognito/userPoolDomain:UserPoolDomain"
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/00000000-0000-0000-0000-000000000000"
_COUNTER = itertools.count(1)


@pytest.fixture
def world(aws: ProviderDriver, clients: AwsClients, tmp_path: Path) -> Iterator[World]:
    world = World(aws=aws, clients=clients, folder=tmp_path, name=f"cognito-{next(_COUNTER)}")
    yield world
    world.clean()


@pytest.mark.parametrize("token", [POOL, CLIENT])
def test_what_only_people_who_sign_in_need_is_refused_and_never_ignored(aws: ProviderDriver, token: str) -> None:
    declared = RESOURCE_TYPES[token].unsupported
    assert declared
    base: dict[str, Any] = {} if token == POOL else {"userPoolId": "ap-southeast-3_example"}
    for name in declared:
        # Of whatever type: the first complaint is about the type, or that it is for people.
        with pytest.raises(RefusedError, match=rf"^{name}: (the sandbox cannot honour this|must be)\b"):
            aws.check(token, {**base, name: UNKNOWN if name != "schemas" else []})


def test_the_secret_of_an_app_client_is_an_output_that_is_always_secret(world: World) -> None:
    made = world.keep(world.aws.deploy(CLIENT, client_inputs(world), name=world.name))
    assert made.secrets >= {"clientSecret"}
    assert made.state["clientSecret"]
    refreshed = world.aws.refresh(made)
    assert refreshed is not None
    assert refreshed.secrets >= {"clientSecret"}


def test_a_refresh_forgets_a_client_secret_that_was_ended(world: World) -> None:
    made = world.keep(world.aws.deploy(CLIENT, client_inputs(world), name=world.name))
    api = world.clients.client("cognito-idp")
    where = {"UserPoolId": made.inputs["userPoolId"], "ClientId": made.id}
    first = api.list_user_pool_client_secrets(**where)["ClientSecrets"][0]["ClientSecretId"]
    second = api.add_user_pool_client_secret(**where)["ClientSecretDescriptor"]["ClientSecretValue"]
    api.delete_user_pool_client_secret(**where, ClientSecretId=first)
    refreshed = world.aws.refresh(made)
    assert refreshed is not None
    assert refreshed.state["clientSecret"] == ""
    assert second not in str(refreshed.state)


def test_an_app_client_of_another_flow_needs_no_secret(world: World) -> None:
    inputs = {"userPoolId": user_pool(world).id, "allowedOauthFlows": ["code"]}
    world.aws.check(CLIENT, inputs)
    with pytest.raises(RefusedError, match="generateSecret: must be true"):
        world.aws.check(CLIENT, {**inputs, "allowedOauthFlows": ["client_credentials"]})
    world.aws.check(CLIENT, {**inputs, "allowedOauthFlows": UNKNOWN})


def test_a_scope_that_no_resource_server_has_is_told_in_one_line(world: World) -> None:
    with pytest.raises(grpc.RpcError) as failed:
        world.aws.deploy(CLIENT, {**client_inputs(world), "allowedOauthScopes": ["orders/delete"]})
    details = failed.value.details() or ""
    assert "ScopeDoesNotExistException" in details
    assert "\n" not in details


def test_a_domain_of_one_s_own_has_a_certificate_and_a_distribution(world: World) -> None:
    inputs = {"domain": "auth.partners.example", "userPoolId": user_pool(world).id, "certificateArn": CERTIFICATE}
    made = world.keep(world.aws.deploy(DOMAIN, inputs))
    assert made.state["certificateArn"] == CERTIFICATE
    assert made.state["cloudfrontDistribution"].endswith(".cloudfront.net")
    assert world.aws.diff(made, {**made.inputs, "certificateArn": f"{CERTIFICATE}1"}).replaces == frozenset()


def test_a_protected_pool_is_told_to_be_and_goes_when_protection_is_taken_back(world: World) -> None:
    known = world.aws.deploy(POOL, {"name": world.name, "deletionProtection": "ACTIVE"})
    with pytest.raises(grpc.RpcError) as refused:
        world.aws.delete(known)
    assert "deletion protection is activated" in (refused.value.details() or "")
    checked = world.aws.check(POOL, {"name": world.name}, old=known.inputs).values
    world.aws.delete(world.aws.update(known, checked))


@pytest.mark.parametrize(("token", "form"), [(CLIENT, "USER-POOL-ID/CLIENT-ID"), (SERVER, r"USER-POOL-ID\|IDENTIFIER")])
def test_an_import_id_of_another_form_is_told_the_right_one(aws: ProviderDriver, token: str, form: str) -> None:
    with pytest.raises(grpc.RpcError, match=form):
        aws.import_by_id(token, "abc")
