"""What a student sees of one activity: what is asked, what was sent and counts, the mark, and whether it arrived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from grading.competences import COMPETENCES, Competence
from grading.confirmation import settles
from grading.eligibility import Eligibility
from grading.mark import ComponentMark, Fate, Verdict
from grading.outcome import Outcome, Situation, assess
from grading.profile import Evidence, Profile
from grading.rules import Component, Resend, Unit
from grading.text import Bilingual, joined, moment, percentage
from storage.campaigns import find_campaign
from storage.desired_scores import find_score
from storage.people import Person, get_person
from storage.submissions import Submission
from workflows.campaign_links import PersonalLink, known_number, may_send, personal_link
from workflows.certificate_part import CertificatePart, certificate_part
from workflows.certification_view import CertificationView, certification_view
from workflows.cohort import Cohort, component_of, load_one, rules_of, unit_year
from workflows.lms_state import LmsState, lms_state
from workflows.profile_form import FieldGroup, form_groups
from workflows.refusal import Refused
from workflows.sending_source import source_in_words
from workflows.student_pix import StudentPix, student_pix
from workflows.submit_profile import ceiling_for, why_not_now
from workflows.topics import topics_in_words
from workflows.visit import Role, Visit, activity_of
from workflows.world import World

_HURRY = timedelta(days=2)


@dataclass(frozen=True, kw_only=True)
class SentProfile:
    """One sending as the page lists it, newest first."""

    submission: Submission
    verdict: Verdict
    when: Bilingual
    summary: Bilingual
    source: Bilingual
    topics: tuple[Bilingual, ...] = ()
    waits: bool = False
    """A declaration that no verified sending answers yet (rule 8)."""


@dataclass(frozen=True, kw_only=True)
class StudentPage:
    """Everything the student's page prints. Instants are already in the unit's local time, in words.

    `place` is the city whose time they are in; `hurry`: under two days are left; `is_final`: only one sending is taken.
    `campaign` is the person's own way to send on Pix, where there is a campaign and sending can still count.
    """

    unit: Unit
    title: Bilingual
    activity_title: str | None
    component: Component | None
    competences: tuple[Competence, ...]
    opens: Bilingual | None
    has_opened: bool
    closes: Bilingual | None
    time_left: Bilingual | None
    hurry: bool
    place: str
    may_submit: bool
    is_final: bool
    refusal: Refused | None
    groups: tuple[FieldGroup, ...]
    sent: tuple[SentProfile, ...]
    mark: ComponentMark
    eligibility: Eligibility
    lms: LmsState
    person: Person
    certificate: CertificatePart | None
    certification: CertificationView
    campaign: PersonalLink | None
    pix: StudentPix | None


def student_page(world: World, visit: Visit) -> StudentPage:
    """The page of the visit's own person.

    Raises:
        workflows.refusal.Refused: the activity is not set up, gone, or its unit has no rules here.
    """
    now = world.now()
    with world.database.read() as connection:
        activity = activity_of(connection, visit)
        rules = rules_of(world, activity)
        cohort = load_one(connection, rules, unit_year(activity), visit.person_id)
        member = cohort.members.get(visit.person_id)
        person = member.person if member else get_person(connection, visit.person_id)
        score = find_score(connection, activity.id, visit.person_id)
        certificate = certificate_part(
            world, connection, visit, cohort.scope, cohort.unit, activity.component
        )
        campaign = find_campaign(connection, unit_year(activity), activity.component or "")
        number = known_number(connection, person) if campaign else None
        component = component_of(cohort.rules, activity)
        pix = student_pix(connection, world, campaign, component, cohort, visit.person_id)
    outcome = _outcome(cohort, visit.person_id)
    mark = _mark(outcome, activity.component or "")
    unit = cohort.unit
    refusal = why_not_now(cohort, component, visit.person_id, now) if component else None
    ceiling = ceiling_for(world, rules, now)
    sent = sent_profiles(cohort, visit.person_id, mark)
    sends_on_pix = visit.role is Role.LEARNER and component is not None and may_send(refusal, mark)
    return StudentPage(
        unit=unit,
        title=component.title if component else unit.catch_up.title,
        activity_title=activity.title,
        component=component,
        competences=tuple(COMPETENCES[code] for code in component.competences) if component else (),
        opens=moment(component.opens_at, unit.timezone) if component and component.opens_at else None,
        has_opened=component is None or component.opens_at is None or component.opens_at <= now,
        closes=moment(component.closes_at, unit.timezone) if component else None,
        time_left=time_left(component.closes_at, now) if component else None,
        hurry=component is not None and component.closes_at - now < _HURRY,
        place=unit.timezone.rpartition("/")[2].replace("_", " "),
        may_submit=visit.role is Role.LEARNER
        and component is not None
        and component.is_declarable
        and refusal is None,
        is_final=component is not None and component.resend is Resend.FIRST_IS_FINAL,
        refusal=refusal,
        groups=form_groups(component, ceiling, _last_told(sent)),
        sent=sent,
        mark=mark,
        eligibility=outcome.eligibility,
        lms=lms_state(score, unit.timezone),
        person=person,
        certificate=certificate,
        certification=certification_view(cohort, visit.person_id, outcome),
        campaign=personal_link(world, campaign, person, number) if campaign and sends_on_pix else None,
        pix=pix,
    )


def time_left(closes_at: datetime, now: datetime) -> Bilingual | None:
    """How long is left, in two units at most; None when the time is over."""
    minutes = int((closes_at - now).total_seconds() // 60)
    if closes_at < now:
        return None
    days, hours = divmod(minutes // 60, 24)
    if days >= 2:
        return Bilingual(f"il reste {days} jours", f"{days} days left")
    if minutes >= 120:
        total = days * 24 + hours
        return Bilingual(f"il reste {total} heures", f"{total} hours left")
    if minutes >= 2:
        return Bilingual(f"il reste {minutes} minutes", f"{minutes} minutes left")
    return Bilingual("il reste moins de deux minutes", "less than two minutes left")


def profile_summary(profile: Profile) -> Bilingual:
    """A profile in one line: levels (or pix) by competence, then the total; the share acquired of an assessment."""
    parts = [
        Bilingual(f"{code} : niveau {profile.levels[code]}", f"{code}: level {profile.levels[code]}")
        if code in profile.levels
        else Bilingual(f"{code} : {profile.pix[code]} pix", f"{code}: {profile.pix[code]} pix")
        for code in COMPETENCES
        if code in profile.levels or code in profile.pix
    ]
    if profile.total is not None:
        parts.append(Bilingual(f"total : {profile.total} pix", f"total: {profile.total} pix"))
    if profile.mastery is not None:
        share = percentage(profile.mastery)
        parts.append(Bilingual(f"acquis maîtrisés : {share.fr}", f"acquired items: {share.en}"))
    return joined(parts, ", ")


def _outcome(cohort: Cohort, person_id: int) -> Outcome:
    member = cohort.members.get(person_id)
    return cohort.outcome(member) if member else assess(cohort.unit, Situation())


def _mark(outcome: Outcome, key: str) -> ComponentMark:
    return next(each for each in outcome.components if each.key == key)


def sent_profiles(cohort: Cohort, person_id: int, mark: ComponentMark) -> tuple[SentProfile, ...]:
    """The sendings behind a component mark, newest first, each with its fate."""
    kept: dict[str | None, Submission] = {
        str(each.id): each for each in cohort.submissions.get(person_id, ())
    }
    shown = [
        SentProfile(
            submission=kept[verdict.sending.id],
            verdict=verdict,
            when=moment(verdict.sending.at, cohort.unit.timezone),
            summary=profile_summary(verdict.sending.profile),
            source=_source(kept[verdict.sending.id], cohort.unit),
            topics=topics_in_words(kept[verdict.sending.id].source),
            waits=_waits(verdict, kept[verdict.sending.id], mark, _settling(cohort, mark, kept)),
        )
        for verdict in mark.verdicts
        if verdict.sending.id in kept
    ]
    return tuple(reversed(shown))


def _source(submission: Submission, unit: Unit) -> Bilingual:
    return source_in_words(submission.source, submission.evidence, submission.received_at, unit.timezone)


def _last_told(sent: Sequence[SentProfile]) -> Profile | None:
    """The last profile whose levels are known: Pix's API tells none."""
    known = (each.submission for each in sent if each.submission.evidence is not Evidence.CONFIRMED)
    return next((each.profile for each in known), None)


def _settling(cohort: Cohort, mark: ComponentMark, kept: Mapping[str | None, Submission]) -> list[Submission]:
    """The sendings of a component that are more than declared, to its scale; none of the catch-up."""
    component = cohort.unit.find_component(mark.key)
    if component is None:
        return []
    own = [each for each in kept.values() if each.component == component.key]
    return [each for each in own if settles(component, each.sending)]


def _waits(verdict: Verdict, own: Submission, mark: ComponentMark, settling: Sequence[Submission]) -> bool:
    """Whether a declaration is newer than everything verified, or newer on Pix and better than what counts."""
    counting = mark.counting
    if verdict.fate is not Fate.SUPERSEDED_BY_VERIFIED or counting is None:
        return False
    if all(own.received_at > each.received_at for each in settling):
        return True
    better = (verdict.unrounded or 0) > (mark.unrounded or 0)
    return better and all(own.sent_at > each.sent_at for each in settling)
