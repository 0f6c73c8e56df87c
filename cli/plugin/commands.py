"""What `plugin new` does, from the parsed options to the exit code."""

from __future__ import annotations

import argparse

from cli.errors import DONE
from cli.output import say
from cli.plugin.scaffold import write_plugin


def new(options: argparse.Namespace) -> int:
    """Write the two files and say what to do with them. Raises `CliError`."""
    written = write_plugin(options.name, directory=options.chain, kind=options.type)
    say(f"wrote {written.plugin}")
    say(f"wrote {written.test}")
    say("It denies everybody: write the check in `principal_of`. Its test, which passes now and then:")
    say(f"  python -m pytest {written.test}")
    return DONE
