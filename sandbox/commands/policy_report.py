"""`policy`, `policy-documents` and `policy-changes`: who guards every route, and what the policy pack says of it.

The report is the pack's own (`python -m guardrails.report` in its folder); here it only gets its documents: the state
of this project's stack, a preview of the program, or a file. It deliberately runs no deployment and writes no state.
"""

import json
import subprocess
import sys
from pathlib import Path

from sandbox.commands.project import Project
from sandbox.commands.session import Session, attach
from sandbox.errors import SandboxError

DEPLOYED, PREVIEWED = "deployed.json", "previewed.json"
FROM_INPUT = "-"


def show_report(project: Project, *, file: Path | None, form: str) -> int:
    """Prints the report on a state file, or else on what is deployed. Answers 1 when a mandatory rule is violated."""
    if file is not None:
        return report(project, str(file.absolute()), "--format", form)
    # Through a pipe, because the document holds the values of what the stack calls secret: placeholders, but marked.
    document = attach(project).workspace.capture("stack", "export", "--show-secrets")
    return report(project, FROM_INPUT, "--format", form, document=document)


def write_documents(project: Project) -> int:
    """Writes what is deployed and what the program would make of it, for `policy-changes` and for other machines.

    Secrets in them stay encrypted. Answers 0; raises SandboxError when the program cannot be previewed.
    """
    session = attach(project)
    folder = documents_folder(project)
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / DEPLOYED).write_text(json.dumps(session.workspace.export(), indent=4), encoding="utf-8")
    (folder / PREVIEWED).write_text(previewed(session), encoding="utf-8")
    return 0


def show_changes(project: Project) -> int:
    """Prints, as Markdown, what the program would change about who guards what. Answers 1 when it breaks a rule."""
    write_documents(project)
    folder = documents_folder(project)
    return report(project, str(folder / PREVIEWED), "--against", str(folder / DEPLOYED))


def previewed(session: Session) -> str:
    """A preview as one document, without the pack: it is judged by whoever reads it, and complete either way."""
    return session.workspace.capture("preview", "--json", "--show-sames")


def documents_folder(project: Project) -> Path:
    """Where the documents are written."""
    return project.state_directory / "policy"


def report(project: Project, *arguments: str, document: str | None = None) -> int:
    """Runs the pack's report in the pack's folder, where its modules are. Answers its exit code."""
    configuration = project.policy_configuration
    configured = ["--configuration", str(configuration.absolute())] if configuration else []
    try:
        return subprocess.run(
            [sys.executable, "-m", "guardrails.report", *configured, *arguments],
            cwd=project.policy_pack,
            input=document,
            encoding="utf-8",
            check=False,
        ).returncode
    except OSError as error:
        raise SandboxError(f"the policy pack in {project.policy_pack} cannot run: {error.strerror}.") from error
