"""Has the deployed authorizer of workload-api trust others than it was deployed with, for as long as a test lasts.

What it runs is what is deployed: its archive, its layer, the extension. Only its settings change, and then back.
"""

from contextlib import AbstractContextManager

from sandbox.tour.workloads import AUTHORIZER, WorkloadApi
from tests.support.live_settings import live_settings


def trusting(workloads: WorkloadApi, **variables: str) -> AbstractContextManager[None]:
    """Sets variables of the live authorizer's environment, until the block ends."""
    return live_settings(workloads.caller, AUTHORIZER, known=workloads.settings, **variables)
