"""A chain under attack: what it lets in, everything hostile that is made from that, and what its answers mean.

`attacked_chains` has the chains themselves.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from authorizer.policy_document import message_for
from tests.functions.hostile_events import REASONS_OF_TOKENS, SCHEME, Fault, GoodEvents, hostile_events, with_header
from tests.functions.hostile_request_contexts import Rows
from tests.functions.hostile_tokens import GoodToken, attacks, texts
from tests.functions.partners.authority import client_cert
from tests.functions.support import STAGE_ARN, Authorizer

REFUSING_VERDICTS = ("invalid_api_key", "unsupported_media_type", "body_too_large")

FORBIDDEN = frozenset({"wrong_tenant"})
"""Reasons of a 403, which is always a policy."""
NO_POLICY = frozenset(
    {
        "malformed_event",
        "plugin_error",
        "wrong_token",
        "unknown_key",
        "token_not_yet_valid",
        "issued_in_the_future",
        "certificate_unknown",
        "certificate_not_yet_valid",
    }
)
"""Reasons that are never a policy: no method is known, or the same credential may pass soon."""


@dataclass(frozen=True, kw_only=True)
class Attacked:
    """A chain with what it lets in. `further` is what only this chain can be attacked with; `signed` is its credential
    where that is an HS256 token, which has a table of its own."""

    authorizer: Authorizer
    answer: str
    good: GoodEvents
    reasons: Mapping[Fault, str] = field(default_factory=lambda: REASONS_OF_TOKENS)
    further: Rows = field(default_factory=dict)
    signed: GoodToken | None = None
    answers_with_verdicts: bool = False

    def allowed(self, kind: str) -> dict[str, Any]:
        """The answer to the good event of this type, which must be let in."""
        answer = self.authorizer.allows(self.good.of_type(kind))
        assert self._is_let_in(answer)
        return answer

    def table(self) -> dict[str, tuple[Any, str]]:
        """Every hostile event with the reason that it must be refused for."""
        rows = hostile_events(self.good).items()
        table = {**{what: (row.event, self.reasons[row.fault]) for what, row in rows}, **self.further}
        if self.signed is not None:
            hostile = [(code, texts(tokens)) for code, tokens in attacks(self.signed).items()]
            for number, (_, event_with) in enumerate(self.credentials()):
                for code, tokens in hostile:
                    for what, token in tokens.items():
                        table[f"credential {number}: {code}: {what}"] = event_with(token), code
        return table

    def credentials(self) -> Iterator[tuple[str, Callable[[str], dict[str, Any]]]]:
        """Each good credential as a text, and what makes an event with another text in its place."""
        token, request, header = self.good.token, self.good.request, self.good.header
        if "TOKEN" in self.good.types:
            scheme, text = _parted(token["authorizationToken"])
            yield text, partial(_with_token, token, scheme)
        if "REQUEST" in self.good.types and header is not None:
            scheme, text = _parted(request["headers"][header])
            yield text, partial(_with_credential, request, header, scheme)
        certificate = request["requestContext"]["identity"].get("clientCert")
        if certificate is not None:
            yield certificate["clientCertPem"], partial(with_certificate, request)

    def refusal(self, event: object) -> str:
        """The reason for what must be refused, in a well-formed way, with one line in the log."""
        reason = self.outcome(event)[0]
        assert reason, "it was let in"
        return reason

    def outcome(self, event: object) -> tuple[str, Any]:
        """Why the event is refused, "" where it is let in; and the answer. Whatever is neither fails the test."""
        self.authorizer.log.clear()
        answer = self.authorizer.answers(event)
        [line] = self.authorizer.log
        record = json.loads(line)
        reason: str = record["reason"]
        assert record["decision"] == ("Allow" if reason == "allowed" else "Deny")
        if reason == "allowed":
            assert answer is not None
            assert answer["policyDocument"]["Statement"][0]["Effect"] == "Allow"
            return ("" if self._is_let_in(answer) else answer["context"]["reason"]), answer
        if reason in FORBIDDEN or (self.answer == "deny" and reason not in NO_POLICY):
            assert answer is not None
            assert answer == denial(reason, answer["principalId"])
            # A plugin that denies may come after one that has found out who calls.
            assert answer["principalId"] in ("unknown", self._principal)
        else:
            assert answer is None, answer
        return reason, answer

    @cached_property
    def _principal(self) -> str:
        return self.allowed(self.good.types[0])["principalId"]

    def _is_let_in(self, answer: dict[str, Any]) -> bool:
        """Tell whether an Allow is one: the guard of the key exchange allows its route to say no there."""
        if not self.answers_with_verdicts or answer["context"]["exchange"] == "permitted":
            return True
        assert answer["principalId"] == "key-exchange"
        assert answer["policyDocument"]["Statement"][0]["Resource"] == [f"{STAGE_ARN}/POST/auth"]
        assert answer["context"]["exchange"] in REFUSING_VERDICTS
        assert "customer_id" not in answer["context"]
        return False


def denial(reason: str, principal_id: str = "unknown") -> dict[str, Any]:
    """The one well-formed Deny for a reason: of the whole stage, and with nothing else in its context."""
    statement = {"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": [f"{STAGE_ARN}/*/*"]}
    return {
        "principalId": principal_id,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"reason": reason, "message": message_for(reason)},
    }


def _parted(value: str) -> tuple[str, str]:
    return (SCHEME, value.removeprefix(SCHEME)) if value.startswith(SCHEME) else ("", value)


def _with_token(event: dict[str, Any], scheme: str, text: str) -> dict[str, Any]:
    return {**event, "authorizationToken": scheme + text}


def _with_credential(request: dict[str, Any], header: str, scheme: str, text: str) -> dict[str, Any]:
    return with_header(request, header, scheme + text)


def with_certificate(request: dict[str, Any], pem: str) -> dict[str, Any]:
    """The request over a connection with this client certificate."""
    context = request["requestContext"]
    identity = {**context["identity"], "clientCert": client_cert(pem)}
    return {**request, "requestContext": {**context, "identity": identity}}
