"""`python -I -S <layer>/python/spiffe_extension <name>`: starts the extension with the layer's own modules only.

An isolated interpreter without site-packages finds the standard library and nothing else, so that neither the
function's code nor `PYTHONPATH` can put another module in the place of the verifier's.
"""

import os
import sys

LAYER_PACKAGES = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 -- `pathlib` costs start-up

if __name__ == "__main__":
    sys.path[:] = [LAYER_PACKAGES, *(entry for entry in sys.path if entry != os.path.dirname(__file__))]  # noqa: PTH120 -- as above
    from spiffe_extension.program import main

    main()
