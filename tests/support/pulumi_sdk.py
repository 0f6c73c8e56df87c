"""Pulumi's SDK as the language host uses it, in a process of tests.

Below pytest, to look at the files of all calls that led to a resource, and for its name at outputs, took half of the
time of a program; whole services of AWS's SDK for a resource or two of each, a second of a process.
"""

import functools
import sys

from sandbox.engine.language_host.program import LoadedWhenUsed, change_sdk


@functools.cache
def use_sdk_as_language_host() -> None:
    """Changes the SDK, and how services of providers' SDKs are loaded, from now on."""
    sys.meta_path.insert(0, LoadedWhenUsed)
    change_sdk()
