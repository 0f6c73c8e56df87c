"""What one sandbox process is told, and the environment that it gives the emulator. Nothing is read or written here."""

import os
from dataclasses import dataclass
from pathlib import Path

from sandbox.loopback_ports import LOOPBACK

PROJECT_DIRECTORY = Path(__file__).resolve().parents[2]
DEFAULT_ACCOUNT_ID = "111122223333"
# Root credentials of the emulated account: public, valid on this machine's loopback only.
ROOT_ACCESS_KEY_ID = "test"
ROOT_SECRET_ACCESS_KEY = "test"  # noqa: S105 - the emulator's own public default, no secret

# The id of a process that a sandbox started from here is not to outlive: tests say their own, so that nothing is left
# of a test run that was killed.
ENDS_WITH_VARIABLE = "GATEHOUSE_SANDBOX_ENDS_WITH"

# Kept of the caller's environment. Everything else would reach the emulator or the provider by accident: AWS_PROFILE,
# proxies (the AWS clients inside talk to the loopback only), PYTHONPATH, PULUMI_*.
KEPT_ENVIRONMENT = (
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LOGNAME",
    "PATH",
    "PYENV_ROOT",
    "PYENV_VERSION",
    "SHELL",
    "TZ",
    "USER",
    "XDG_CACHE_HOME",
    "XDG_DATA_HOME",
    "GATEHOUSE_CACHE",
    "GATEHOUSE_UV",
    "UV_PYTHON_INSTALL_DIR",
)


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """One sandbox process: its folder, its region and account, and its parts.

    `emulator_port` 0 and `None` mean: the remembered port, else a free one. `with_provider` and `leave_out` (names of
    fidelity modules) are for tests. `lambda_runtime_packages` stands for the libraries of the Lambda runtime itself.
    """

    state_directory: Path
    region: str
    lambda_runtime_packages: Path
    account_id: str = DEFAULT_ACCOUNT_ID
    emulator_port: int | None = None
    with_provider: bool = True
    leave_out: tuple[str, ...] = ()
    ends_with: tuple[int, str] | None = None
    """A process (its id, and when it started) that the sandbox is not to outlive; None: it ends when it is stopped."""


def emulator_directory(state_directory: Path) -> Path:
    """Where the emulator's state, its S3 objects and its temporary files are."""
    return state_directory / "emulator"


def emulator_environment(settings: ServerSettings, *, emulator_port: int) -> dict[str, str]:
    """The variables that the emulator reads while it is imported (ministack 1.5.33)."""
    directory = emulator_directory(settings.state_directory)
    return {
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": ROOT_ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": ROOT_SECRET_ACCESS_KEY,
        "AWS_EC2_METADATA_DISABLED": "true",
        # Clients inside this process must not read what this machine's user keeps for the real AWS.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "BIND_HOST": LOOPBACK,
        # No daemon is ever asked, even where one runs: a socket path that does not exist.
        "DOCKER_HOST": f"unix://{directory / 'no-docker.sock'}",
        "GATEWAY_PORT": str(emulator_port),
        "IOT_MTLS_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        "MINISTACK_ACCOUNT_ID": settings.account_id,
        "MINISTACK_HOST": "localhost",
        "MINISTACK_REGION": settings.region,
        "AWS_DEFAULT_REGION": settings.region,
        "PERSIST_STATE": "1",
        "S3_DATA_DIR": str(directory / "s3"),
        "S3_PERSIST": "1",
        "SFTP_ENABLED": "0",
        "STATE_DIR": str(directory / "state"),
        "TMPDIR": str(directory / "tmp"),
    }


def ledger_path(state_directory: Path) -> Path:
    """What the provider made and removed, for the repair of interrupted deployments (`sandbox.provider.ledger`)."""
    return state_directory / "ledger.jsonl"
