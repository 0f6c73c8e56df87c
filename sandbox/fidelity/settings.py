"""What every fidelity module may depend on. Deliberately nothing of the emulator: this is importable anywhere."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class FidelitySettings:
    """Settings of the sandbox process that the wraps are installed in.

    `state_directory` is the sandbox's folder, `emulator_port` the TCP port that clients use, `lambda_runtime_packages`
    the folder that stands for the libraries of the Lambda runtime itself.
    """

    state_directory: Path
    lambda_runtime_packages: Path
    emulator_port: int
    region: str
    account_id: str

    @property
    def emulator_url(self) -> str:
        """The URL that AWS clients on this machine use as their endpoint."""
        return f"http://127.0.0.1:{self.emulator_port}"
