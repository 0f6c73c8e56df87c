"""A function gets third-party packages from its layer alone, as on AWS: RS256 tokens are verified with them."""

from pathlib import Path
from typing import Any

import pytest

from jwt_verification.base64url import encode
from tests.functions.issuer import header, jwk_set, public_jwk, signing_input, token
from tests.functions.issuer_server import IssuerServer, answer
from tests.functions.support import AUDIENCE, ISSUER, NOW, claims
from tests.support.functions import archive, deploy
from tests.support.layers import JWT_CRYPTOGRAPHY, files_of_layer, this_machine, zipped
from tests.support.sandbox import RunningSandbox

LIBRARY = Path(JWT_CRYPTOGRAPHY).parents[2] / "jwt_verification"
SOURCE = f"""
import os
from jwt_verification.claims import ClaimRules
from jwt_verification.errors import JwtError
from jwt_verification.jwk import JwkRules
from jwt_verification.refreshing_key_source import jwks_key_source
from jwt_verification.verifier import TokenVerifier

verifier = TokenVerifier(
    algorithm="RS256",
    keys=jwks_key_source(os.environ["JWKS_URL"], rules=JwkRules(algorithms=["RS256"]), allow_plain_http=True),
    rules=ClaimRules(issuers=[{ISSUER!r}], audiences=[{AUDIENCE!r}]),
    clock=lambda: {NOW},
)

def handler(event, context):
    import cryptography
    try:
        claims = verifier.verify(event)
    except JwtError as error:
        return [error.code]
    return [claims["sub"], cryptography.__file__]
"""


def test_a_function_verifies_rs256_with_the_packages_of_its_layer_and_fetches_keys_once(
    sandbox: RunningSandbox,
) -> None:
    platform = this_machine()
    if platform is None:
        pytest.skip("wheels for Lambda are for Linux on x86_64 or arm64, which this machine is not")
    layer = sandbox.client("lambda").publish_layer_version(
        LayerName="jwt-cryptography", Content={"ZipFile": zipped(files_of_layer(JWT_CRYPTOGRAPHY, platform))}
    )
    code = {f"jwt_verification/{path.name}": path.read_text() for path in LIBRARY.glob("*.py")}
    settings: dict[str, Any] = {
        "Runtime": platform.runtime,
        "Code": {"ZipFile": archive({"main.py": SOURCE, **code})},
    }
    with IssuerServer(lambda: [answer(jwk_set(public_jwk("RS256")))]) as issuer:
        settings["Environment"] = {"Variables": {"JWKS_URL": issuer.url()}}
        alone = deploy(sandbox, "without-the-layer", "", **settings)
        failed = alone(token("RS256"))
        assert failed.payload["errorType"] == "Runtime.ImportModuleError"
        assert "No module named 'cryptography'" in failed.payload["errorMessage"]

        function = deploy(sandbox, "with-the-layer", "", Layers=[layer["LayerVersionArn"]], **settings)
        done = function(token("RS256"))
        subject, *files = done.payload
        assert subject == claims()["sub"]
        assert all("/opt/python/" in file for file in files), files
        forged = f"{signing_input(header('RS256')).decode()}.{encode(bytes(256)).decode()}"
        unsigned = encode(b'{"alg":"none"}').decode() + ".e30."
        assert function(forged).payload == ["invalid_signature"]
        assert function(unsigned).payload == ["unsupported_algorithm"]
        assert len(issuer.requests) == 1
        assert function(token("RS256", header_part=header("RS256", kid="other"))).payload == ["unknown_key"]
