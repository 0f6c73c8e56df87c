"""Parameters of Systems Manager."""

from tests.provider.cases.case import Case, Refusal, World
from tests.provider.driver import Known

REFUSED = "refused: see test_certificate_stores.py"


def _drift(world: World, known: Known) -> str:
    world.clients.client("ssm").put_parameter(
        Name=known.id, Value="theirs", Type="SecureString", Description="A certificate", Overwrite=True
    )
    return "value"


CASES = (
    Case(
        token="aws:ssm/parameter:Parameter",
        base=lambda world: {
            "name": f"/{world.name}/certificate",
            "type": "SecureString",
            "value": "ours",
            "description": "A certificate",
        },
        changes={
            "allowedPattern": "^.*$",
            "description": "Another certificate",
            "keyId": "alias/certificates",
            "overwrite": True,
            "tags": {"Team": "platform"},
            "value": "another",
        },
        replaces={"dataType": "aws:ec2:image", "name": "another", "region": "eu-west-1"},
        untested={
            "arn": REFUSED,
            "insecureValue": REFUSED,
            "tier": "an advanced parameter never becomes a standard one again; see test_certificate_stores.py",
            "type": "the emulator forgets how the value was stored; see test_certificate_stores.py",
            "valueWo": REFUSED,
            "valueWoVersion": REFUSED,
        },
        absent=frozenset({"hasValueWo", "insecureValue", "overwrite", "valueWo", "valueWoVersion"}),
        volatile=frozenset({"version"}),
        drift=_drift,
        remove=lambda world, known: world.clients.client("ssm").delete_parameter(Name=known.id),
        refused=(
            Refusal(change={"type": "Certificate"}, message="type: 'Certificate' is not one of"),
            Refusal(change={"value": None}, message="value: is required and has no value"),
            Refusal(change={"type": "String", "keyId": "alias/a"}, message="keyId: is for SecureString"),
            Refusal(change={"description": "x" * 1025}, message="description: "),
        ),
    ),
)
