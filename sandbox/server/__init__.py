"""The one sandbox process and the client side that starts, finds and stops it.

`ensure_running`, `stop`, `status` and `log_path` are what commands and tests call; the process itself is
`python -m sandbox.server` (internal). Deliberately Linux and macOS only: it rests on file locks and process groups.
"""
