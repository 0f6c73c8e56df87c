"""`python -m delivery`: see the package's docstring, and docs/how-to/deploy-to-aws.md."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.errors import ArgumentError, SettingError
from delivery.build_contexts import function_names, write_contexts
from delivery.deployer_policy import deployer_policies
from delivery.image_builds import build_images, missing_images, run_command
from delivery.recorded_program import stack_settings


def main(arguments: list[str]) -> int:
    """Runs one command; 1 and one line for what a person can correct."""
    parser = argparse.ArgumentParser(prog="python -m delivery", description="What comes before `pulumi up` on AWS")
    commands = parser.add_subparsers(dest="command", required=True)
    of_a_stack = {
        "functions": commands.add_parser("functions", help="print the names of the stack's functions"),
        "contexts": commands.add_parser("contexts", help="write the build context of every function's image"),
        "missing-images": commands.add_parser("missing-images", help="fail where a function's image is not there"),
        "policy": commands.add_parser("policy", help="write the deployer's policy documents"),
    }
    for each in of_a_stack.values():
        each.add_argument("--stack", required=True)
    of_a_stack["contexts"].add_argument("--output", type=Path, required=True)
    of_a_stack["missing-images"].add_argument("--tag", required=True)
    of_a_stack["policy"].add_argument("--account", required=True)
    of_a_stack["policy"].add_argument("--output", type=Path, required=True)
    images = commands.add_parser("images", help="build and push the images of contexts")
    images.add_argument("--contexts", type=Path, required=True)
    images.add_argument("--base", required=True)
    images.add_argument("--tag", required=True)
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "images":
            build_images(chosen.contexts, base=chosen.base, tag=chosen.tag, run=run_command, say=_say)
            return 0
        settings = stack_settings(chosen.stack)
        if chosen.command == "functions":
            for name in function_names(settings, chosen.stack):
                _say(name)
        elif chosen.command == "missing-images":
            _require_images(settings, chosen.stack, chosen.tag)
        elif chosen.command == "contexts":
            _say("\n".join(write_contexts(settings, chosen.stack, chosen.output)))
        else:
            policies = deployer_policies(settings, chosen.stack, account=chosen.account)
            chosen.output.mkdir(parents=True, exist_ok=True)
            for name, document in policies.items():
                (chosen.output / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
                _say(f"{chosen.output / name}.json")
    except (ArgumentError, SettingError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - for the person at the terminal
        return 1
    return 0


def _require_images(settings: Mapping[str, Any], stack: str, tag: str) -> None:
    """Says that nothing is missing; raises `ArgumentError` with the functions whose images are."""
    if settings["gatehouse:packaging"] != "image":
        _say(f"stack {stack}: gatehouse:packaging is not image, so it needs no images")
        return
    prefix = str(settings["gatehouse:imageRepositoryPrefix"])
    names = function_names(settings, stack)
    missing = missing_images(names, repository_prefix=prefix, tag=tag, run=run_command)
    if missing:
        raise ArgumentError(f"no image with the tag {tag}: {', '.join(missing)}; run the workflow lambda-build first.")
    _say(f"stack {stack}: {len(names)} images with the tag {tag} are there")


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the command's answer


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
