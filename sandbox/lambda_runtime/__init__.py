"""What stands for `/var/runtime` of AWS's Python runtimes: AWS's runtime interface client and its SDK, hash-locked.

`packages` installs them once per machine; `client/` starts a function with them. Deliberately pure Python, so that one
installation serves every interpreter from 3.11 on.
"""
