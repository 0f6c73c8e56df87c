"""What `pip install <checkout>` gives a program elsewhere: the components, and the functions' code beside them."""

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.support.checkout import ROOT


def test_the_installed_package_holds_every_file_of_the_components_and_the_functions_and_nothing_else(
    tmp_path: Path,
) -> None:
    build = [str(Path(sys.executable).with_name("uv")), "build", "--wheel", "--quiet", "--offline"]
    subprocess.run(
        [*build, "--no-build-isolation", "--python", sys.executable, "--out-dir", str(tmp_path), str(ROOT)],
        check=True, timeout=120,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("gatehouse-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        installed = {name for name in archive.namelist() if ".dist-info/" not in name}

    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "components", "functions"]
    wanted = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60).stdout.split()
    assert {"components/authorized_api.py", "functions/chains/hello/01_verify_jwt.py"} <= installed
    assert installed == {name for name in wanted if (ROOT / name).is_file()}


def test_no_name_in_the_package_hides_one_of_the_standard_library() -> None:
    assert sys.stdlib_module_names.isdisjoint({"components", "functions"})
