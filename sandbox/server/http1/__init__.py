"""The HTTP/1.1 server that the emulator and the sandbox's own paths are behind: `port` accepts, `connection` serves.

Of our own, because a general server does several times more for each request than is needed here: a deployment is a
thousand calls of AWS's API, and what is between the socket and the emulator was a third of their work. What is hard
about the protocol is h11's.
"""
