"""All routes of a stack, in an order that does not change from run to run."""

from guardrails.report.body_routes import body_routes
from guardrails.report.function_urls import function_urls
from guardrails.report.http_routes import http_routes
from guardrails.report.rest_routes import rest_routes
from guardrails.report.routes import Route
from guardrails.resources import Stack


def authorization_map(stack: Stack) -> tuple[Route, ...]:
    """Every entrance that the stack declares, whoever wrote the program that declares it."""
    routes = (*rest_routes(stack), *http_routes(stack), *body_routes(stack), *function_urls(stack))
    return tuple(sorted(routes, key=lambda route: route.order))
