"""Changes the settings of a deployed function for as long as a test lasts, and then back; what it runs stays."""

from collections.abc import Generator
from contextlib import contextmanager

from sandbox.tour.caller import Caller


@contextmanager
def live_settings(caller: Caller, function: str, **variables: str) -> Generator[None]:
    """Sets variables of the function's environment, until the block ends."""
    functions = caller.functions
    deployed = functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    functions.update_function_configuration(FunctionName=function, Environment={"Variables": {**deployed, **variables}})
    try:
        yield
    finally:
        functions.update_function_configuration(FunctionName=function, Environment={"Variables": deployed})
