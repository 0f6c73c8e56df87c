"""Cognito user pools, their domains, resource servers and app clients."""

from sandbox.provider.registry import RESOURCE_TYPES
from sandbox.provider.values import Properties
from tests.provider.cases.case import Case, Refusal, World
from tests.provider.driver import Known

POOL = "aws:cognito/userPool:UserPool"
CLIENT = "aws:cognito/userPoolClient:UserPoolClient"
SERVER = "aws:cognito/resourceServer:ResourceServer"
TRIGGER = "arn:aws:lambda:ap-southeast-3:111122223333:function:trigger"
REFUSED = "refused: see test_cognito.py"


def user_pool(world: World) -> Known:
    return world.need(POOL, {})


def resource_server(world: World) -> Known:
    scopes = [{"scopeName": name, "scopeDescription": name} for name in ("read", "write")]
    return world.need(SERVER, {"userPoolId": user_pool(world).id, "identifier": "orders", "scopes": scopes})


def client_inputs(world: World) -> Properties:
    resource_server(world)
    return {
        "name": world.name,
        "userPoolId": user_pool(world).id,
        "generateSecret": True,
        "allowedOauthFlows": ["client_credentials"],
        "allowedOauthFlowsUserPoolClient": True,
        "allowedOauthScopes": ["orders/read"],
        "accessTokenValidity": 5,
        "tokenValidityUnits": {"accessToken": "minutes", "idToken": "hours", "refreshToken": "days"},
        "explicitAuthFlows": [],
    }


_KEPT = (
    "AccessTokenValidity",
    "AllowedOAuthFlows",
    "AllowedOAuthFlowsUserPoolClient",
    "ClientName",
    "ExplicitAuthFlows",
    "RefreshTokenValidity",
    "TokenValidityUnits",
)


def _drift_pool(world: World, known: Known) -> str:
    world.clients.client("cognito-idp").update_user_pool(UserPoolId=known.id, DeletionProtection="ACTIVE")
    return "deletionProtection"


def _drift_domain(world: World, known: Known) -> str:
    world.clients.client("cognito-idp").update_user_pool_domain(
        Domain=known.id, UserPoolId=known.inputs["userPoolId"], ManagedLoginVersion=2
    )
    return "managedLoginVersion"


def _drift_server(world: World, known: Known) -> str:
    pool, identifier = known.id.split("|")
    client = world.clients.client("cognito-idp")
    client.update_resource_server(UserPoolId=pool, Identifier=identifier, Name="theirs", Scopes=[])
    client.update_resource_server(
        UserPoolId=pool,
        Identifier=identifier,
        Name="theirs",
        Scopes=[{"ScopeName": "read", "ScopeDescription": "Read orders"}],
    )
    return "name"


def _drift_client(world: World, known: Known) -> str:
    client = world.clients.client("cognito-idp")
    where = {"UserPoolId": known.inputs["userPoolId"], "ClientId": known.id}
    found = client.describe_user_pool_client(**where)["UserPoolClient"]
    told = {name: found[name] for name in _KEPT if name in found}  # what is not told is reset
    client.update_user_pool_client(**where, **{**told, "AllowedOAuthScopes": ["orders/write"]})
    return "allowedOauthScopes"


def _remove_domain(world: World, known: Known) -> None:
    pool = known.inputs["userPoolId"]
    world.clients.client("cognito-idp").delete_user_pool_domain(Domain=known.id, UserPoolId=pool)


def _remove_server(world: World, known: Known) -> None:
    pool, identifier = known.id.split("|")
    world.clients.client("cognito-idp").delete_resource_server(UserPoolId=pool, Identifier=identifier)


def _remove_client(world: World, known: Known) -> None:
    pool = known.inputs["userPoolId"]
    world.clients.client("cognito-idp").delete_user_pool_client(UserPoolId=pool, ClientId=known.id)


def _not_for_machines(token: str) -> dict[str, str]:
    return dict.fromkeys(RESOURCE_TYPES[token].unsupported, REFUSED)


CASES = (
    Case(
        token=POOL,
        base=lambda world: {
            "name": world.name,
            "adminCreateUserConfig": {"allowAdminCreateUserOnly": True},
            "userPoolTier": "ESSENTIALS",
        },
        changes={
            "adminCreateUserConfig": {"allowAdminCreateUserOnly": False},
            "deletionProtection": "ACTIVE",
            "lambdaConfig": {"preTokenGenerationConfig": {"lambdaArn": TRIGGER, "lambdaVersion": "V3_0"}},
            "tags": {"Team": "platform"},
            "userPoolTier": "PLUS",
        },
        replaces={"name": "another", "region": "eu-west-1"},
        untested={
            **_not_for_machines(POOL),
            "mfaConfiguration": "needs a factor, which is only for people who sign in",
        },
        absent=frozenset({*RESOURCE_TYPES[POOL].unsupported, "lambdaConfig"}),
        volatile=frozenset({"lastModifiedDate"}),
        drift=_drift_pool,
        not_imported=frozenset({"adminCreateUserConfig", "userPoolTier"}),
        remove=lambda world, known: world.clients.client("cognito-idp").delete_user_pool(UserPoolId=known.id),
        refused=(
            Refusal(change={"userPoolTier": "FREE"}, message="userPoolTier: 'FREE' is not one of"),
            Refusal(
                change={
                    "lambdaConfig": {"preTokenGenerationConfig": {"lambdaArn": TRIGGER, "lambdaVersion": "V9_0"}},
                },
                message="lambdaConfig.preTokenGenerationConfig.lambdaVersion: 'V9_0' is not one of",
            ),
            Refusal(change={"name": "x" * 129}, message="name: "),
            Refusal(change={"deletionProtection": "ON"}, message="deletionProtection: 'ON' is not one of"),
        ),
    ),
    Case(
        token="aws:cognito/userPoolDomain:UserPoolDomain",
        base=lambda world: {"domain": world.name, "userPoolId": user_pool(world).id, "managedLoginVersion": 1},
        changes={"managedLoginVersion": 2},
        replaces={"domain": "another", "userPoolId": "eu-west-1_another", "region": "eu-west-1"},
        untested={"certificateArn": "a domain of the user's own, which is not a prefix; see test_cognito.py"},
        drift=_drift_domain,
        not_imported=frozenset({"managedLoginVersion"}),
        remove=_remove_domain,
        refused=(
            Refusal(change={"domain": "Not A Domain"}, message="domain: "),
            Refusal(change={"domain": None}, message="domain: is required and has no value"),
        ),
    ),
    Case(
        token=SERVER,
        base=lambda world: {
            "identifier": "orders",
            "name": world.name,
            "userPoolId": user_pool(world).id,
            "scopes": [{"scopeName": "read", "scopeDescription": "Read orders"}],
        },
        changes={
            "name": "another",
            "scopes": [
                {"scopeName": "read", "scopeDescription": "Read orders"},
                {"scopeName": "write", "scopeDescription": "Write orders"},
            ],
        },
        replaces={"identifier": "invoices", "userPoolId": "eu-west-1_another", "region": "eu-west-1"},
        drift=_drift_server,
        remove=_remove_server,
        refused=(
            Refusal(change={"identifier": 'or"ders'}, message="identifier: "),
            Refusal(
                change={"scopes": [{"scopeName": "a/b", "scopeDescription": "Slash"}]},
                message="scopes[0].scopeName: ",
            ),
        ),
    ),
    Case(
        token=CLIENT,
        base=client_inputs,
        changes={
            "accessTokenValidity": 10,
            "allowedOauthScopes": ["orders/read", "orders/write"],
            "authSessionValidity": 5,
            "enableTokenRevocation": False,
            "explicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
            "idTokenValidity": 2,
            "name": "another",
            "preventUserExistenceErrors": "ENABLED",
            "refreshTokenValidity": 10,
            "tokenValidityUnits": {"accessToken": "minutes", "idToken": "hours", "refreshToken": "hours"},
        },
        replaces={
            "generateSecret": False,
            "userPoolId": "eu-west-1_another",
            "region": "eu-west-1",
        },
        with_changes={"generateSecret": {"allowedOauthFlows": ["code"]}},
        untested={
            **_not_for_machines(CLIENT),
            "allowedOauthFlows": "the machine-to-machine flow excludes the others; see test_cognito.py",
            "allowedOauthFlowsUserPoolClient": "the machine-to-machine flow needs it",
        },
        absent=frozenset(RESOURCE_TYPES[CLIENT].unsupported) - {"enablePropagateAdditionalUserContextData"}
        | {"idTokenValidity"},
        volatile=frozenset({"authSessionValidity"}),
        drift=_drift_client,
        remove=_remove_client,
        import_id=lambda known: f"{known.inputs['userPoolId']}/{known.id}",
        not_imported=frozenset(
            {
                "accessTokenValidity",
                "allowedOauthFlows",
                "allowedOauthFlowsUserPoolClient",
                "allowedOauthScopes",
                "generateSecret",
            }
        ),
        refused=(
            Refusal(change={"generateSecret": None}, message="generateSecret: must be true: client_credentials"),
            Refusal(
                change={"allowedOauthFlows": ["client_credentials", "code"]},
                message="allowedOauthFlows: client_credentials excludes the other flows",
            ),
            Refusal(change={"authSessionValidity": 60}, message="authSessionValidity: 60 is greater than the maximum"),
        ),
    ),
)
