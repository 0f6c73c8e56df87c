"""For all tests: how many examples are generated, how seldom garbage is looked for, that a service of AWS's SDK is
loaded by the use of it, and that the interrupt signal interrupts.

A shell without job control starts what it puts in the background with SIGINT ignored, and every child inherits that
(POSIX.1-2017, Shell Command Language, 2.11): the tests that interrupt a command would then wait for a signal that
nobody takes.
"""

import gc
import os
import signal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.configuration import set_hypothesis_home_dir

from sandbox.bootstrap import cache_directory
from sandbox.server.settings import ENDS_WITH_VARIABLE
from tests.support.pulumi_sdk import load_services_when_used

# The sandboxes of a test process that is killed end with it.
os.environ[ENDS_WITH_VARIABLE] = str(os.getpid())

load_services_when_used()

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes, or its generation, says more about the machine than about the code.
settings.register_profile(
    "any machine",
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
    database=settings.default.database if settings.default else None,  # of failures: in the checkout, as ever
)
settings.load_profile("any machine")
# Its tables of all characters: four seconds of computing in each process that finds none, as all do in a fresh clone.
set_hypothesis_home_dir(cache_directory() / "hypothesis")


# A test process holds millions of objects that stay: modules of tests, of Pulumi's and of AWS's SDK, schemas. To look
# through them for garbage again and again took a sixth of the time of tests that only compute.
gc.set_threshold(100_000, 50, 100)


def pytest_collection_finish() -> None:
    """Leaves what the modules are made of out of every later search for garbage."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Lets the process end once pytest has searched for what the tests left: it and the interpreter would search
    everything again, twice, and take it apart piece by piece, which takes a second and more.
    """
    gc.freeze()
