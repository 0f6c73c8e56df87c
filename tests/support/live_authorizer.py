"""Has the deployed authorizer of workload-api trust others than it was deployed with, for as long as a test lasts.

What it runs is what is deployed: its archive, its layer, the extension. Only its settings change, and then back.
"""

from collections.abc import Generator
from contextlib import contextmanager

from sandbox.tour.workloads import AUTHORIZER, WorkloadApi


@contextmanager
def trusting(workloads: WorkloadApi, **variables: str) -> Generator[None]:
    """Sets variables of the live authorizer's environment, until the block ends."""
    deployed = dict(workloads.settings)
    configure = workloads.caller.functions.update_function_configuration
    configure(FunctionName=AUTHORIZER, Environment={"Variables": {**deployed, **variables}})
    try:
        yield
    finally:
        configure(FunctionName=AUTHORIZER, Environment={"Variables": deployed})
