"""What a stack puts out holds no secret: outputs are in the state, in the terminal, in CI's log and in other stacks.

The engine shows the outputs as properties of the stack's own resource, at the end of a preview and of an update. What
Pulumi marks as a secret is encrypted in the state, and hidden by `pulumi stack output` until someone asks for it: the
value has passed through the program all the same, so the mark is no excuse.
"""

from collections.abc import Iterator
from typing import Final

from guardrails.properties import Known, Unknown, children
from guardrails.resources import Stack
from guardrails.rules import Finding, Metadata, Severity, StackRule, Undecided, Violation
from guardrails.secrets.judged import entry_name, judge_text, problem_of
from guardrails.secrets.variables import HOW_VALUES_ARE_JUDGED
from guardrails.settings import Settings

STACK: Final = "pulumi:pulumi:Stack"


def check(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    """Judge every output, nested ones included."""
    for root in stack.of_type(STACK):
        waiting: list[str] = []
        for name, node in children(Known({name: root.read(name) for name in root.properties})):
            match node:
                case Unknown():
                    waiting.append(name)
                case Known(value=dict() | list()):
                    yield from judge_text(root, name, node)
                case Known(value=str(text), secret=False) if "\n" in text:
                    yield from judge_text(root, name, node)
                case Known():
                    problem = problem_of(name, node)
                    if problem:
                        yield Violation(resource=root, problem=f"{entry_name('output', name, node)} {problem}.")
        if waiting:
            yield Undecided(resource=root, properties=tuple(waiting))


OUTPUTS_RULE: Final = StackRule(
    metadata=Metadata(
        name="pulumi-stack-no-secret-in-outputs",
        severity=Severity.CRITICAL,
        description="The outputs of a stack hold no secret.",
        remediation="Put out the secret's ARN; whoever may read the secret gets the value from Secrets Manager.",
        judged=(
            "The outputs of the program (`pulumi.export`), at the end of a preview and of an update. An output that "
            "Pulumi marks as a secret is a violation, unless it is an ARN: it is encrypted in the state, but whoever "
            f"can read the stack can decrypt it.\n\n{HOW_VALUES_ARE_JUDGED}"
        ),
        why=(
            "Outputs are printed at the end of every update, are in CI's log and in the state, and other stacks read "
            "them."
        ),
    ),
    check=check,
)
