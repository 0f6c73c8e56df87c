"""The settings in docs/how-to/partners.md are those that the program wants, and no more are needed."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from components.domain_certificate import ValidatedCertificate
from components.settings import read_settings
from components.settings.partner import KEYS
from tests.components.stack_settings import declared
from tests.functions.partners.authority import Authority
from tests.support.documentation import code_lines
from tests.support.mocks import deploy

SETTING = re.compile(r"gatehouse:(\w+)(?:\[(\d+)\](?:\.(\w+))?)?")


def settings_of_the_page() -> dict[str, Any]:
    """As `pulumi config set` leaves them: by full name, those with a path as lists."""
    found: dict[str, Any] = {}
    for line in code_lines("how-to/partners.md"):
        if not line.startswith("pulumi config set "):
            continue
        *options, name, value = shlex.split(line)[3:]
        setting = SETTING.fullmatch(name)
        assert setting is not None, line
        key, index, member = f"gatehouse:{setting[1]}", setting[2], setting[3]
        assert options == ([] if index is None else ["--path"]), line
        if index is None:
            found[key] = value
            continue
        values: list[Any] = found.setdefault(key, [])
        if int(index) == len(values):
            values.append({} if member else value)
        if member:
            values[int(index)][member] = value
    return found


def test_the_page_sets_what_the_partner_api_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = settings_of_the_page()
    assert {name.removeprefix("gatehouse:") for name in given} <= KEYS
    (tmp_path / given["gatehouse:partnerTruststore"]).write_text(Authority().pem, encoding="ascii")
    monkeypatch.chdir(tmp_path)
    defaults = {key: declaration["default"] for key, declaration in declared().items()}

    partner = deploy(read_settings, settings={**defaults, **given}).result.partner

    assert partner is not None
    assert partner.domain_name == "partners.example.com"
    assert isinstance(partner.certificate, ValidatedCertificate)
    assert {scope.name for scope in partner.scopes} >= set(partner.required_scopes)
