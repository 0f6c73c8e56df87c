"""One sandbox for this folder, with an API behind domains with mutual TLS and without."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.gateway.rest_api import Api, ApiWorkshop
from tests.support.certificates import Authority, new_authority
from tests.support.partners import TlsWorkshop
from tests.support.sandbox import running_sandbox

PARTNER = "api.partner.example"
PUBLIC = "www.public.example"


@dataclass(frozen=True, kw_only=True)
class Edge:
    """`PARTNER` has mutual TLS and trusts `clients`; `PUBLIC` does without. Both map to the same API."""

    workshop: TlsWorkshop
    api: Api
    clients: Authority


@pytest.fixture(scope="package")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """Made once; tests that change a truststore use a domain of their own."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        apis = ApiWorkshop(running)
        workshop = TlsWorkshop(apis=apis, folder=tmp_path_factory.mktemp("clients"))
        api = apis.api()
        request_authorizer = api.authorizer(kind="REQUEST", identitySource="method.request.header.Token")
        api.route("/hello", authorizer=request_authorizer)
        api.route("/open")
        patch = [{"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"}]
        apis.gateway.update_rest_api(restApiId=api.api_id, patchOperations=patch)
        api.deploy()
        clients = new_authority("Partners")
        workshop.domain(PARTNER, api, clients)
        workshop.domain(PUBLIC, api)
        yield Edge(workshop=workshop, api=api, clients=clients)
