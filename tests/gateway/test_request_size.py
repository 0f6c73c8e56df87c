"""`gateway.request_size`: how large request line and header values may be together."""

import pytest

from tests.gateway.raw_http import RawConnection
from tests.gateway.rest_api import Api, ApiWorkshop

QUOTA = 10_240


def deployed(workshop: ApiWorkshop) -> Api:
    api = workshop.api()
    api.route("/hello")
    api.deploy()
    return api


def status(api: Api, *, line_and_values: int) -> int:
    """The status for a request of this size, as the quota counts it."""
    used = len("GET /prod/hello HTTP/1.1") + len("127.0.0.1")
    with RawConnection(api.workshop.running.port) as connection:
        path = f"/_aws/execute-api/{api.api_id}/prod/hello"
        return connection.get(path, [(b"X-Long-Header-Name", b"a" * (line_and_values - used))]).status


def test_the_emulator_alone_takes_more_than_aws(emulator: ApiWorkshop) -> None:
    assert status(deployed(emulator), line_and_values=QUOTA * 2) == 200


@pytest.mark.parametrize(("size", "expected"), [(QUOTA, 200), (QUOTA + 1, 431), (QUOTA * 2, 431), (100_000, 431)])
def test_more_than_the_quota_is_a_431(sandbox: ApiWorkshop, size: int, expected: int) -> None:
    assert status(deployed(sandbox), line_and_values=size) == expected


def test_a_long_query_counts(sandbox: ApiWorkshop) -> None:
    api = deployed(sandbox)
    assert api.call(f"/hello?a={'b' * 9_000}").status == 200
    assert api.call(f"/hello?a={'b' * QUOTA}").status == 431
