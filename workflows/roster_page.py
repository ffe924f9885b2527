"""The teacher's page of a course's roster: who never came, who left, when it was read, and reading it now."""

from __future__ import annotations

from dataclasses import dataclass

from grading.rules import Unit
from grading.text import Bilingual, moment
from storage.database import Connection
from storage.jobs import Job, ask, find_last_job
from storage.people import Member, members_of
from storage.rosters import Reading, find_standing
from workflows.cohort import rules_of
from workflows.person_names import order_of, person_name
from workflows.presence import Presence, presence_of
from workflows.refresh_roster import KIND, roster_job
from workflows.refusal import RefusalCode, Refused
from workflows.roster_changes import Doubt
from workflows.roster_status import RosterStatus, status_of
from workflows.visit import Role, Visit, activity_of, require
from workflows.world import World


@dataclass(frozen=True, kw_only=True)
class ListedPerson:
    """Somebody who never came, or who left: `since` when they are known as such."""

    id: int
    name: str
    number: str | None
    since: Bilingual


@dataclass(frozen=True, kw_only=True)
class RosterDoubt:
    """A roster that a teacher must look at before it is applied; agreeing is agreeing to these `digest` names."""

    text: Bilingual
    gone: int
    digest: str


@dataclass(frozen=True, kw_only=True)
class RosterPage:
    """The page; `job`: the last reading that was asked for, until it is forgotten."""

    unit: Unit
    status: RosterStatus
    job: Job | None
    doubt: RosterDoubt | None
    learners: int
    never_came: tuple[ListedPerson, ...]
    left: tuple[ListedPerson, ...]


def roster_page(world: World, visit: Visit) -> RosterPage:
    """The roster of the visit's course.

    Raises:
        Refused: not a teacher; not set up; no rules.
    """
    require(visit, Role.TEACHER)
    with world.database.read() as connection:
        activity = activity_of(connection, visit)
        unit = rules_of(world, activity).unit
        course_id = activity.course_id
        is_offered, reading = find_standing(connection, course_id)
        learners = members_of(connection, course_id, "learner")
        job = find_last_job(connection, KIND, roster_job(course_id).key)
    learners.sort(key=lambda each: order_of(each.person))
    presences = [(presence_of(each), each) for each in learners]
    return RosterPage(
        unit=unit,
        status=status_of(is_offered, reading, unit.timezone),
        job=job,
        doubt=_doubt(reading),
        learners=sum(each is not Presence.LEFT for each, _ in presences),
        never_came=tuple(
            _listed(each, unit.timezone) for presence, each in presences if presence is Presence.NEVER_CAME
        ),
        left=tuple(_listed(each, unit.timezone) for presence, each in presences if presence is Presence.LEFT),
    )


def ask_for_roster(world: World, visit: Visit, *, agreed: str | None = None) -> None:
    """Let the course's roster be read now; `agreed`: the doubtful one may be applied as it was shown.

    Raises:
        Refused: not a teacher; no launch told where the roster is.
    """
    require(visit, Role.TEACHER)
    with world.database.write() as connection:
        activity = activity_of(connection, visit)
        _require_address(connection, activity.course_id)
        job = roster_job(
            activity.course_id, agreed=agreed, by_person=visit.person_id, activity_id=activity.id
        )
        ask(connection, job, world.now())
    world.wake()


def _require_address(connection: Connection, course_id: int) -> None:
    is_offered, _reading = find_standing(connection, course_id)
    if not is_offered:
        raise Refused(
            RefusalCode.NOT_FOUND,
            Bilingual(
                "La plateforme n’a pas dit à l’outil où lire la liste de ce cours.",
                "The platform did not tell the tool where to read this course's roster.",
            ),
        )


def _listed(member: Member, timezone: str) -> ListedPerson:
    since = member.left_at if member.has_left and member.left_at else member.since
    return ListedPerson(
        id=member.person.id,
        name=person_name(member.person),
        number=member.person.student_number,
        since=moment(since, timezone),
    )


def _doubt(reading: Reading | None) -> RosterDoubt | None:
    if reading is None or reading.doubt is None:
        return None
    told = reading.doubt
    gone, known, listed = int(told["gone"]), int(told["known"]), int(told["listed"])
    if told["why"] == Doubt.EMPTY:
        text = Bilingual(
            f"La plateforme a donné une liste vide, alors que {known} étudiants sont connus ici. Rien n’a été changé : "
            "un réglage ou une panne l’explique plus souvent qu’un cours vidé.",
            f"The platform gave an empty roster, while {known} students are known here. Nothing was changed: a setting "
            "or a failure explains it more often than an emptied course.",
        )
    else:
        text = Bilingual(
            f"La plateforme ne liste plus que {listed} personnes : {gone} étudiants sur {known} auraient quitté le "
            "cours. Rien n’a été changé : regardez la liste des participants du cours avant de le confirmer.",
            f"The platform now lists only {listed} people: {gone} students of {known} would have left the course. "
            "Nothing was changed: look at the course's participants before you confirm it.",
        )
    return RosterDoubt(text=text, gone=gone, digest=str(told["digest"]))
