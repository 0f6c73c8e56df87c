"""Function URLs: entrances of a Lambda function that no API and so no custom authorizer stands in front of."""

from collections.abc import Iterator
from typing import Final

from guardrails.called_functions import FUNCTION
from guardrails.report.named import as_text, name_of, named
from guardrails.report.routes import UNKNOWN_YET, Route
from guardrails.resources import Stack

FUNCTION_URL: Final = "aws:lambda/functionUrl:FunctionUrl"


def function_urls(stack: Stack) -> Iterator[Route]:
    """A route per function URL: it takes every method and path."""
    for url in stack.of_type(FUNCTION_URL):
        function = named(stack, url, "functionName", frozenset({FUNCTION}))
        yield Route(
            kind="FUNCTION URL",
            api=name_of(function) if function else as_text(url, "functionName", UNKNOWN_YET),
            method="ANY",
            path="/*",
            authorization=as_text(url, "authorizationType", "NONE"),
            guard=None,
            mutual_tls=(),
            other_entrances=("function URL",),
            remark="",
            urn=url.urn,
        )
