from sandbox.loopback_ports import bound_socket


def free_port() -> int:
    """A port of the loopback that nobody has, and that nobody is given unasked."""
    with bound_socket() as held:
        return held.getsockname()[1]
