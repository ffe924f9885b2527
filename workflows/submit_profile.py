"""A student hands in a profile: kept for good, marked, and desired at the LMS, in one transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from grading.ceiling import Ceiling, ceiling_on
from grading.confirmation import settles
from grading.profile import Evidence, Profile
from grading.rules import Basis, Component, Resend
from grading.text import Bilingual, moment
from grading.window import is_open
from pix.share import FieldProblem, ShareProblem, ShareRefused, read_share, share_fields
from storage.activities import Activity
from storage.people import lock_people
from storage.submissions import NewSubmission, Submission, add_submission
from workflows.cohort import Cohort, component_of, load_cohort, rules_of, unit_year
from workflows.refusal import RefusalCode, Refused
from workflows.regrade import regrade
from workflows.visit import Role, Visit, find_place, require
from workflows.world import RulesFile, World


@dataclass(frozen=True, kw_only=True)
class Received:
    """What became of a hand-in: `is_new` is False where the same form had been received already."""

    is_new: bool


def submit_profile(world: World, visit: Visit, values: Mapping[str, str], *, form_token: str) -> Received:
    """Keep what a student declares for the activity's component.

    The same form sent twice (double click, reload) is one submission; the same form with other values is another.

    Raises:
        Refused: role, set-up, opening, deadline, closing or a first sending that is final.
        pix.share.ShareRefused: with every problem of the form.
    """
    require(visit, Role.LEARNER)
    place = find_place(world, visit)
    rules = rules_of(world, place.activity)
    now = world.now()
    with world.database.write() as connection:
        lock_people(connection, [visit.person_id])
        scope = unit_year(place.activity)
        cohort = load_cohort(connection, rules, scope, [visit.person_id])
        component = _handed_in(cohort.rules, place.activity)
        profile = _read(values, component, ceiling_for(world, rules, now))
        sent = [
            each
            for each in cohort.submissions.get(visit.person_id, ())
            if each.component == component.key and each.evidence is Evidence.DECLARED
        ]
        fingerprint = _fingerprint(form_token, profile)
        if any(each.fingerprint == fingerprint for each in sent):
            return Received(is_new=False)
        refusal = why_not_now(cohort, component, visit.person_id, now)
        if refusal is not None:
            raise refusal
        new = NewSubmission(
            person_id=visit.person_id,
            component=component.key,
            evidence=Evidence.DECLARED,
            sent_at=_handed_in_at(now, component, sent),
            received_at=now,
            profile=profile,
            source={"kind": "form", "activity": place.activity.id},
            fingerprint=fingerprint,
        )
        add_submission(connection, scope, new)
        regrade(connection, rules, scope, [visit.person_id], cause="declaration", now=now)
    world.wake()
    return Received(is_new=True)


def why_not_now(cohort: Cohort, component: Component, person_id: int, now: datetime) -> Refused | None:
    """Why the form is not open to a person now; None where it is."""
    zone = cohort.unit.timezone
    closing = cohort.closings.get(component.key)
    if closing is not None and closing.closed:
        on = moment(closing.at, zone)
        return Refused(
            RefusalCode.CLOSED,
            Bilingual(
                f"L’enseignant a clos cette épreuve le {on.fr} : elle ne reçoit plus de déclaration. "
                "Adressez-vous à lui si vous avez envoyé votre profil sur Pix à temps.",
                f"The teacher closed this component on {on.en}: it takes no more declarations. "
                "Speak to them if you sent your profile on Pix in time.",
            ),
        )
    if component.opens_at is not None and now < component.opens_at:
        on = moment(component.opens_at, zone)
        return Refused(
            RefusalCode.NOT_YET_OPEN,
            Bilingual(f"L’envoi ouvre le {on.fr}.", f"You can hand in from {on.en}."),
        )
    if not is_open(component, now):
        on = moment(component.closes_at, zone)
        return Refused(
            RefusalCode.TOO_LATE,
            Bilingual(
                f"La date limite est passée : elle était fixée au {on.fr}. Ce qui a été envoyé avant reste valable.",
                f"The deadline has passed: it was {on.en}. What was sent before still stands.",
            ),
        )
    sent = any(
        each.component == component.key
        and (each.evidence is Evidence.DECLARED or settles(component, each.sending))
        for each in cohort.submissions.get(person_id, ())
    )
    if component.resend is Resend.FIRST_IS_FINAL and sent:
        return Refused(
            RefusalCode.ALREADY_FINAL,
            Bilingual(
                "Pour cette épreuve, le premier envoi est définitif, et il a déjà été reçu.",
                "For this component the first sending is final, and it has been received.",
            ),
        )
    return None


def ceiling_for(world: World, rules: RulesFile, now: datetime) -> Ceiling:
    """The ceiling of Pix today, where the unit is."""
    return ceiling_on(world.rules.ceilings, local_day(now, rules))


def local_day(now: datetime, rules: RulesFile) -> date:
    """The day it is where the unit is taught."""
    return now.astimezone(ZoneInfo(rules.unit.timezone)).date()


def _handed_in(rules: RulesFile, activity: Activity) -> Component:
    component = component_of(rules, activity)
    if component is None:
        raise Refused(
            RefusalCode.NOTHING_TO_SEND,
            Bilingual(
                "Le rattrapage est la certification elle-même : il n’y a rien à envoyer ici.",
                "The catch-up is the certification itself: there is nothing to hand in here.",
            ),
        )
    if not component.is_declarable:
        raise Refused(
            RefusalCode.NOTHING_TO_SEND,
            Bilingual(
                "Pour cette épreuve, c’est l’envoi de vos résultats sur Pix qui compte : il n’y a rien à déclarer ici.",
                "For this component it is sending your results on Pix that counts: there is nothing to declare here.",
            ),
        )
    return component


def _read(values: Mapping[str, str], component: Component, ceiling: Ceiling) -> Profile:
    """The profile of a form that holds what this component asks for and nothing else, every problem at once."""
    problems: list[FieldProblem] = []
    profile = Profile()
    try:
        profile = read_share(
            values,
            competences=component.competences,
            basis=component.basis,
            ceiling=ceiling,
            total_required=component.basis is Basis.PIX_TOTAL,
        )
    except ShareRefused as refused:
        problems += refused.problems
    told = {each.field for each in problems}
    asked = {each.name for each in share_fields(component.competences, component.basis)}
    strange = sorted(name[:40] for name in values if name not in asked and name[:40] not in told)
    problems += [_added(name) for name in strange[:_MOST_TOLD]]
    if problems:
        raise ShareRefused(problems)
    return profile


_MOST_TOLD = 5
"""Fields somebody added are told up to here: a thousand of them would say no more."""


def _added(name: str) -> FieldProblem:
    return FieldProblem(
        field=name,
        code=ShareProblem.ALTERED,
        message=Bilingual(
            f"Le formulaire a été modifié : il contient un champ inconnu ({name}). Rechargez la page et recommencez.",
            f"The form was altered: it holds an unknown field ({name}). Reload the page and start again.",
        ),
    )


def _handed_in_at(now: datetime, component: Component, sent: Sequence[Submission]) -> datetime:
    """Now; where the clock went back since the last declaration, the instant of that one: order is kept.

    A declaration dated after the deadline (the clock was wrong then) holds nobody back.
    """
    before = [each.sent_at for each in sent if each.sent_at <= component.closes_at]
    return max([now, *before])


def _fingerprint(form_token: str, profile: Profile) -> str:
    """The same form with the same values is the same hand-in."""
    what = [form_token, sorted(profile.levels.items()), sorted(profile.pix.items()), profile.total]
    return "form-" + hashlib.sha256(json.dumps(what).encode()).hexdigest()[:40]


__all__ = ["Received", "ShareRefused", "ceiling_for", "submit_profile", "why_not_now"]
