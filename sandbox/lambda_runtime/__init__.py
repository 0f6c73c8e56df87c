"""What stands for `/var/runtime` of AWS's Python runtimes: AWS's runtime interface client and its SDK, hash-locked.

`packages` installs them once per machine, `interpreters` finds the Python that a function runs on, `client/` starts a
function with them. The packages are deliberately pure Python, so that one installation serves every interpreter from
3.11 on.
"""
