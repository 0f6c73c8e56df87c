"""No file of deployed code or of an uploaded object holds a secret."""

from collections.abc import Iterator, Mapping
from typing import Final

from guardrails.properties import Archive, Asset, Known, Malformed, Missing, Node, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Level, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.secrets.archives.contents import File, Later, Obstacle, Reader
from guardrails.secrets.archives.published import Published
from guardrails.secrets.archives.scan import KEY_STORES, SETTINGS_SUFFIXES, Scan, scan
from guardrails.secrets.documents import plain_name
from guardrails.secrets.judged import MARKED
from guardrails.settings import Setting, Settings

CODE: Final = {
    "aws:lambda/function:Function": "code",
    "aws:lambda/layerVersion:LayerVersion": "code",
    "aws:s3/bucketObject:BucketObject": "source",
    "aws:s3/bucketObjectv2:BucketObjectv2": "source",
}
"""Type -> the property that holds an archive or a file."""

MOST_TOLD: Final = 10

PROGRAM_FOLDER: Final = Setting(
    name="program_folder",
    schema={"type": "string"},
    default="",
    meaning=(
        "The folder that relative paths of the program start from. Where it is empty, that is the working directory of "
        "the process that started the pack."
    ),
)
MOST_FILES: Final = Setting(
    name="most_files",
    schema={"type": "integer", "minimum": 1},
    default=20_000,
    meaning="How many files of one archive are looked at; more than these are a violation.",
)
MOST_MEGABYTES: Final = Setting(
    name="most_megabytes",
    schema={"type": "number", "exclusiveMinimum": 0},
    default=64,
    meaning="How large a file may be, and what is unpacked of one archive; larger ones are a violation.",
)
SETTINGS: Final = (PROGRAM_FOLDER, MOST_FILES, MOST_MEGABYTES)


def check(resource: Resource, settings: Settings) -> Iterator[Finding]:
    """Report what is a secret for certain, and whatever keeps the scan from being complete."""
    path = CODE[resource.type]
    match resource.read(path):
        case Missing():
            return
        case Unknown():
            yield Undecided(resource=resource, properties=(path,))
        case Known(secret=True):
            yield Violation(resource=resource, problem=f"{path} {MARKED}.")
        case Known(value=Archive() | Asset()) as node:
            clauses: list[str] = []
            for name, found in _look_through(node, settings):
                match found:
                    case Scan():
                        clauses.extend(f"{_called(name, found.about)} {clause}" for clause in found.certain)
                    case Obstacle(problem=problem):
                        clauses.append(f"{_called(name)} {problem}")
                    case Later():
                        yield Undecided(resource=resource, properties=(f"{path}: {_called(name)}",))
            for clause in clauses[:MOST_TOLD]:
                yield Violation(resource=resource, problem=f"{path}: {clause}.")
            if len(clauses) > MOST_TOLD:
                yield Violation(resource=resource, problem=f"{path}: and {len(clauses) - MOST_TOLD} more.")
        case Known() | Malformed():
            yield Violation(resource=resource, problem=f"{path} is no archive and no file.")


def check_likely(resource: Resource, settings: Settings) -> Iterator[Finding]:
    """Report what may be a secret in source code. What cannot be looked at is the other rule's to report."""
    path = CODE[resource.type]
    match resource.read(path):
        case Known(value=Archive() | Asset(), secret=False) as node:
            looked_at = _look_through(node, settings)
            installed = {
                name.partition(_INSTALLED)[0].rpartition("/")[0] for name, _ in looked_at if _INSTALLED in name
            }
            clauses = [
                f"{_called(name, found.about)} {clause}"
                for name, found in looked_at
                if isinstance(found, Scan) and not any(name.startswith(root) for root in installed)
                for clause in found.likely
            ]
            for clause in clauses[:MOST_TOLD]:
                yield Violation(resource=resource, problem=f"{path}: {clause}.")
            if len(clauses) > MOST_TOLD:
                yield Violation(resource=resource, problem=f"{path}: and {len(clauses) - MOST_TOLD} more.")
        case Unknown():
            yield Undecided(resource=resource, properties=(path,))
        case Missing() | Known(secret=True):
            return
        case Known() | Malformed():
            yield Violation(resource=resource, problem=f"{path} is no archive and no file.")


_INSTALLED: Final = ".dist-info/"
"""In the names of an installed package's metadata, which is beside the package."""

_Looked = list[tuple[str, Scan | Obstacle | Later]]
_last: Final[dict[str, tuple[Node, Mapping[str, object], _Looked]]] = {}
"""The archive that was looked through last: the engine has both rules judge a resource one after the other."""


def _look_through(node: Node, settings: Settings) -> _Looked:
    last = _last.get("last")
    if last is not None and last[0] is node and last[1] == settings.values:
        return last[2]
    found = [*_looked_through(node, settings)]
    _last["last"] = (node, settings.values, found)
    return found


def _looked_through(node: Node, settings: Settings) -> Iterator[tuple[str, Scan | Obstacle | Later]]:
    reader = Reader(
        program_folder=str(settings.values[PROGRAM_FOLDER.name]),
        most_files=int(settings.number(MOST_FILES.name)),
        most_bytes=int(settings.number(MOST_MEGABYTES.name) * 1024 * 1024),
    )
    everything = [*reader.files(node)]
    files = [each for each in everything if isinstance(each, File)]
    try:
        published = Published(files)
    except OSError:
        published = Published(())  # the file itself is reported below
    for found in everything:
        if not isinstance(found, File):
            yield found.name, found
            continue
        try:
            if not published.has(found):
                yield found.name, scan(found)
        except OSError:
            yield found.name, Obstacle(found.name, "cannot be read")


def _called(name: str, about: str = "") -> str:
    return (plain_name(name, about) or "a file") if name else "it"


_LEFT_OUT: Final = (
    "Left out are binary files, and files of installed Python packages that still have the digest in their package's "
    "`RECORD`: what everyone can download is no secret. Links are not followed; one that leads out of its folder is a "
    "violation. So is everything that keeps the scan from being complete: a file that is not found or cannot be read, "
    "an archive that cannot be unpacked, more files or bytes than the settings allow, and what is fetched from "
    "elsewhere. Code that is taken from S3 or from an image is not seen."
)

CODE_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="lambda-code-no-secret-in-files",
        severity=Severity.CRITICAL,
        description="No file of a function's or a layer's code, and no uploaded file, holds a secret.",
        remediation=(
            "Take the value out of the file and change it: it has been in a place where it does not belong. Keep the "
            "new one in Secrets Manager, and read it at run time (library secret_store)."
        ),
        judged=(
            "By their inputs: "
            + ", ".join(f"`{name}` of `{token}`" for token, name in CODE.items())
            + ". Every file of a folder, a zip, a tar or a map of files, archives in archives included, is looked at "
            "before it is uploaded. Secrets are: the formats that "
            "[detect-secrets](https://github.com/Yelp/detect-secrets) and this pack know, private keys where key "
            "material follows their first line, key stores (" + ", ".join(f"`{each}`" for each in KEY_STORES) + "), "
            "and in settings (" + ", ".join(f"`{each}`" for each in SETTINGS_SUFFIXES) + ") a value under the name of "
            f"a secret. A message names the file and the line, and never the value.\n\n{_LEFT_OUT}"
        ),
        why=(
            "Everyone who may call `GetFunction` can download the code, and it stays in every version that was "
            "published. Scanners of repositories do not see what a build adds, or what git ignores: a `.env` file is "
            "in the archive all the same."
        ),
    ),
    types=frozenset(CODE),
    check=check,
    settings=SETTINGS,
)

LIKELY_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="lambda-code-no-likely-secret-in-source",
        severity=Severity.HIGH,
        level=Level.ADVISORY,
        description="No line of deployed source code assigns a text to the name of a secret.",
        remediation=(
            "If it is a secret, take it out and change it; if not, give the constant a name that says what it is "
            "(TOKEN_HEADER, PASSWORD_FIELD)."
        ),
        judged=(
            "The files that [lambda-code-no-secret-in-files](lambda-code-no-secret-in-files.md) looks at, other than "
            "settings: lines that assign a quoted text of six letters or more to the name of a secret "
            '(`PASSWORD = "..."`, `"apiKey": "..."`). Placeholders, paths, templates and names of several words are '
            "none. Packages that are installed in the archive (a `.dist-info` is beside them) are left out.\n\n"
            "Advisory, because programs call constants after what they are about: only people can tell a password from "
            "the name of a form's field."
        ),
        why="A password that a program has in its code has no format that gives it away; its name does.",
    ),
    types=frozenset(CODE),
    check=check_likely,
    settings=SETTINGS,
)
