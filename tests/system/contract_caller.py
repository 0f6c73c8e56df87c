"""A caller that holds every answer of tenant-api to the published contract. Deliberately no tests and no fixtures."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from sandbox.tour.caller import Answer, Caller
from sandbox.tour.tenants import API
from tests.support.openapi import check_answer, contract


@dataclass(frozen=True)
class ContractCaller(Caller):
    """Raises `ContractBroken` for an answer that is not as documented; what is no documented route is not checked."""

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        body: str | None = None,
        source: str | None = None,
    ) -> Answer:
        """See `Caller.request`."""
        answer = super().request(method, url, headers, body=body, source=source)
        root = self.outputs.get("apis", {}).get(API, {}).get("url")
        if root is not None and url.startswith(f"{root}/"):
            # Decoded, as API Gateway looks for the route: `/data/a%2Fb` is none of this API.
            resource = contract().resource_of(method, unquote(urlsplit(url.removeprefix(root)).path))
            if resource is not None:
                check_answer(method, resource, answer.status, answer.headers, answer.body)
        return answer
