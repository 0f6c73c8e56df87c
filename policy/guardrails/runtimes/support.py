"""A function runs on a runtime that AWS still patches, and leaves one in time that soon is not.

Judged by the function's own inputs and today's date, which is asked of a clock that tests exchange. What runs in a
container image is not seen here: its base image says which runtime that is.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Final, cast

from guardrails.properties import Known, Malformed, Missing, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Level, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.runtimes.schedule import DEPRECATIONS
from guardrails.settings import Setting, Settings

FUNCTION: Final = "aws:lambda/function:Function"
_AWS_TABLE: Final = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"

Clock = Callable[[], date]
"""Today's date."""

FURTHER_RUNTIMES: Final = Setting(
    name="further_runtimes",
    schema={
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "runtime": {"type": "string", "minLength": 1},
                "deprecated": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
            },
            "required": ["runtime"],
            "additionalProperties": False,
        },
    },
    default=[],
    meaning=(
        "Runtimes that are newer than this pack, or whose date AWS has moved: `runtime`, and `deprecated` as "
        "year-month-day, left out where AWS has set none."
    ),
)
DAYS_OF_NOTICE: Final = Setting(
    name="days_of_notice",
    schema={"type": "number", "minimum": 1},
    default=90,
    meaning="How many days before its deprecation a runtime is reported.",
)


def today_in_utc() -> date:
    """Today, wherever the pack runs."""
    return datetime.now(UTC).date()


def runtime_rule(clock: Clock) -> ResourceRule:
    """The rule that a function's runtime is not deprecated on the day that `clock` tells."""

    def check(function: Resource, settings: Settings) -> Iterator[Finding]:
        schedule = _schedule(settings)
        match function.read("runtime"):
            case Unknown():
                yield Undecided(resource=function, properties=("runtime",))
            case Missing():
                yield from _without_a_runtime(function)
            case Known(value=str(runtime)) if runtime in schedule:
                deprecated = schedule[runtime]
                if deprecated is not None and deprecated <= clock():
                    problem = f"runtime {runtime} is deprecated since {deprecated}: AWS patches it no more."
                    yield Violation(resource=function, problem=problem)
            case Known() | Malformed():
                yield Violation(resource=function, problem="runtime is none that this pack knows as supported.")

    return ResourceRule(
        metadata=Metadata(
            name="lambda-function-runtime-supported",
            severity=Severity.HIGH,
            description="No Lambda function runs on a deprecated runtime.",
            remediation=(
                "Change runtime to one that AWS supports, and its code and layers with it. If AWS has added the "
                "runtime after this pack was made, list it in the setting further_runtimes."
            ),
            judged=(
                f"`{FUNCTION}`, by its inputs: `runtime` is in the pack's table of AWS's runtimes, and its deprecation "
                "date has not come. Where `packageType` is `Image` there is no `runtime`, and nothing is judged: which "
                "one an image holds is seen where it is built. A runtime that is not in the table is a violation."
            ),
            why=(
                "A deprecated runtime gets no security patches. Some months later Lambda refuses to change the "
                "function at all, and the next urgent correction cannot be deployed."
            ),
            sources=(_AWS_TABLE,),
        ),
        types=frozenset({FUNCTION}),
        check=check,
        settings=(FURTHER_RUNTIMES,),
    )


def ending_rule(clock: Clock) -> ResourceRule:
    """The rule that a function's runtime is supported for a while after the day that `clock` tells."""

    def check(function: Resource, settings: Settings) -> Iterator[Finding]:
        match function.read("runtime"):
            case Unknown():
                yield Undecided(resource=function, properties=("runtime",))
            case Known(value=str(runtime)):
                deprecated = _schedule(settings).get(runtime)
                if deprecated is None:
                    return
                days = (deprecated - clock()).days
                if 0 < days <= settings.number("days_of_notice"):
                    problem = f"runtime {runtime} is deprecated on {deprecated}, in {days} days."
                    yield Violation(resource=function, problem=problem)
            case Missing() | Known() | Malformed():
                return  # judged by the rule about deprecated runtimes

    return ResourceRule(
        metadata=Metadata(
            name="lambda-function-runtime-not-ending",
            severity=Severity.LOW,
            level=Level.ADVISORY,
            description="A Lambda function leaves its runtime before AWS ends the support.",
            remediation="Plan the change to a newer runtime before that day.",
            judged=(
                f"`{FUNCTION}`, by its inputs: the deprecation date of `runtime` is further away than the setting "
                "`days_of_notice`. What is deprecated already, unknown to the pack or of a wrong type is judged by "
                "[lambda-function-runtime-supported](lambda-function-runtime-supported.md)."
            ),
            why=(
                "A runtime that ends becomes a violation overnight, and then no deployment goes through before the "
                "code has been ported. Advisory, because nothing is open yet."
            ),
            sources=(_AWS_TABLE,),
        ),
        types=frozenset({FUNCTION}),
        check=check,
        settings=(FURTHER_RUNTIMES, DAYS_OF_NOTICE),
    )


def _without_a_runtime(function: Resource) -> Iterator[Finding]:
    match function.read("packageType"):
        case Known(value="Image"):
            return
        case Unknown():
            yield Undecided(resource=function, properties=("packageType",))
        case _:
            yield Violation(resource=function, problem="runtime is missing, and packageType is not Image.")


def _schedule(settings: Settings) -> Mapping[str, date | None]:
    further = {
        cast("str", entry["runtime"]): date.fromisoformat(entry["deprecated"]) if "deprecated" in entry else None
        for entry in settings.objects("further_runtimes")
    }
    return {**DEPRECATIONS, **further}


RUNTIME_RULE: Final = runtime_rule(today_in_utc)
ENDING_RULE: Final = ending_rule(today_in_utc)
