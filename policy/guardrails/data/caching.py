"""What a stage keeps of its answers: by default nothing, because the next caller with the same path gets it too.

The cache's key is the path and what the integration names in `cacheKeyParameters`; who calls is not in it. Kept answers
of routes that are the same for everyone can be listed, and then have to be encrypted.
"""

from collections.abc import Iterator
from typing import Final

from guardrails.demands import demand, is_true
from guardrails.properties import Known, Missing, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Level, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.settings import Setting, Settings
from guardrails.stages import METHOD_SETTINGS

_PAGE: Final = "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html"
_CACHING: Final = "settings.cachingEnabled"

SAME_FOR_ALL: Final = Setting(
    name="method_paths_for_everyone",
    schema={
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "method_path": {"type": "string", "minLength": 1},
                "reason": {"type": "string", "minLength": 10},
            },
            "required": ["method_path", "reason"],
            "additionalProperties": False,
        },
    },
    default=[],
    meaning=(
        "Method paths (`prices/GET`) whose answers are the same for every caller and may be kept, each with a reason."
    ),
)


def _check_kept(settings: Resource, configured: Settings) -> Iterator[Finding]:
    listed = frozenset(str(entry["method_path"]) for entry in configured.objects("method_paths_for_everyone"))
    match settings.read("settings", "cachingEnabled"):
        case Missing() | Known(value=False):
            return
        case Unknown():
            yield Undecided(resource=settings, properties=(_CACHING,))
        case Known(value=True):
            match settings.read("methodPath"):
                case Known(value=str(path)) if path in listed:
                    return
                case Unknown():
                    yield Undecided(resource=settings, properties=("methodPath",))
                case _:
                    problem = f"{_CACHING} is true: one caller's answer is given to the next one who asks for the path."
                    yield Violation(resource=settings, problem=problem)
        case _:
            yield Violation(resource=settings, problem=f"{_CACHING} is neither true nor false.")


def _check_encrypted(settings: Resource, _settings: Settings) -> Iterator[Finding]:
    match settings.read("settings", "cachingEnabled"):
        case Unknown():
            yield Undecided(resource=settings, properties=(_CACHING,))
        case Known(value=True):
            yield from demand(
                settings,
                "settings.cacheDataEncrypted",
                is_true,
                otherwise="settings.cacheDataEncrypted is not true, and answers are kept.",
                missing="settings.cacheDataEncrypted is missing, and answers are kept.",
            )
        case _:
            return  # nothing is kept, or the other rule says what is wrong


KEPT_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigateway-stage-no-kept-answers",
        severity=Severity.HIGH,
        description="A stage does not keep one caller's answer for the next.",
        remediation=(
            "Set cachingEnabled to false, or list the method path in method_paths_for_everyone if its answers are the "
            "same for every caller."
        ),
        judged=(
            f"`{METHOD_SETTINGS}`, by its inputs: `{_CACHING}` is absent or false, or `methodPath` is in "
            "`method_paths_for_everyone`."
        ),
        why=(
            "The key of API Gateway's cache is the path and the parameters that an integration names. The caller is "
            "none of them: `GET /data` of one tenant is answered with what another one got, by an authorizer that let "
            "both in."
        ),
        sources=(_PAGE,),
    ),
    types=frozenset({METHOD_SETTINGS}),
    check=_check_kept,
    settings=(SAME_FOR_ALL,),
)

CACHE_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigateway-stage-cache-encrypted",
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        description="Answers that a stage keeps are encrypted.",
        remediation="Set cacheDataEncrypted to true beside cachingEnabled, or do not keep answers.",
        judged=(
            f"`{METHOD_SETTINGS}`, by its inputs: where `{_CACHING}` is true, so is `settings.cacheDataEncrypted`. "
            "Whether answers may be kept at all is judged by "
            "[apigateway-stage-no-kept-answers](apigateway-stage-no-kept-answers.md)."
        ),
        why=(
            "A cache keeps callers' answers outside of the tables, and unencrypted unless it is told otherwise. "
            "Advisory: nobody but AWS reaches the cache's disks."
        ),
        sources=(_PAGE,),
    ),
    types=frozenset({METHOD_SETTINGS}),
    check=_check_encrypted,
)
