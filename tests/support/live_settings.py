"""Changes the settings of a deployed function for as long as a test lasts, and then back; what it runs stays."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from sandbox.tour.caller import Caller


@contextmanager
def live_settings(
    caller: Caller, function: str, *, known: Mapping[str, str] | None = None, **variables: str
) -> Generator[None]:
    """Sets variables of the function's environment, until the block ends.

    `known` is what was deployed, for a test that changes settings while another change of them still holds.
    """
    functions = caller.functions
    deployed = dict(known or functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"])
    functions.update_function_configuration(FunctionName=function, Environment={"Variables": {**deployed, **variables}})
    try:
        yield
    finally:
        functions.update_function_configuration(FunctionName=function, Environment={"Variables": deployed})
