"""Tells the saver that state changed where no request did it: background work such as a secret's rotation."""

from collections.abc import Callable

_listeners: list[Callable[[], None]] = []


def on_state_change(listener: Callable[[], None]) -> None:
    """For the sandbox process: `listener` is called after each change that background work announces."""
    _listeners.append(listener)


def state_changed() -> None:
    """To be called by background work after it changed state."""
    for listener in _listeners:
        listener()
