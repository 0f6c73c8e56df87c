"""Other people's libraries, measured beside ours in processes of their own; what they need is in locks of their own.

`requirements.txt` (Python) is installed by `benchmarks.locked_packages`, `aws_jwt_verify/package-lock.json` (Node.js)
by `node_packages`: both into the per-user cache, never into this project's environment.
"""
