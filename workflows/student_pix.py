"""What Pix's API says to a student of their own sending, plainly: what is confirmed, and what still waits."""

from __future__ import annotations

from dataclasses import dataclass

from grading.profile import Evidence
from grading.rules import Basis, Component
from grading.text import Bilingual, moment, percentage
from grading.window import in_time
from storage.campaigns import Campaign
from storage.database import Connection
from storage.pix_campaigns import find_pix_campaign
from storage.submissions import Submission
from workflows.ask_pix import Reading, reading_of
from workflows.cohort import Cohort
from workflows.same_sending import without_twins
from workflows.world import World


@dataclass(frozen=True, kw_only=True)
class StudentPix:
    """The student's part of Pix's API. `confirmed` is of their last sending that no export has brought yet.

    `is_found`: something of theirs is known from Pix. `read`: when Pix was last read, in words.
    """

    reading: Reading
    confirmed: Bilingual | None
    is_found: bool
    read: Bilingual | None


def student_pix(
    connection: Connection,
    world: World,
    campaign: Campaign | None,
    component: Component | None,
    cohort: Cohort,
    person_id: int,
) -> StudentPix | None:
    """What Pix's API says of a person's sendings to a component; None where it is not to be mentioned."""
    if world.pix_api is None or campaign is None or component is None:
        return None
    known = find_pix_campaign(connection, campaign.code)
    own = [
        each
        for each in without_twins(cohort.submissions.get(person_id, ()))
        if each.component == component.key and each.evidence is not Evidence.DECLARED
    ]
    told = [each for each in own if each.evidence is Evidence.CONFIRMED]
    return StudentPix(
        reading=reading_of(connection, world, campaign),
        confirmed=_confirmed(component, told[-1], cohort.unit.timezone) if told else None,
        is_found=bool(own),
        read=moment(known.read_at, cohort.unit.timezone) if known.read_at else None,
    )


def _confirmed(component: Component, told: Submission, timezone: str) -> Bilingual:
    """Say what is confirmed, and what it is worth."""
    when, profile = moment(told.sent_at, timezone), told.profile
    what = Bilingual("", "")
    if profile.total is not None:
        what = Bilingual(f" : {profile.total} pix", f": {profile.total} pix")
    elif profile.mastery is not None:
        share = percentage(profile.mastery)
        what = Bilingual(f" : {share.fr} des acquis", f": {share.en} of the items")
    rest = _LATE if not in_time(component, told.sent_at) else _rest(component)
    return Bilingual(
        f"Pix confirme votre envoi du {when.fr}{what.fr}. {rest.fr}",
        f"Pix confirms your sending of {when.en}{what.en}. {rest.en}",
    )


_LATE = Bilingual(
    "Il est arrivé après la date limite : il ne compte pas.", "It came after the deadline: it does not count."
)


def _rest(component: Component) -> Bilingual:
    if component.basis is Basis.PIX_TOTAL:
        return Bilingual("C’est ce total qui donne votre note.", "It is this total that gives your mark.")
    if component.basis is Basis.MASTERY:
        return Bilingual("C’est cette part qui donne votre note.", "It is this share that gives your mark.")
    return Bilingual(
        "Vos niveaux par compétence seront vérifiés par l’export de votre enseignant.",
        "Your levels by competence will be verified by your teacher's export.",
    )
