"""The gaps between the emulator and AWS that are closed here: one module per gap, each a thin wrap of the emulator.

Contract of a module `sandbox/fidelity/<gap>.py`:

- its docstring names the gap (what the emulator does), AWS's documented behaviour with its source, and what the wrap
  does;
- it has one function `apply(settings: FidelitySettings) -> None` that installs the wrap with `wrap()` of
  `sandbox.fidelity.wrapping`: a second call in one process changes nothing, and a wrapped function that is gone or has
  other parameters raises `EmulatorChangedError`, so that an upgrade of the emulator shows at start, not in behaviour;
- it is listed in `sandbox.fidelity.registry`, in order (nothing registers itself by being imported);
- it has a test that shows the gap with the module left out and its absence with it (`tests/support/sandbox.py`).

Modules may import the emulator at their top, by `sandbox.fidelity.emulator.emulator_module`: they are imported only
inside the sandbox process, after its environment is set (the emulator reads its environment while it is imported).
What they need to know of the HTTP request that is being served is in `sandbox.fidelity.current_request`.

Deliberately not here: anything the emulator already does as AWS does, and any change to its files.
"""
