"""What Lambda imports and calls: the handler of `authorizer.authorization`, built once for the chain in `plugins/`."""

from __future__ import annotations

import os
import sys

from authorizer.authorization import ANSWER_VARIABLE, RAISE, build_handler
from authorizer.chain import load_chain


def _write_to_standard_output(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()


handle = build_handler(
    # In the task root, this package's folder is beside `plugins`. To import pathlib would cost every cold start 10 ms.
    chain=load_chain(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "plugins")),  # noqa: PTH100, PTH118, PTH120
    name=os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "authorizer"),
    not_authenticated_answer=os.environ.get(ANSWER_VARIABLE, RAISE),
    write=_write_to_standard_output,
)
"""The handler that Lambda calls, with the event and the Lambda context."""
