"""Starts one function: `python -I -S start.py <runtime packages> <task root> <layers> <runtime> <handler>`.

The interpreter runs isolated (`-I -S`: no `PYTHON*` variables, no site-packages), so the module search path is exactly
AWS's: the function's code, its layers, the runtime's libraries, the standard library
(https://docs.aws.amazon.com/lambda/latest/dg/python-package.html, "Dependency search path").
Deliberately nothing else: AWS's own runtime interface client does the rest.
"""

import os
import sys


def main() -> None:
    """Serves invocations until the Runtime API is gone."""
    packages, task_root, layers, runtime_name, handler = sys.argv[1:]
    runtime = [os.path.dirname(os.path.abspath(__file__)), packages]  # noqa: PTH100, PTH120 - `pathlib` costs start-up
    standard_library = list(sys.path)
    sys.path[:] = [*runtime, *standard_library]
    from awslambdaric.__main__ import main as serve  # pyright: ignore[reportUnknownVariableType] - it has no types

    # The runtime's name (`python3.12`) is also the folder's, even where another minor version has to stand in.
    layer_paths = [f"{layers}/python/lib/{runtime_name}/site-packages", f"{layers}/python"]
    sys.path[:] = [task_root, *layer_paths, *runtime, *standard_library]
    os.chdir(task_root)
    serve(["bootstrap", handler])


if __name__ == "__main__":
    main()
