"""When the extension loads keys again: before they are outdated, not all at once, and ever more seldom in vain."""

from collections.abc import Callable

import pytest

from jwt_verification.key_set_errors import KeySetError, KeySetUnreachable
from spiffe_extension.key_refresh import KeyRefresh


class Keys:
    """Keys that stay fresh for 120 s, or cannot be loaded."""

    def __init__(self) -> None:
        self.away = False
        self.loads = 0

    def refresh(self) -> None:
        self.loads += 1
        if self.away:
            raise KeySetUnreachable("nobody answers")

    def seconds_until_stale(self) -> float:
        return 120.0


def refreshed(
    keys: Keys, reports: list[KeySetError | None], chance: Callable[[], float] = lambda: 0.0, interval: float = 120.0
) -> KeyRefresh:
    return KeyRefresh(keys, interval_seconds=interval, report=reports.append, chance=chance)


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 90.0), (0.5, 102.0), (1.0, 114.0)])
def test_keys_are_loaded_again_before_they_are_outdated_at_a_time_that_chance_chooses(
    chance: float, seconds: float
) -> None:
    assert refreshed(Keys(), [], lambda: chance).once() == pytest.approx(seconds)


def test_in_vain_the_pauses_grow_up_to_the_interval_and_shrink_by_chance() -> None:
    keys = Keys()
    keys.away = True
    refresh = refreshed(keys, [])
    assert [refresh.once() for _ in range(9)] == [2, 4, 8, 16, 32, 64, 120, 120, 120]
    assert refreshed(keys, [], lambda: 1.0).once() == 1.0
    many = refreshed(keys, [], interval=3_600.0)
    assert max(many.once() for _ in range(2_000)) == 3_600


def test_after_success_the_pauses_begin_anew() -> None:
    keys = Keys()
    refresh = refreshed(keys, [])
    keys.away = True
    assert [refresh.once(), refresh.once()] == [2, 4]
    keys.away = False
    assert refresh.once() == 90
    keys.away = True
    assert refresh.once() == 2


def test_only_changes_are_reported() -> None:
    keys = Keys()
    reports: list[KeySetError | None] = []
    refresh = refreshed(keys, reports)
    for away in (False, False, True, True, True, False, False):
        keys.away = away
        refresh.once()
    assert [report if report is None else report.code for report in reports] == [None, "key_set_unreachable", None]


def test_the_first_attempt_is_told_good_or_not_and_a_stopped_refresh_loads_no_more() -> None:
    for away in (False, True):
        keys = Keys()
        keys.away = away
        refresh = refreshed(keys, [])
        assert not refresh.attempted.is_set()
        refresh.start()
        assert refresh.attempted.wait(30)
        refresh.stop()
        assert keys.loads == 1


def test_chance_is_between_0_and_1_and_not_always_the_same() -> None:
    pauses = {KeyRefresh(Keys(), interval_seconds=120, report=print).once() for _ in range(50)}
    assert len(pauses) > 10
    assert all(90 <= pause <= 114 for pause in pauses)
