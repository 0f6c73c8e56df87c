"""What the engine does where nothing but the truststore's file has changed, without the program and all that stays.

The deployed sandbox's own provider is asked as the engine asks it: Check, Diff, Update, of the object and then of the
domain that names its version. The engine's state has the outcome, so that the next update finds nothing to do.
"""

import json
from pathlib import Path
from typing import Any

from sandbox.commands.session import Session
from tests.provider.driver import Known, ProviderDriver, connect

OBJECT, DOMAIN = "aws:s3/bucketObjectv2:BucketObjectv2", "aws:apigateway/domainName:DomainName"


def deploy_truststore(session: Session, bundle: str, scratch: Path) -> None:
    """Has the deployed domain trust this bundle; fails where anything would be replaced for it."""
    provider = connect(session.endpoints.provider_port).configure()
    try:
        state = session.workspace.export()
        resources: dict[str, Any] = {each["type"]: each for each in state["deployment"]["resources"]}
        before = resources[OBJECT]["outputs"]["versionId"]
        stored = _updated(provider, resources[OBJECT], content=bundle)
        trusted = {**resources[DOMAIN]["inputs"]["mutualTlsAuthentication"], "truststoreVersion": stored["versionId"]}
        _updated(provider, resources[DOMAIN], mutualTlsAuthentication=trusted)
        file = scratch / "state.json"
        # Outputs of components and of the stack name the version as well.
        file.write_text(json.dumps(state).replace(before, stored["versionId"]), encoding="utf-8")
        session.workspace.capture("stack", "import", "--file", str(file))
    finally:
        provider.channel.close()


def _updated(provider: ProviderDriver, resource: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Updates a resource in place, and its entry in the engine's state; answers its outputs."""
    known = Known(urn=resource["urn"], id=resource["id"], inputs=resource["inputs"], state=resource["outputs"])
    inputs = provider.check(resource["type"], {**known.inputs, **changes}, old=known.inputs).values
    difference = provider.diff(known, inputs)
    assert difference.changed == set(changes), difference
    assert not difference.replaces, difference
    changed = provider.update(known, inputs)
    assert changed.id == known.id
    resource.update(inputs=changed.inputs, outputs=changed.state)
    return dict(changed.state)
