"""Keeps the data keys of stacks that tests deploy: HashiCorp Vault's transit interface, as far as the engine calls it.

The engine makes its key from a passphrase with a million rounds of PBKDF2, at every command: 0.8 s of processor time. A
key server's stack is encrypted just as well, with a data key that the server wraps and unwraps. This one deliberately
wraps nothing: who can read the test's files is the test's user.
"""

import atexit
import functools
import json

from tests.support.loopback_server import LoopbackServer, Request, Response

KEY = "tests"
WRAPPED = "vault:v1:"


def answer(request: Request) -> Response:
    """The answers of https://developer.hashicorp.com/vault/api-docs/secret/transit, encrypt and decrypt."""
    sent = json.loads(request.body)
    if request.target == f"/v1/transit/encrypt/{KEY}":
        data = {"ciphertext": WRAPPED + sent["plaintext"]}
    elif request.target == f"/v1/transit/decrypt/{KEY}":
        data = {"plaintext": sent["ciphertext"].removeprefix(WRAPPED)}
    else:
        return Response(status=404, body=b'{"errors": ["no such key"]}')
    return Response(body=json.dumps({"data": data}).encode())


@functools.cache
def key_server_variables() -> dict[str, str]:
    """What an engine's environment needs for a stack of this process's server, which runs until the process ends."""
    server = LoopbackServer(answer)
    server.__enter__()
    atexit.register(server.__exit__, None, None, None)
    return {
        "PULUMI_OPTION_SECRETS_PROVIDER": f"hashivault://{KEY}",
        "VAULT_SERVER_URL": server.url,
        "VAULT_SERVER_TOKEN": "of no use elsewhere",
    }
