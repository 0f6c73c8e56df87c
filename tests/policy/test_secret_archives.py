"""`guardrails.secrets.archives`: every form of an archive is looked into, and what cannot be looked into says so."""

import base64
import hashlib
import io
import os
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from guardrails.properties import Archive, Asset, Known
from guardrails.resources import Resource
from guardrails.rules import Violation
from guardrails.secrets.archives import places
from guardrails.secrets.archives.contents import File
from guardrails.secrets.archives.rules import (
    CODE_RULE,
    LIKELY_RULE,
    MOST_FILES,
    MOST_MEGABYTES,
    PROGRAM_FOLDER,
    SETTINGS,
)
from guardrails.secrets.archives.scan import scan
from guardrails.settings import Settings, defaults

SECRET = "DATABASE = 'postgres://web:" + "hunter2@db/web'\n"
CLEAN = "def handle(event, context):\n    return {}\n"
FOUND = "has the format of a secret"


def problems(code: object, rule: object = CODE_RULE, **settings: object) -> list[str]:
    assert rule in (CODE_RULE, LIKELY_RULE)
    checked = CODE_RULE if rule is CODE_RULE else LIKELY_RULE
    resource = Resource(type="aws:lambda/function:Function", name="f", urn="urn:f", properties={"code": Known(code)})
    values = {**defaults(SETTINGS).values, **settings}
    found = list(checked.check(resource, Settings(values)))
    assert all(isinstance(finding, Violation) for finding in found)
    return [finding.problem for finding in found if isinstance(finding, Violation)]


def written(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def tarred(files: Mapping[str, str]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content.encode()))
    return stream.getvalue()


def test_every_file_of_a_folder_is_looked_at(tmp_path: Path) -> None:
    folder = written(tmp_path / "app", {"a.py": CLEAN, "deep/er/b.py": CLEAN + SECRET})
    assert problems(Archive(path=str(folder))) == [f"code: deep/er/b.py line 3 {FOUND} (Basic Auth Credentials)."]


def test_zips_and_tars_are_opened_and_those_in_them(tmp_path: Path) -> None:
    inner = zipped({"c.py": SECRET})
    whole = written(
        tmp_path, {"app.zip": zipped({"a.py": CLEAN, "lib/inner.zip": inner, "lib/t.tar.gz": tarred({"d.py": SECRET})})}
    )
    assert [each.split(" line")[0] for each in problems(Archive(path=str(whole / "app.zip")))] == [
        "code: lib/inner.zip/c.py",
        "code: lib/t.tar.gz/d.py",
    ]


def test_a_map_of_files_is_looked_at_by_the_names_in_the_archive(tmp_path: Path) -> None:
    folder = written(tmp_path, {"one.py": SECRET, "lib/two.py": SECRET})
    code = Archive(
        files={
            "handler.py": Known(Asset(path=str(folder / "one.py"))),
            "lib": Known(Archive(path=str(folder / "lib"))),
            "inline.py": Known(Asset(text=SECRET)),
            "clean.py": Known(Asset(text=CLEAN)),
        }
    )
    assert [each.split(" ")[1] for each in problems(code)] == ["handler.py", "lib/two.py", "inline.py"]


def test_a_settings_file_is_judged_by_its_names_and_source_code_by_a_rule_of_its_own(tmp_path: Path) -> None:
    files = {
        ".env": "API_KEY=hunter2\n",
        "settings.json": '{"db": {"password": "hunter2"}}',
        "a.py": 'API_KEY = "hunter2"\n',
    }
    code = Archive(path=str(written(tmp_path / "app", files)))
    assert [each.split(" ")[1] for each in problems(code)] == [".env", "settings.json"]
    assert problems(code, LIKELY_RULE) == ["code: a.py line 1 assigns a text to the name of a secret."]


LIKELY = [
    'PASSWORD = "mysecret"',
    "const apiKey = 'a1b2c3d4'",
    'config["client_secret"] = "s3cr3t!"',
    'token: str = "abcdef123"',
]
UNLIKELY = [
    'TOKEN_HEADER = "x-token"',
    'SECRET_KIND = "signing_key"',
    'password = os.environ["PASSWORD"]',
    'PASSWORD = "${DB_PASSWORD}"',
    'secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:a-AbCdEf"',
    'token = "token"',
    '"Token": "minutes"',
    'TOKEN_URL = "https://login.example.com/token"',
]


@pytest.mark.parametrize("line", LIKELY)
def test_a_text_under_the_name_of_a_secret_is_likely_one(line: str) -> None:
    assert scan(File("a.py", identity=("text",), data=line.encode())).likely


@pytest.mark.parametrize("line", UNLIKELY)
def test_a_text_about_a_secret_is_unlikely_one(line: str) -> None:
    found = scan(File("a.py", identity=("text",), data=line.encode()))
    assert (found.likely, found.certain) == ((), ())


def test_key_stores_are_found_by_their_names_and_other_binary_files_left_out(tmp_path: Path) -> None:
    binary = b"\x7fELF\0" + SECRET.encode()
    folder = written(
        tmp_path / "app", {"client.p12": b"\x30\x82\0\0", "program": binary, "wide.txt": SECRET.encode("utf-16")}
    )
    assert [each.split(" ")[1] for each in problems(Archive(path=str(folder)))] == ["client.p12", "wide.txt"]


def test_a_link_that_leads_out_is_not_followed_and_said(tmp_path: Path) -> None:
    outside = written(tmp_path / "outside", {"secret.py": SECRET})
    folder = written(tmp_path / "app", {"a.py": CLEAN})
    (folder / "out.py").symlink_to(outside / "secret.py")
    (folder / "up").symlink_to(outside)
    (folder / "same.py").symlink_to(folder / "a.py")
    (folder / "round").symlink_to(folder)
    assert problems(Archive(path=str(folder))) == [
        "code: out.py is a link that leads out of the folder.",
        "code: up is a link that leads out of the folder.",
    ]


def test_a_scan_that_cannot_be_completed_says_so(tmp_path: Path) -> None:
    folder = written(tmp_path / "app", {f"{index}.py": CLEAN for index in range(5)})
    assert problems(Archive(path=str(folder)), **{MOST_FILES.name: 4}) == ["code: it has more than 4 files."]
    large = written(tmp_path / "large", {"a.py": CLEAN * 10_000, "b.py": SECRET})
    said = problems(Archive(path=str(large)), **{MOST_MEGABYTES.name: 0.1})
    assert len(said) == 2
    assert said[0].startswith("code: a.py has more than")
    bomb = written(tmp_path, {"bomb.zip": zipped({"a.py": b"a" * 5_000_000})}) / "bomb.zip"
    assert problems(Archive(path=str(bomb)), **{MOST_MEGABYTES.name: 1}) == [
        "code: a.py cannot be unpacked within the bounds."
    ]
    broken = written(tmp_path, {"broken.zip": zipped({"a.py": CLEAN})[:60]}) / "broken.zip"
    assert problems(Archive(path=str(broken))) == ["code: broken.zip is an archive that cannot be unpacked."]
    assert problems(Archive(uri="https://example.com/app.zip")) == [
        "code: it is fetched from elsewhere, and cannot be looked into."
    ]
    assert "is not found, so nobody can look into it" in problems(Archive(path=str(tmp_path / "missing")))[0]
    deep = zipped({"a.py": SECRET})
    for _ in range(4):
        deep = zipped({"inner.zip": deep})
    said = problems(Archive(path=str(written(tmp_path, {"deep.zip": deep}) / "deep.zip")))
    assert said == ["code: inner.zip/inner.zip/inner.zip is an archive in an archive in an archive."]


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    os.mkfifo(folder / "pipe.py")
    assert problems(Archive(path=str(folder))) == ["code: pipe.py is no file."]


def test_a_changed_file_is_looked_at_again(tmp_path: Path) -> None:
    folder = written(tmp_path / "app", {"a.py": CLEAN})
    assert problems(Archive(path=str(folder))) == []
    written(folder, {"a.py": SECRET})
    assert len(problems(Archive(path=str(folder)))) == 1


def recorded(name: str, content: str) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest()).decode().rstrip("=")
    return f"{name},sha256={digest},{len(content)}\n"


@pytest.mark.parametrize("form", ["folder", "zip", "map without RECORD"])
def test_what_a_package_published_is_left_out_and_what_was_changed_is_not(tmp_path: Path, form: str) -> None:
    example = f"# an example\n{SECRET}"
    files = {
        "python/jwt/example.py": example,
        "python/jwt/changed.py": SECRET,
        "python/added.py": SECRET,
        "python/jwt-1.0.dist-info/RECORD": recorded("jwt/example.py", example) + recorded("jwt/changed.py", CLEAN),
    }
    folder = written(tmp_path / "layer", files)
    code = Archive(path=str(folder))
    if form == "zip":
        code = Archive(path=str(written(tmp_path, {"layer.zip": zipped(files)}) / "layer.zip"))
    elif form == "map without RECORD":
        code = Archive(files={name: Known(Asset(path=str(folder / name))) for name in files if "RECORD" not in name})
    assert sorted(each.split(" ")[1] for each in problems(code)) == ["python/added.py", "python/jwt/changed.py"]


def test_a_relative_path_starts_from_the_programs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = written(tmp_path / "program", {"app/a.py": SECRET})
    assert len(problems(Archive(path="./app"), **{PROGRAM_FOLDER.name: str(program)})) == 1
    for name in ("readlink", "PWD"):
        monkeypatch.setattr(places.os, "readlink", lambda _, folder=program: str(folder))
        if name == "PWD":
            monkeypatch.setattr(places.os, "readlink", lambda path: (_ for _ in ()).throw(FileNotFoundError(path)))
            monkeypatch.setenv("PWD", str(program))
        places._folders.cache_clear()
        assert len(problems(Archive(path="app"))) == 1
    places._folders.cache_clear()


def test_many_findings_are_counted(tmp_path: Path) -> None:
    folder = written(tmp_path / "app", {f"{index:02}.py": SECRET for index in range(15)})
    said = problems(Archive(path=str(folder)))
    assert len(said) == 11
    assert said[-1] == "code: and 5 more."
