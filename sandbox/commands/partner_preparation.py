"""Makes what the partner API needs before its program can run: a Route 53 zone, and an authority with its truststore.

The authority is made by the command that operators use (`python -m cli ca`), in a process of its own, because the
sandbox knows nothing of the product. Everything is found again where it is there already, made anew where it is lost,
and removed with the stack. The folder keeps what the settings need, so that a command that only looks asks nobody.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from sandbox.aws import client
from sandbox.commands.partner_settings import AUTHORITY, FOLDER, TRUSTSTORE_FILE, Needs, Prepared, needs
from sandbox.commands.project import Project
from sandbox.errors import SandboxError
from sandbox.server import SandboxEndpoints, save
from sandbox.server.client import disk_errors
from sandbox.server.settings import PROJECT_DIRECTORY

ZONES_FILE = f"{FOLDER}/zones.json"
# Where `python -m cli ca` and `python -m cli client` keep certificates (SSM) and keys (Secrets Manager).
PARAMETERS = ("/gatehouse/ca", "/gatehouse/clients")
SECRETS = ("gatehouse/ca/", "gatehouse/client-keys/", "partner-api/clients/")
COMMAND_SECONDS = 120


def prepared(project: Project) -> Prepared:
    """What has been made, as the folder says; nobody is asked."""
    return Prepared(zones=_zones(project), truststore=(project.root / TRUSTSTORE_FILE).is_file())


def is_prepared(project: Project) -> bool:
    """Whether the folder has all that the stack's settings leave to the sandbox. Raises SandboxError."""
    return prepared(project).meets(needs(project.declared_settings, project.settings))


def prepare(project: Project, endpoints: SandboxEndpoints, say: Callable[[str], None]) -> None:
    """Makes what is missing, by what is really there. Raises SandboxError."""
    needed = needs(project.declared_settings, project.settings)
    if not needed:
        return
    with disk_errors(project.root / FOLDER):
        (project.root / FOLDER).mkdir(parents=True, exist_ok=True, mode=0o700)
        made = [*_with_zone(project, endpoints, needed), *_with_truststore(project, endpoints, needed)]
    for each in made:
        say(each)
    if made:
        save(endpoints)


def forget(project: Project, endpoints: SandboxEndpoints) -> None:
    """Removes what was made here, and what operators made with it: keys and certificates of authorities and clients."""
    folder = project.root / FOLDER
    if not folder.is_dir():
        return
    for zone in _zones(project).values():
        _delete_zone(client(endpoints, "route53"), zone)
    secrets, parameters = client(endpoints, "secretsmanager"), client(endpoints, "ssm")
    for secret in _secrets(secrets, *SECRETS):
        secrets.delete_secret(SecretId=secret["ARN"], ForceDeleteWithoutRecovery=True)
    for path in PARAMETERS:
        for name in _parameters(parameters, path):
            parameters.delete_parameter(Name=name)
    shutil.rmtree(folder)


def _with_zone(project: Project, endpoints: SandboxEndpoints, needed: Needs) -> Iterator[str]:
    if needed.zone_of is None:
        return
    route53 = client(endpoints, "route53")
    zones = dict(_zones(project))
    there = _zone_ids(route53, needed.zone_of)
    if zones.get(needed.zone_of) in there:
        return
    if there:
        zones[needed.zone_of] = there[0]
    else:
        made = route53.create_hosted_zone(Name=needed.zone_of, CallerReference=uuid4().hex)
        zones[needed.zone_of] = made["HostedZone"]["Id"].rpartition("/")[2]
        yield f"made the zone of {needed.zone_of}"
    _write(project.root / ZONES_FILE, zones)


def _with_truststore(project: Project, endpoints: SandboxEndpoints, needed: Needs) -> Iterator[str]:
    if not needed.truststore:
        return
    certificates = _parameters(client(endpoints, "ssm"), f"/gatehouse/ca/{AUTHORITY}")
    if not certificates:
        for lost in (project.root / FOLDER).glob("*.pem"):
            if lost.is_file():
                lost.unlink()  # of partners, signed by an authority that is gone
        action = "create"
    elif not _has_key(client(endpoints, "secretsmanager"), max(certificates)):
        action = "rotate"  # nobody can sign any more; the successor stands beside it
    elif not _holds(project.root / TRUSTSTORE_FILE, certificates[max(certificates)]):
        action = "bundle"
    else:
        return
    _authority_command(project, action)
    yield f"made the truststore {TRUSTSTORE_FILE} of the authority {AUTHORITY}"


def _authority_command(project: Project, action: str) -> None:
    command = ["-m", "cli", "ca", action, AUTHORITY, "--bundle", str(project.root / TRUSTSTORE_FILE)]
    ended = subprocess.run(
        [sys.executable, *command, "--program", str(project.root)],
        cwd=PROJECT_DIRECTORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    if ended.returncode:
        told = [line for line in ended.stderr.splitlines() if line.startswith("error: ")]
        reason = told[-1].removeprefix("error: ") if told else f"exit code {ended.returncode}"
        raise SandboxError(f"`python {' '.join(command)}` failed: {reason}; then run `make up` again.")


def _zone_ids(route53: Any, domain: str) -> list[str]:
    found = route53.list_hosted_zones_by_name(DNSName=domain)["HostedZones"]
    return [zone["Id"].rpartition("/")[2] for zone in found if zone["Name"].rstrip(".") == domain.rstrip(".")]


def _delete_zone(route53: Any, zone: str) -> None:
    """With the records that somebody else has put into it."""
    try:
        for page in route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone):
            records = [each for each in page["ResourceRecordSets"] if each["Type"] not in ("NS", "SOA")]
            changes = [{"Action": "DELETE", "ResourceRecordSet": each} for each in records]
            if changes:
                route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
        route53.delete_hosted_zone(Id=zone)
    except route53.exceptions.NoSuchHostedZone:
        return


def _parameters(ssm: Any, path: str) -> dict[str, str]:
    """Values by name."""
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=True, WithDecryption=True)
    return {each["Name"]: each["Value"] for page in pages for each in page["Parameters"]}


def _secrets(secrets: Any, *prefixes: str) -> list[dict[str, Any]]:
    pages = secrets.get_paginator("list_secrets").paginate()
    return [each for page in pages for each in page["SecretList"] if each["Name"].startswith(prefixes)]


def _has_key(secrets: Any, parameter: str) -> bool:
    """Whether the key of the certificate in this parameter is there: it has the same name, without the slash."""
    return any(each["Name"] == parameter.removeprefix("/") for each in _secrets(secrets, parameter.removeprefix("/")))


def _holds(bundle: Path, certificate: str) -> bool:
    try:
        return certificate.strip() in bundle.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return False


def _zones(project: Project) -> Mapping[str, str]:
    """Ids by domain; none where the note is missing or was cut short."""
    try:
        noted: object = json.loads((project.root / ZONES_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    entries = cast("dict[str, Any]", noted) if isinstance(noted, dict) else {}
    return {domain: zone for domain, zone in entries.items() if isinstance(zone, str)}


def _write(path: Path, zones: Mapping[str, str]) -> None:
    scratch = path.with_suffix(".new")
    scratch.write_text(json.dumps(zones), encoding="utf-8")
    scratch.replace(path)
