"""`python -m guardrails.report FILE`: the authorization map of a state or a preview, and what the rules say of it.

Exit code 0 when nothing would stop a preview, 1 when a mandatory rule is violated, 2 when a file cannot be read. With
`--against` it shows only what changes from that file to this one, and still judges this one.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from guardrails.catalogue import ALL_RULES
from guardrails.configuration.active import Configuration, unconfigured
from guardrails.configuration.file import read_configuration
from guardrails.configuration.reading import ConfigurationError
from guardrails.report.authorization_map import authorization_map
from guardrails.report.difference import difference
from guardrails.report.documents import UnreadableDocumentError, read_document
from guardrails.report.markdown import markdown, markdown_of_difference
from guardrails.report.plain import plain
from guardrails.report.report import Report
from guardrails.report.sarif import sarif
from guardrails.report.table import table
from guardrails.report.verdict import judged

FORMATS: Final[Mapping[str, Callable[[Report], str]]] = {
    "table": table,
    "json": plain,
    "markdown": markdown,
    "sarif": sarif,
}


def main(arguments: list[str] | None = None) -> int:
    """Print the report and answer the exit code."""
    parser = argparse.ArgumentParser(prog="python -m guardrails.report", description=__doc__)
    parser.add_argument("file", type=Path, help="what `pulumi stack export` wrote, or `pulumi preview`")
    parser.add_argument("--configuration", type=Path, help="the pack's configuration file, as --policy-pack-config")
    parser.add_argument("--format", choices=sorted(FORMATS), default="table")
    parser.add_argument("--against", type=Path, metavar="FILE", help="show only what changes from this file (Markdown)")
    options = parser.parse_args(arguments)
    try:
        configuration = (
            read_configuration(ALL_RULES, options.configuration) if options.configuration else unconfigured(ALL_RULES)
        )
        report = report_of(options.file, configuration)
        if options.against is None:
            text = FORMATS[options.format](report)
        else:
            text = markdown_of_difference(difference(report_of(options.against, configuration), report))
    except (UnreadableDocumentError, ConfigurationError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201  # for the person at the terminal
        return 2
    try:
        print(text, flush=True)  # noqa: T201  # the report itself
    except BrokenPipeError:  # who read it has seen enough; nothing more may be written, not even at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1 if report.verdict.blocks else 0


def report_of(file: Path, configuration: Configuration) -> Report:
    """The report of one file. Raises `UnreadableDocumentError`."""
    snapshot = read_document(file)
    return Report(
        routes=authorization_map(snapshot.outputs),
        verdict=judged(snapshot, configuration),
        positions=snapshot.positions,
        switched_off=switched_off(configuration),
    )


def switched_off(configuration: Configuration) -> tuple[str, ...]:
    """The rules that are not judged."""
    judged_rules = {active.rule.metadata.name for active in configuration.active}
    return tuple(rule.metadata.name for rule in ALL_RULES if rule.metadata.name not in judged_rules)


if __name__ == "__main__":
    sys.exit(main())
