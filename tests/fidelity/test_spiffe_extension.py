"""The SPIFFE verifier's layer in the sandbox: environments on one machine, each with an extension of its own."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.functions.spiffe.vectors import WORKLOAD
from tests.packages.spiffe_layer import spiffe_layer
from tests.support.functions import archive, deploy
from tests.support.layers import this_machine
from tests.support.sandbox import RunningSandbox, wait_until
from tests.support.spiffe_documents import SpiffeDocuments

HANDLER = """
import os, time
from jwt_verification.errors import JwtError
from spiffe_extension.client import svid_verifier
from spiffe_extension.socket_path import socket_path

verifier = svid_verifier(os.environ)

def handler(event, context):
    time.sleep(0.5)
    try:
        return [str(verifier.verify(event).spiffe_id), socket_path(os.environ)]
    except JwtError as error:
        return [error.code, socket_path(os.environ)]
"""


def test_environments_side_by_side_verify_each_with_its_own_extension_and_leave_nothing(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    platform = this_machine()
    if platform is None:
        pytest.skip("wheels for Lambda are for Linux on x86_64 or arm64, which this machine is not")
    layer = sandbox.client("lambda").publish_layer_version(
        LayerName="spiffe-verifier", Content={"ZipFile": spiffe_layer(tmp_path, platform)}
    )
    with SpiffeDocuments() as documents:
        settings: dict[str, Any] = {
            "Runtime": platform.runtime,
            "Layers": [layer["LayerVersionArn"]],
            "Environment": {"Variables": {**documents.world.environment, "SPIFFE_VERIFICATION": "extension"}},
            "Code": {"ZipFile": archive({"main.py": HANDLER})},
        }
        function = deploy(sandbox, "spiffe", "", **settings)
        with ThreadPoolExecutor(3) as pool:
            done = list(pool.map(function, [documents.world.token()] * 3))
        assert [one.payload[0] for one in done] == [WORKLOAD] * 3, [one.log for one in done]
        assert all("keys loaded" in one.log for one in done)
        assert not [line for one in done for line in one.log.splitlines() if "in process" in line]
        # One discovery, one key set and one bundle for each environment, all of them before the first invocation.
        sockets = {one.payload[1] for one in done}
        assert len(sockets) == 3
        assert len(documents.requests) == 9
        assert function(documents.world.token(exp=1)).payload[0] == "token_expired"
        assert len(documents.requests) == 9
    sandbox.client("lambda").delete_function(FunctionName="spiffe")
    wait_until(lambda: not [path for path in sockets if os.path.exists(path)], what="the sockets are gone")  # noqa: PTH110
