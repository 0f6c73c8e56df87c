"""Log groups say how long they keep what is in them, and a function's log group is made before Lambda makes one.

Lambda makes a missing log group at the function's first call, without a retention and outside of the program.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final, cast

from guardrails.demands import demand, is_number
from guardrails.properties import Known, Missing, Unknown, known_text
from guardrails.resources import Resource, Stack
from guardrails.rules import Finding, Level, Metadata, ResourceRule, Severity, StackRule, Undecided, Violation
from guardrails.settings import Setting, Settings

LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
FUNCTION: Final = "aws:lambda/function:Function"
_LAMBDA_LOGS: Final = "/aws/lambda/"

LEAST_DAYS: Final = Setting(
    name="least_days",
    schema={"type": "number", "minimum": 1},
    default=7,
    meaning="The shortest retention of a log group, in days.",
)


def _check_retention(group: Resource, settings: Settings) -> Iterator[Finding]:
    least = settings.number("least_days")
    yield from demand(
        group,
        "retentionInDays",
        lambda value: is_number(value) and cast("float", value) >= least,
        otherwise=f"retentionInDays is not a number of at least {least:g} days (0 keeps everything for ever).",
        missing="retentionInDays is missing, so that everything is kept for ever.",
    )


def _check_functions(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    groups = _LogGroups(stack)
    for function in stack.of_type(FUNCTION):
        yield from _judge(function, groups)


def _judge(function: Resource, groups: "_LogGroups") -> Iterator[Finding]:
    own = function.read("loggingConfig", "logGroup")
    # A preview does not know this output either where nobody has set it; what is set comes from somewhere.
    is_unset = isinstance(own, Unknown) and not function.origins_of("loggingConfig")
    if isinstance(own, Missing) or (is_unset and groups.are_for(function)):
        yield from _by_name(function, groups)
        return
    match own:
        case Known(value=str(name)) if groups.named(name) or groups.made_from(function.origins_of("loggingConfig")):
            return
        case Unknown() if groups.made_from(function.origins_of("loggingConfig")):
            return
        case Unknown():
            yield Undecided(resource=function, properties=("loggingConfig.logGroup",))
        case Known(value=str()):
            yield from groups.missing(function, "loggingConfig.logGroup")
        case _:
            problem = "loggingConfig.logGroup is not a text, so that its log group is not found."
            yield Violation(resource=function, problem=problem)


def _by_name(function: Resource, groups: "_LogGroups") -> Iterator[Finding]:
    """A name that Pulumi or AWS gives is an output, and not there in a preview."""
    name = function.read("name")
    if groups.are_for(function):
        return
    if isinstance(name, Known) and not known_text(name):
        yield Violation(resource=function, problem="name is not a text, so that its log group is not found.")
    elif isinstance(name, Known):
        yield from groups.missing(function, "name")
    else:
        yield from groups.unmatched(function)


class _LogGroups:
    """The stack's log groups by name, and by what their names are made from."""

    def __init__(self, stack: Stack) -> None:
        self._names: set[str] = set()
        self._origins: defaultdict[str, set[str]] = defaultdict(set)
        self._unnamed = False
        self._none = not stack.of_type(LOG_GROUP)
        for group in stack.of_type(LOG_GROUP):
            name = known_text(group.read("name"))
            if name is not None:
                self._names.add(name)
            else:
                self._unnamed = True
            self._origins[group.urn].add(group.urn)
            for origin in group.origins_of("name"):
                self._origins[origin].add(group.urn)

    def named(self, name: str) -> bool:
        return name in self._names

    def made_from(self, origins: frozenset[str]) -> bool:
        """Whether one of these is a log group, or is what a log group is named after."""
        return any(origin in self._origins for origin in origins)

    def are_for(self, function: Resource) -> bool:
        """Whether one is named as Lambda would name the function's."""
        name = known_text(function.read("name"))
        return self.named(f"{_LAMBDA_LOGS}{name}") if name is not None else self.made_from(frozenset({function.urn}))

    def missing(self, function: Resource, waits_for: str) -> Iterator[Finding]:
        """None has the function's name; one whose own name is not known yet may turn out to."""
        if self._unnamed:
            yield Undecided(resource=function, properties=(waits_for,))
        else:
            yield Violation(resource=function, problem="no LogGroup of this stack is the one that it writes to.")

    def unmatched(self, function: Resource) -> Iterator[Finding]:
        """None can be matched to a function whose name is not known yet."""
        if self._none:
            yield Violation(resource=function, problem="this stack has no LogGroup that it could write to.")
        else:
            yield Undecided(resource=function, properties=("name",))


RETENTION_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="cloudwatch-log-group-retention",
        severity=Severity.LOW,
        level=Level.ADVISORY,
        description="Every log group says how long it keeps its logs.",
        remediation=(
            "Set retentionInDays to as many days as an investigation may need, and no more than the law allows."
        ),
        judged=f"`{LOG_GROUP}`, by its inputs: `retentionInDays` is a number and at least `least_days`.",
        why=(
            "Logs hold addresses and names of callers. Kept for ever they are a liability and a cost; kept for a day "
            "they are gone when somebody asks. Advisory: how long is a decision of the operator."
        ),
        sources=("https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",),
    ),
    types=frozenset({LOG_GROUP}),
    check=_check_retention,
    settings=(LEAST_DAYS,),
)

FUNCTION_LOG_RULE: Final = StackRule(
    metadata=Metadata(
        name="lambda-function-log-group-declared",
        severity=Severity.LOW,
        level=Level.ADVISORY,
        description="The log group of a Lambda function is declared beside it.",
        remediation=(
            "Declare a LogGroup named /aws/lambda/<the function's name> with a retention, and let the function depend "
            "on it; or name a declared one in loggingConfig.logGroup."
        ),
        judged=(
            f"The whole stack: for every `{FUNCTION}` there is a `{LOG_GROUP}` with the name that is in "
            "`loggingConfig.logGroup`, or else `/aws/lambda/<name>`. Where a name is not known yet, a log group whose "
            "name is made from the function's counts."
        ),
        why=(
            "Lambda makes a missing log group itself, at the first call: without a retention, without a key, without "
            "tags, and it stays when the stack is deleted. Advisory: nothing is open, but nothing is tidy either."
        ),
        sources=("https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html",),
    ),
    check=_check_functions,
)
