"""Measurements with peers beside us in the same run: `python -m benchmarks [name ...]`. Nothing here fails a build."""
