"""Readies what takes long on a new machine, so that no test waits for it: the engine, the Lambda runtime's packages,
SPIRE.

It deliberately starts nothing. Also checks the workflows, with a program that is readied in the same way.
"""

from sandbox.actionlint import NoActionlintError, lint, locate_actionlint
from sandbox.bootstrap import cache_directory
from sandbox.commands.project import Project
from sandbox.commands.session import say
from sandbox.engine.locate import locate_engine
from sandbox.lambda_runtime.packages import installed_packages
from sandbox.spire.build import SPIRE_VERSION, locate_programs


def prepare(project: Project) -> int:
    """Fetches or builds the engine and installs the runtime's packages, once per machine. Raises SandboxError."""
    del project  # the same for every checkout
    engine = locate_engine(cache_directory(), say)
    say(f"engine: {engine.version} ({engine.executable})")
    installed_packages(cache_directory(), say)
    return 0


def show_engine_folder(project: Project) -> int:
    """Prints the engine's folder and nothing else, for a PATH. Raises SandboxError."""
    del project  # the same for every checkout
    say(str(locate_engine(cache_directory(), lambda _: None).executable.parent))
    return 0


def lint_workflows(project: Project) -> int:
    """Checks the workflows with actionlint and prints the findings. Answers its exit code. Raises SandboxError.

    Without Go there is no actionlint: that is said, and it is no failure, because everything else does without Go where
    the engine can be downloaded. CI has it.
    """
    try:
        program = locate_actionlint(cache_directory(), say)
    except NoActionlintError as missing:
        say(f"NOT CHECKED: {missing}")
        return 0
    code, findings = lint(program, project.root)
    if findings:
        say(findings.rstrip())
    return code


def prepare_spire(project: Project) -> int:
    """Builds SPIRE's programs, once per machine; tests with the real SPIRE are skipped without. Raises SandboxError."""
    del project  # the same for every checkout
    say(f"SPIRE: {SPIRE_VERSION} ({locate_programs(cache_directory(), say)})")
    return 0
