"""For all tests: the interrupt signal means an interrupt, whoever started the run.

A shell without job control starts what it puts in the background with SIGINT ignored, and every child inherits that
(POSIX.1-2017, Shell Command Language, 2.11): the tests that interrupt a command would then wait for a signal that
nobody takes.
"""

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
