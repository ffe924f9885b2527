"""Where arrivals are played: a course on one database, put back before every story, beside Pix's API and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from config.catalogue import read_catalogue
from grading.mark import lms_comment, published_mark
from grading.profile import Evidence
from pix.found_again import texts_of
from pix.identity import identity_key
from storage.certifications import certifications_of
from storage.desired_scores import scores_of
from storage.imported_rows import rows_found_by, rows_of_nobody
from storage.match_choices import remembered_choices
from storage.schema import import_undoing, imported_row, pix_campaign, row_carried
from storage.submissions import submissions_of
from tests.databases import Databases, PutBack
from tests.fuzz.arrivals import ASSESSMENT_CODE, CERTIFICATES, CLASS, EXAM_DAY, NOW, Learner
from tests.pix.small_pix import SmallPix
from tests.web_student.rules import MASTERY_SCALE, write_rules
from tests.workflows.certificates import Desk
from tests.workflows.imports import Importing
from tests.workflows.pix import NUMBER, PixSchool, beside_pix
from tests.workflows.school import School, open_school
from workflows.cohort import Cohort, load_cohort
from workflows.kept_form import row_of
from workflows.recompute import what_would_change
from workflows.regrade import part_of
from workflows.settle_participations import look
from workflows.visit import Role, Visit

History = dict[str, Any]


@dataclass(repr=False)
class Ground:
    """The course; `visits` are those of who has come in by now, by their place in the class."""

    pix: PixSchool
    desk: Desk
    put_back: PutBack
    visits: dict[int, Visit] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Short: examples are told with it."""
        return "Ground()"

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        # Hypothesis prints the fields of a dataclass otherwise, whatever its __repr__.
        printer.text(repr(self))

    @property
    def school(self) -> School:
        return self.pix.school

    @property
    def importing(self) -> Importing:
        """The teacher's imports."""
        return self.school.importing(self.pix.teacher)

    def renew(self) -> None:
        """Nobody has come, nothing was sent."""
        self.school.world.database.close()
        self.put_back()
        self.pix.data.participations[NUMBER].clear()
        self.school.clock = NOW
        self.school.forms = 0
        self.visits = {}
        for place, each in enumerate(CLASS):
            if not each.late:
                self.enters(place, each)

    def enters(self, place: int, who: Learner, *, bare: bool = False) -> None:
        """Somebody of the class launches; `bare`: without their student number."""
        self.visits[place] = self.school.enters(who.name, None if bare else who.number)

    def will_read_everything(self) -> None:
        """The next reading of the API is a whole one: what is sent in a story bears an instant before it began."""
        with self.school.world.database.write() as connection:
            connection.execute(update(pix_campaign).values(since=None))

    def at(self, place: int, activity: str) -> Visit:
        """Somebody's visit of an activity."""
        return self.school.visit(self.visits[place].person_id, Role.LEARNER, activity)

    def teacher_at(self, activity: str) -> Visit:
        """The teacher's visit of an activity."""
        return self.school.visit(self.pix.teacher.person_id, Role.TEACHER, activity)

    def cohort(self) -> Cohort:
        """The class with everything that is kept of it."""
        rules = self.school.world.rules.find(self.pix.scope.unit_code, self.pix.scope.academic_year)
        assert rules is not None
        with self.school.world.database.read() as connection:
            return load_cohort(connection, rules, self.pix.scope)

    # What must hold, whatever came

    def check(self) -> None:
        """That nothing is lost, shared, or left without its mark."""
        self.nobody_shares()
        self.every_row_is_somebodys_or_nobodys()
        self.marks_follow()

    def nobody_shares(self) -> None:
        """No sending is of two people, and no exam."""
        with self.school.world.database.read() as connection:
            sent = submissions_of(connection, self.pix.scope)
            held = certifications_of(connection, self.pix.scope)
        of: dict[object, int] = {}
        for person_id, submissions in sent.items():
            for each in submissions:
                other = of.setdefault((each.component, each.fingerprint), person_id)
                assert other == person_id, f"a sending of two people: {each.source}"
        for person_id, results in held.items():
            for result in results:
                other = of.setdefault(result.exam, person_id)
                assert other == person_id, f"an exam of two people: {result.source}"

    def every_row_is_somebodys_or_nobodys(self) -> None:
        """Each line of an import that stands counts for one person, or waits; what was undone does neither."""
        undone = select(import_undoing.c.import_id)
        stand = (
            select(imported_row.c.component, imported_row.c.fingerprint)
            .join(row_carried, row_carried.c.row_id == imported_row.c.id)
            .where(row_carried.c.import_id.not_in(undone))
        )
        with self.school.world.database.read() as connection:
            rows = {(row.component, row.fingerprint) for row in connection.execute(stand)}
            nobodys = {
                (each.component, each.fingerprint) for each in rows_of_nobody(connection, self.pix.scope)
            }
            sent = submissions_of(connection, self.pix.scope)
            held = certifications_of(connection, self.pix.scope)
        somebodys = {
            (each.component, each.fingerprint)
            for submissions in sent.values()
            for each in submissions
            if each.evidence is Evidence.VERIFIED
        }
        somebodys |= {
            ("catchup", each.fingerprint)
            for results in held.values()
            for each in results
            if each.source["kind"] == "certification_csv"
        }
        assert not somebodys & nobodys
        assert somebodys | nobodys == rows

    def lines_follow(self, key: str, person_id: int | None) -> None:
        """Every line of an identity that a teacher has just decided counts for who was chosen, and nobody else."""
        scope = self.pix.scope
        with self.school.world.database.read() as connection:
            found = rows_found_by(connection, scope.course_id, texts_of((), [key]))
            sent = submissions_of(connection, scope)
        lines = {kept.fingerprint for _, kept in found if identity_key(row_of(kept.row)) == key}
        of = {(who, each.fingerprint) for who, kept in sent.items() for each in kept}
        assert {each for each in of if each[1] in lines} == {
            (person_id, each) for each in lines if person_id is not None
        }

    def marks_follow(self) -> None:
        """The grades on record and the gradebook are what a computation from all that is kept gives."""
        world = self.school.world
        assert what_would_change(world) == []
        cohort = self.cohort()
        with world.database.read() as connection:
            scores = scores_of(connection, [each.id for each in cohort.activities])
        for member in cohort.learners:
            for mark in cohort.outcome(member).components:
                wanted = published_mark(part_of(cohort.rules, mark.key), mark)
                for activity in cohort.columns(mark.key):
                    row = scores.get((activity.id, member.person.id))
                    assert (row.mark if row else None) == wanted, f"{member.person.name}, {mark.key}"
                    comment = None if wanted is None else lms_comment(cohort.unit, mark)
                    assert (row.comment if row else None) == comment, f"{member.person.name}, {mark.key}"

    def settled(self) -> None:
        """What Pix's API told is where a reading would put it."""
        with self.school.world.database.read() as connection:
            told = look(connection, self.school.world, self.pix.campaign, NUMBER)
        assert not [each for each in told if each.changes_something]

    def history(self) -> History:
        """How everybody stands: marks, the gradebook, all that counts; and what the teacher decided."""
        cohort = self.cohort()
        with self.school.world.database.read() as connection:
            scores = scores_of(connection, [each.id for each in cohort.activities])
            choices = remembered_choices(connection, self.pix.scope)
        found: History = {}
        for member in cohort.learners:
            who = member.person.id
            sent = [
                (each.component, each.evidence.value, each.sent_at, each.profile.total, each.profile.mastery)
                for each in cohort.submissions.get(who, ())
            ]
            held = [
                (each.exam, each.result.status.value, each.result.score, each.source["kind"])
                for each in cohort.certifications.get(who, ())
            ]
            marks = [(each.key, each.mark, each.status.value) for each in cohort.outcome(member).components]
            columns = [
                (each.component, row.mark, row.comment)
                for each in cohort.activities
                if (row := scores.get((each.id, who))) is not None and row.mark is not None
            ]
            found[str(member.person.name)] = (marks, columns, sorted(sent, key=repr), sorted(held, key=repr))
        found["decided"] = {key: (each.choice, each.person_id) for key, each in choices.items()}
        return found


@contextmanager
def arrival_ground(databases: Databases, folder: Path) -> Iterator[Ground]:
    """A course in the days after its certification, whose CC2 is marked on an assessment."""
    school = open_school(databases, folder)
    school.clock = NOW
    rules = folder / "rules"
    cc2 = {"basis": '"mastery"', "scale": MASTERY_SCALE, "cap": "1"}
    write_rules(rules, {"cc2": cc2}, today=NOW.date())
    window = f"windows = [{{ opens_on = {EXAM_DAY}, closes_on = {EXAM_DAY} }}]"
    for file in rules.glob("*.toml"):
        text = re.sub(r"^windows\s*=\s*\[.*?\]", window, file.read_text("utf-8"), flags=re.MULTILINE)
        file.write_text(text, encoding="utf-8")
    school.world = replace(school.world, rules=read_catalogue(rules))
    with SmallPix() as small, beside_pix(school) as pix:
        desk = Desk(school=school, pix=small)
        for each in CERTIFICATES:
            desk.certifies(each.name, code=each.code, on=EXAM_DAY, id=str(each.exam), pix_score=each.score)
        pix.gives_campaign(ASSESSMENT_CODE, "cc2")
        school.world.database.close()
        url = school.world.database.engine.url.render_as_string(hide_password=False)
        yield Ground(pix=pix, desk=desk, put_back=databases.remember(url))
    school.world.database.close()
