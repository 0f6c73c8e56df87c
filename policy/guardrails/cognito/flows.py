"""How tokens come out of an app client: no implicit grant, no redirect to anyone, and machines have no users' flows.

Judged by the app client's own inputs. App clients that a program has made by a function, because their secrets must not
pass through Pulumi, are not seen here.
"""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from guardrails.demands import demand_of, elements, is_one_of
from guardrails.properties import Known, Missing, Node, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.settings import Setting, Settings

APP_CLIENT: Final = "aws:cognito/userPoolClient:UserPoolClient"
APP_CLIENTS: Final = frozenset({APP_CLIENT, "aws:cognito/managedUserPoolClient:ManagedUserPoolClient"})
"""App clients that a program makes, and those that another service has made and a program takes over."""
API: Final = "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html"
MACHINE_FLOW: Final = "client_credentials"
FLOWS: Final = "allowedOauthFlows"
_NO_FLOWS_OF_USERS: Final = frozenset({"ALLOW_REFRESH_TOKEN_AUTH"})
_REDIRECTS: Final = ("callbackUrls", "logoutUrls")

LOOPBACK: Final = Setting(
    name="loopback_redirects",
    schema={"type": "boolean"},
    default=False,
    meaning="Whether app clients for trying things out may redirect to http://localhost, 127.0.0.1 and [::1].",
)
APP_SCHEMES: Final = Setting(
    name="app_schemes",
    schema={"type": "array", "items": {"type": "string", "pattern": "^[a-z][a-z0-9+.-]*$"}},
    default=[],
    meaning="Schemes of apps' own redirects, such as `myapp` for `myapp://signed-in`.",
)


def _check_implicit(client: Resource, _settings: Settings) -> Iterator[Finding]:
    flows = elements(client.read(FLOWS))
    if flows is None:
        yield from _not_judged(client, FLOWS)
        return
    for index, flow in enumerate(flows):
        yield from demand_of(
            client,
            f"{FLOWS}[{index}]",
            flow,
            is_one_of(("code", MACHINE_FLOW)),
            otherwise=f"{FLOWS} has a flow other than code and client_credentials; implicit puts tokens into URLs.",
        )


def _check_machine(client: Resource, _settings: Settings) -> Iterator[Finding]:
    flows = elements(client.read(FLOWS))
    if flows is None:
        yield from _not_judged(client, FLOWS)
        return
    if Known(MACHINE_FLOW) not in flows:
        if any(isinstance(flow, Unknown) for flow in flows):
            yield Undecided(resource=client, properties=(FLOWS,))
        return
    if len(flows) > 1:
        yield Violation(resource=client, problem=f"{FLOWS} has {MACHINE_FLOW} beside other flows.")
    yield from _no_sign_in(client)
    for name in (*_REDIRECTS, "defaultRedirectUri"):
        match client.read(name):
            case Missing() | Known(value=[] | ""):
                continue
            case Unknown():
                yield Undecided(resource=client, properties=(name,))
            case _:
                yield Violation(resource=client, problem=f"{name} is set, and a machine is redirected nowhere.")


def _no_sign_in(client: Resource) -> Iterator[Finding]:
    """Left out or empty, Cognito sets three flows by itself, two of which sign users in."""
    reading = client.read("explicitAuthFlows")
    flows = elements(reading)
    if flows == []:
        problem = "explicitAuthFlows is missing, and Cognito then lets users sign in with passwords (SRP)."
        yield Violation(resource=client, problem=problem)
    elif flows is None:
        yield from _not_judged(client, "explicitAuthFlows")
    else:
        for index, flow in enumerate(flows):
            yield from demand_of(
                client,
                f"explicitAuthFlows[{index}]",
                flow,
                is_one_of(_NO_FLOWS_OF_USERS),
                otherwise=f"explicitAuthFlows[{index}] signs users in, but the client is a machine's.",
            )


def _check_redirects(client: Resource, settings: Settings) -> Iterator[Finding]:
    for name in _REDIRECTS:
        addresses = elements(client.read(name))
        if addresses is None:
            yield from _not_judged(client, name)
            continue
        for index, address in enumerate(addresses):
            yield from _redirect(client, f"{name}[{index}]", address, settings)
    default = client.read("defaultRedirectUri")
    if isinstance(default, Known | Unknown):
        yield from _redirect(client, "defaultRedirectUri", default, settings)


def _redirect(client: Resource, path: str, address: Node, settings: Settings) -> Iterator[Finding]:
    yield from demand_of(
        client,
        path,
        address,
        lambda value: isinstance(value, str) and _is_bound(value, settings),
        otherwise=f"{path} is not one https address, written out and without a wildcard or a fragment.",
    )


def _is_bound(address: str, settings: Settings) -> bool:
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port  # both are read only when asked for, and may refuse
    except ValueError:
        return False
    if "*" in address or parts.fragment or parts.username is not None or not host:
        return False
    if parts.scheme == "http":
        return settings.flag("loopback_redirects") and host in ("localhost", "127.0.0.1", "::1")
    return parts.scheme == "https" or parts.scheme in settings.texts("app_schemes")


def _not_judged(client: Resource, name: str) -> Iterator[Finding]:
    if isinstance(client.read(name), Unknown):
        yield Undecided(resource=client, properties=(name,))
    else:
        yield Violation(resource=client, problem=f"{name} is not a list of texts.")


IMPLICIT_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="cognito-user-pool-client-no-implicit-flow",
        severity=Severity.HIGH,
        description="No app client hands out tokens by the implicit grant.",
        remediation="Use the flow code (with PKCE) for users and client_credentials for machines.",
        judged=(
            f"`{APP_CLIENT}`, by its inputs: every element of `{FLOWS}` is `code` or `client_credentials`. Without the "
            "property no flow of OAuth is open."
        ),
        why=(
            "The implicit grant puts the access token into a URL: it is in the browser's history, in logs of proxies "
            "and in the Referer header, and whoever finds it can use it. OAuth's security guidance says not to use it."
        ),
        sources=(API, "https://www.rfc-editor.org/rfc/rfc9700#section-2.1.2"),
    ),
    types=APP_CLIENTS,
    check=_check_implicit,
)

MACHINE_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="cognito-user-pool-client-machine-without-users",
        severity=Severity.HIGH,
        description="An app client of a machine signs no users in.",
        remediation=(
            "Give the machine's app client client_credentials as its only flow, explicitAuthFlows "
            "['ALLOW_REFRESH_TOKEN_AUTH'] and no callback URLs; make another app client for users."
        ),
        judged=(
            f"`{APP_CLIENT}` whose `{FLOWS}` has `client_credentials`, by its inputs: it has no other flow; "
            "`explicitAuthFlows` is there and holds nothing but `ALLOW_REFRESH_TOKEN_AUTH`; `callbackUrls`, "
            "`logoutUrls` and `defaultRedirectUri` are absent or empty. An `explicitAuthFlows` that is left out is a "
            "violation: Cognito then allows `ALLOW_USER_SRP_AUTH` and `ALLOW_CUSTOM_AUTH`."
        ),
        why=(
            "Tokens of a machine's client carry what the machine may do. If the same client signs users in, a user who "
            "registers gets tokens that an API takes for the machine's."
        ),
        sources=(API,),
    ),
    types=APP_CLIENTS,
    check=_check_machine,
)

REDIRECT_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="cognito-user-pool-client-https-redirects",
        severity=Severity.HIGH,
        description="An app client redirects to https addresses that are written out.",
        remediation=(
            "Write each callback and logout URL out in full, with https; list an app's own scheme in app_schemes."
        ),
        judged=(
            f"`{APP_CLIENT}`, by its inputs: every element of `callbackUrls` and `logoutUrls`, and "
            "`defaultRedirectUri`, is an `https` URL with a host, without `*`, fragment and user name; or has one of "
            "the `app_schemes`; or, with `loopback_redirects`, is `http` to the machine itself."
        ),
        why=(
            "The authorization code, and with it the user's tokens, goes to this address. In plain text, or to an "
            "address that fits a wildcard, somebody else can be there to take it."
        ),
        sources=(API, "https://www.rfc-editor.org/rfc/rfc9700#section-2.1"),
    ),
    types=APP_CLIENTS,
    check=_check_redirects,
    settings=(LOOPBACK, APP_SCHEMES),
)
