"""The environment of every engine command: one state folder, one stack, one provider, nothing of the user's cloud.

It deliberately starts from the user's environment without every `AWS_*`, `PULUMI_*` and `VAULT_*` variable, so that no
credential, no profile and no account of theirs can reach or be reached by a sandbox deployment.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from sandbox.engine.build import LANGUAGE_HOST_PYTHON_VARIABLE, LANGUAGE_HOST_VARIABLE
from sandbox.engine.release import Engine

LANGUAGE_HOST_PROGRAM = Path(__file__).resolve().parent / "language_host" / "__main__.py"
# Of the state folder.
PULUMI_HOME = "pulumi-home"
_FOREIGN_PREFIXES = ("AWS_", "PULUMI_", "VAULT_")


def engine_environment(
    base: Mapping[str, str],
    *,
    engine: Engine,
    stack: str,
    state_directory: Path,
    passphrase_file: Path,
    settings_file: Path,
    provider_port: int | None,
    interactive: bool,
    interpreter: str = sys.executable,
) -> dict[str, str]:
    """The variables for an engine command. `base` is the environment that the command was started in.

    Each `PULUMI_OPTION_X` sets the flag `--x` of the commands that have it. Without a provider port no provider is
    known: the engine then refuses resources of any package, instead of downloading its plugin.
    """
    kept = {name: value for name, value in base.items() if not name.startswith(_FOREIGN_PREFIXES)}
    # The interpreter's folder makes an official language host choose the same `python3` as ours.
    folders = [*(str(folder) for folder in engine.search_path), str(Path(interpreter).parent), kept.get("PATH", "")]
    environment = {
        **kept,
        "PATH": os.pathsep.join(folder for folder in folders if folder),
        "PULUMI_HOME": str(state_directory / PULUMI_HOME),
        # Without metadata: the backend writes those beside each file, and not atomically, so that an engine killed in
        # between leaves a state that no engine can load.
        "PULUMI_BACKEND_URL": f"{(state_directory / 'pulumi').as_uri()}?metadata=skip",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(passphrase_file),
        # The stack's wrapped key, or its passphrase's salt, is in the state, so the settings in the checkout need none.
        "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true",
        "PULUMI_STACK": stack,
        "PULUMI_OPTION_CONFIG_FILE": str(settings_file),
        # The state is written once, at the end: after every step, as otherwise, it costs the square of the resources
        # and was four fifths of the engine's time. What a killed engine made is in the provider's ledger.
        "PULUMI_SKIP_CHECKPOINTS": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_PYTHON_CMD": interpreter,
        # The engine lives for seconds: collecting garbage less often saves time and costs 100 MB.
        "GOGC": kept.get("GOGC", "400"),
        "AWS_EC2_METADATA_DISABLED": "true",
        LANGUAGE_HOST_PYTHON_VARIABLE: interpreter,
        LANGUAGE_HOST_VARIABLE: str(LANGUAGE_HOST_PROGRAM),
    }
    if provider_port is not None:
        environment["PULUMI_DEBUG_PROVIDERS"] = f"aws:{provider_port}"
    if not interactive:
        environment |= {"PULUMI_OPTION_COLOR": "never", "PULUMI_OPTION_NON_INTERACTIVE": "true"}
    return environment
