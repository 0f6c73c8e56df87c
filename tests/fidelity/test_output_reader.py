"""What a function writes is taken completely, and a function that writes nothing is never waited for."""

import io
import os
import threading

from sandbox.fidelity.lambda_python.output import OutputReader

ROUNDS = 3_000
PATIENCE_SECONDS = 60


def test_taking_lines_never_waits_for_the_next_one() -> None:
    reading, writing = os.pipe()
    reader = OutputReader(io.FileIO(reading))
    pump = threading.Thread(target=reader.run, daemon=True)
    pump.start()
    taken: list[str] = []

    def invocations() -> None:
        for number in range(ROUNDS):
            os.write(writing, f"{number}\n".encode())
            taken.append(reader.drain())
            taken.append(reader.drain())  # of an invocation that wrote nothing

    caller = threading.Thread(target=invocations, daemon=True)
    caller.start()
    caller.join(PATIENCE_SECONDS)
    waits = caller.is_alive()
    os.close(writing)
    pump.join(PATIENCE_SECONDS)

    assert not waits
    assert "\n".join(filter(None, taken)).split() == [str(number) for number in range(ROUNDS)]
