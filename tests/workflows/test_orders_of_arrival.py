"""The same people by link, export, API and certificate: one person, one history, whatever comes first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from config.catalogue import read_catalogue
from demo.units import write_units
from grading.profile import Evidence
from storage.schema import person
from tests.databases import Databases
from tests.pix.maddo import COLLECTION, sample_data
from tests.pix.small_pix import SmallPix
from tests.workflows.certificates import Desk
from tests.workflows.pix import PixSchool, beside_pix
from tests.workflows.school import open_school
from tests.workflows.test_import_campaign import SAMPLE
from tests.workflows.test_import_files import CERTIFICATIONS
from workflows.recompute import what_would_change
from workflows.visit import Visit

PEOPLE = {
    "Chloé Bélanger-Noël": "99200017",
    "Maëlys D'Ornellas": "99200025",
    "Zoé Kowalczyk": "99200033",
    "Anaïs Lefèvre": "09200041",
    "Bảo Nguyên": "99200058",
    "Étienne O'Sullivan": "9920A066",
    "Gaël Quéré": "99200074",
    "Inès Zerrouki": "99200082",
}
TOTALS = {
    "Chloé Bélanger-Noël": [357],
    "Maëlys D'Ornellas": [81, 210],
    "Zoé Kowalczyk": [258],
    "Anaïs Lefèvre": [896],
    "Bảo Nguyên": [],
    "Étienne O'Sullivan": [78],
    "Gaël Quéré": [77],
    "Inès Zerrouki": [441],
}
"""The verified sendings that count as one each, by person: the samples' own description."""
CERTIFIED = ("Chloé Bélanger-Noël", "Maëlys D'Ornellas", "Gaël Quéré", "Inès Zerrouki")


class Valbrume:
    """The people of the samples, in a course whose dates are theirs; every arrival is told by its name."""

    def __init__(self, pix: PixSchool, desk: Desk) -> None:
        self.pix, self.school, self.desk = pix, pix.school, desk
        self.importing = self.school.importing(self.school.teacher())

    def visits(self, activity: str = "cc1") -> dict[str, Visit]:
        """Everybody launches."""
        return {name: self.school.enters(name, number, activity=activity) for name, number in PEOPLE.items()}

    def launch(self) -> None:
        self.visits()

    def declare(self) -> None:
        self.school.declares(self.visits()["Chloé Bélanger-Noël"], 6, 6, 6)

    def api(self) -> None:
        self.pix.syncs()

    def csv(self) -> None:
        self.importing.takes(SAMPLE.read_bytes(), names=["cc1.csv"])

    def session(self) -> None:
        self.importing.takes(CERTIFICATIONS.read_bytes(), names=["session.csv"])

    def code(self) -> None:
        assert self.desk.gives(self.visits("catchup")["Chloé Bélanger-Noël"]) == "accepted"

    def history(self) -> dict[str, Any]:
        """How everybody stands: marks, what the gradebook is to hold, and what was sent, once each."""
        found = {}
        for name, visit in self.visits().items():
            mark = self.school.mark(visit)
            catch_up = replace(visit, activity_id=self.school.activities["catchup"])
            found[name] = (
                mark.mark,
                mark.status,
                self.school.desired(visit),
                self.school.mark(catch_up).mark,
                self.school.desired(catch_up),
                [
                    (each.sending.profile.total, each.fate)
                    for each in mark.verdicts
                    if each.sending.evidence is not Evidence.DECLARED
                ],
            )
        return found


ORDERS = (
    ("launch", "declare", "api", "csv", "code", "session"),
    ("launch", "declare", "csv", "api", "session", "code"),
    ("api", "csv", "session", "launch", "declare", "code"),
    ("csv", "session", "api", "launch", "declare", "code"),
    ("session", "launch", "code", "api", "declare", "csv"),
    ("launch", "csv", "declare", "csv", "api", "code", "session", "api", "session"),
)


@contextmanager
def at_valbrume(databases: Databases, folder: Path) -> Iterator[Valbrume]:
    """A course of its own, on the day after everything in the samples happened."""
    folder.mkdir()
    school = open_school(databases, folder)
    school.clock = datetime(2026, 12, 20, 12, tzinfo=UTC)
    rules = folder / "rules"
    write_units(rules, date(2026, 12, 1), {"cc1": (-40, 40), "cc2": (-40, 40), "exam": (-40, 40)})
    for file in rules.glob("*.toml"):
        window = "windows = [{ opens_on = 2026-12-10, closes_on = 2026-12-19 }]"
        text = re.sub(r"^windows\s*=\s*\[.*?\]", window, file.read_text("utf-8"), flags=re.MULTILINE)
        file.write_text(text, encoding="utf-8")
    school.world = replace(school.world, rules=read_catalogue(rules))
    data = sample_data()
    for each in data.participations[COLLECTION]:  # by the link of this tool
        number = each["participantExternalId"].partition("-")[0]
        each["participantExternalId"] = school.world.codes.external_id(number)
    with SmallPix() as small, beside_pix(school, data) as pix:
        yield Valbrume(pix, Desk(school=school, pix=small))
    school.world.database.close()


def _tell(databases: Databases, folder: Path, order: tuple[str, ...]) -> dict[str, Any]:
    with at_valbrume(databases, folder) as valbrume:
        for arrival in order:
            getattr(valbrume, arrival)()
        found = valbrume.history()
        assert what_would_change(valbrume.school.world) == []
        assert valbrume.school.count(person) == len(PEOPLE) + 1, "nobody twice"
    return found


def test_whatever_comes_first_the_history_is_the_same(databases: Databases, tmp_path: Path) -> None:
    told = [_tell(databases, tmp_path / str(n), order) for n, order in enumerate(ORDERS)]
    for order, found in zip(ORDERS, told, strict=True):
        assert found == told[0], order
        sent = {name: [total for total, _ in each[-1]] for name, each in found.items()}
        assert sent == TOTALS, "each sending once"
        assert all(found[name][3] is not None for name in CERTIFIED)
        assert [found[name][3] for name in ("Anaïs Lefèvre", "Bảo Nguyên")] == [None, None], "no result"


def test_undone_after_everything_else_came_and_imported_again_it_is_as_before(
    databases: Databases, tmp_path: Path
) -> None:
    with at_valbrume(databases, tmp_path / "undone") as valbrume:
        valbrume.launch()
        before = valbrume.history()
        files = ((SAMPLE, "cc1.csv"), (CERTIFICATIONS, "session.csv"))
        done = [valbrume.importing.takes(path.read_bytes(), names=[name]) for path, name in files]
        valbrume.api()
        valbrume.code()
        whole = valbrume.history()
        for import_id in done:
            valbrume.importing.undoes(import_id)
        undone = valbrume.history()
        assert [undone[name][0] for name in PEOPLE] == [None] * len(PEOPLE), (
            "what the API tells has no levels"
        )
        assert undone["Chloé Bélanger-Noël"][3] == whole["Chloé Bélanger-Noël"][3], "her certificate stands"
        assert undone["Gaël Quéré"] == (*before["Gaël Quéré"][:2], (None, None), None, (None, None), [])
        assert what_would_change(valbrume.school.world) == []
        valbrume.csv()
        valbrume.session()
        assert valbrume.history() == whole
        assert what_would_change(valbrume.school.world) == []
