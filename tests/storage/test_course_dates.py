"""The dates of a course's own: added, the last word counts, others' courses and units untouched."""

from dataclasses import replace
from datetime import timedelta

from grading.own_dates import OwnDates
from storage.course_dates import DatesChange, add_dates, current_dates, dates_history
from tests.storage.conftest import NOON, Ground

FIRST = OwnDates(opens_at=NOON, closes_at=NOON + timedelta(days=3))
SECOND = OwnDates(opens_at=None, closes_at=NOON + timedelta(days=5))


def test_the_last_word_counts_and_every_word_stays(ground: Ground) -> None:
    def says(component: str, own: OwnDates | None) -> None:
        change = DatesChange(component=component, own=own, by_person=ground.alice, at=NOON)
        add_dates(connection, ground.scope, change)

    with ground.database.write() as connection:
        assert current_dates(connection, ground.scope) == {}
        says("cc1", FIRST)
        says("cc2", SECOND)
        assert current_dates(connection, ground.scope) == {"cc1": FIRST, "cc2": SECOND}
        says("cc1", SECOND)
        assert current_dates(connection, ground.scope)["cc1"] == SECOND
        says("cc1", None)
        assert current_dates(connection, ground.scope) == {"cc2": SECOND}
        history = dates_history(connection, ground.scope)
        assert [(each.component, each.own) for each in history] == [
            ("cc1", FIRST),
            ("cc2", SECOND),
            ("cc1", SECOND),
            ("cc1", None),
        ]
        for other in (
            replace(ground.scope, academic_year="2027-2028"),
            replace(ground.scope, unit_code="HA2G12H"),
        ):
            assert dates_history(connection, other) == []
