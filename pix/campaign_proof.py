"""What a trial sending proves of a campaign, before the class starts: check by check, what is right or missing.

Pure: from what a file or the API shows to findings of a closed set, each with how to mend it. Nobody's name is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from grading.text import Bilingual, moment
from pix.campaign_seen import CampaignKind, CampaignSeen, Participation
from pix.external_id import CheckCodes, bare_number, read_external_id

_CLOCKS_DIFFER = timedelta(minutes=3)


class Check(StrEnum):
    """What is looked at, in the order of the page."""

    CODE = "code"
    KIND = "kind"
    EXTERNAL_ID = "external_id"
    TRIAL = "trial"  # the check code came through whole
    DATE = "date"
    SENT_AGAIN = "sent_again"
    ROSTER = "roster"


class Standing(StrEnum):
    """What is found of a check: `NOT_SEEN` is neither right nor wrong yet, `NOT_NEEDED` is missing and may be."""

    RIGHT = "right"
    WRONG = "wrong"
    NOT_SEEN = "not_seen"
    NOT_NEEDED = "not_needed"


NEEDED = frozenset({Check.CODE, Check.KIND, Check.EXTERNAL_ID, Check.TRIAL, Check.DATE})
"""The checks without which a campaign is not proven."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a trial shows of one check, and, where something is to be done, what."""

    check: Check
    standing: Standing
    message: Bilingual


@dataclass(frozen=True, kw_only=True)
class CampaignExpected:
    """What the campaign should be: its code and kind, and the numbers that the trial's link may carry."""

    code: str
    kind: CampaignKind
    trial_numbers: Collection[str]
    timezone: str


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Every finding, in the order of `Check`."""

    findings: tuple[Finding, ...]

    @property
    def is_whole(self) -> bool:
        """Tell whether everything needed is right, and nothing wrong."""
        right = {each.check for each in self.findings if each.standing is Standing.RIGHT}
        return right >= NEEDED and all(each.standing is not Standing.WRONG for each in self.findings)


def prove(expected: CampaignExpected, seen: CampaignSeen, codes: CheckCodes, now: datetime) -> Proof:
    """Compare what a campaign shows with what it should be. Of another campaign only the code is told."""
    found = [_code(expected, seen)]
    if found[0].standing is Standing.WRONG:
        return Proof(findings=tuple(found))
    found.append(_kind(expected, seen))
    found.append(_external_id(seen))
    found.append(_trial(expected, seen, codes))
    found.append(_date(expected, seen, codes, now))
    found.append(_sent_again(seen, codes))
    found.append(_roster(seen))
    return Proof(findings=tuple(found))


def _code(expected: CampaignExpected, seen: CampaignSeen) -> Finding:
    if not seen.codes:
        return _finding(
            Check.CODE,
            Standing.NOT_SEEN,
            "Aucun code de campagne dans ce fichier (forme ancienne, ou colonne « Code » enlevée) : déposez l’export "
            "d’origine, d’aujourd’hui.",
            "No campaign code in this file (an older form, or the column “Code” taken out): drop today's original "
            "export.",
        )
    others = [code for code in seen.codes if code != expected.code]
    if expected.code not in seen.codes:
        return _finding(
            Check.CODE,
            Standing.WRONG,
            f"C’est une autre campagne : {_listed(others)} au lieu de {expected.code}. Exportez la bonne campagne, ou "
            "corrigez le code donné plus haut.",
            f"This is another campaign: {_listed(others)} instead of {expected.code}. Export the right campaign, or "
            "correct the code given above.",
        )
    return _finding(
        Check.CODE,
        Standing.RIGHT,
        f"Bonne campagne : {expected.code}.",
        f"The right campaign: {expected.code}.",
    )


def _kind(expected: CampaignExpected, seen: CampaignSeen) -> Finding:
    names = {
        "profiles_collection": Bilingual("collecte de profils", "profiles collection"),
        "assessment": Bilingual("évaluation", "assessment"),
    }
    is_, wanted = names[seen.kind], names[expected.kind]
    if seen.kind == expected.kind:
        return _finding(
            Check.KIND,
            Standing.RIGHT,
            f"Type de campagne : {is_.fr}, comme il faut.",
            f"Type of campaign: {is_.en}, as it should be.",
        )
    return _finding(
        Check.KIND,
        Standing.WRONG,
        f"Type de campagne : {is_.fr}, alors que cette épreuve attend une {wanted.fr}. Le type se choisit à la "
        "création : créez une autre campagne, et donnez son code.",
        f"Type of campaign: {is_.en}, while this component expects one of type {wanted.en}. The type is chosen when it "
        "is created: create another campaign, and give its code.",
    )


def _external_id(seen: CampaignSeen) -> Finding:
    if seen.external_id_label is not None:
        label = seen.external_id_label
        return _finding(
            Check.EXTERNAL_ID,
            Standing.RIGHT,
            f"Identifiant externe demandé : « {label} ».",
            f"External identifier asked for: “{label}”.",
        )
    if not seen.label_is_told and any(each.external_id for each in seen.participations):
        return _finding(
            Check.EXTERNAL_ID,
            Standing.RIGHT,
            "Identifiant externe demandé (Pix n’en dit pas le libellé par l’API).",
            "External identifier asked for (Pix does not tell its label by the API).",
        )
    if not seen.label_is_told and not seen.participations:
        return _finding(
            Check.EXTERNAL_ID,
            Standing.NOT_SEEN,
            "Identifiant externe : se verra au premier envoi.",
            "External identifier: will be seen with the first sending.",
        )
    return _finding(
        Check.EXTERNAL_ID,
        Standing.WRONG,
        "La campagne ne demande pas d’identifiant externe : le lien des étudiants n’y porterait rien. Cela se choisit "
        "à la création : créez une autre campagne, avec « identifiant externe » à Oui, et donnez son code.",
        "The campaign asks for no external identifier: the students' links would carry nothing. It is chosen when the "
        "campaign is created: create another, with the external identifier on, and give its code.",
    )


def _trial(expected: CampaignExpected, seen: CampaignSeen, codes: CheckCodes) -> Finding:
    if seen.label_is_told and seen.external_id_label is None:
        return _finding(
            Check.TRIAL,
            Standing.NOT_SEEN,
            "Code de contrôle : se verra quand la campagne demandera un identifiant externe.",
            "Check code: will be seen when the campaign asks for an external identifier.",
        )
    trials = [each for each in seen.participations if _bears(each, expected.trial_numbers)]
    whole = [each for each in trials if _is_right(each, codes)]
    right = sum(_is_right(each, codes) for each in seen.participations if each.sent)
    if any(each.sent for each in whole):
        return _finding(
            Check.TRIAL,
            Standing.RIGHT,
            "Votre envoi d’essai est arrivé, avec son code de contrôle intact.",
            "Your trial sending arrived, with its check code whole.",
        )
    if right:
        return _finding(
            Check.TRIAL,
            Standing.RIGHT,
            f"Des envois sont arrivés avec un code de contrôle juste : {right}.",
            f"Sendings arrived with a right check code: {right}.",
        )
    if whole:
        return _finding(
            Check.TRIAL,
            Standing.NOT_SEEN,
            "Votre essai est commencé, pas envoyé : rouvrez le lien d’essai, allez jusqu’à « J’envoie mon profil », "
            "puis exportez de nouveau.",
            "Your trial was begun, not sent: open the trial link again, go on to “J’envoie mon profil”, then export "
            "again.",
        )
    if trials:
        return _finding(
            Check.TRIAL,
            Standing.WRONG,
            "Votre envoi d’essai est arrivé, mais son code de contrôle a changé en route : ouvrez le lien d’essai "
            "sans rien modifier, et déposez l’export d’origine.",
            "Your trial sending arrived, but its check code changed on the way: open the trial link without changing "
            "anything, and drop the original export.",
        )
    return _finding(
        Check.TRIAL,
        Standing.NOT_SEEN,
        "Aucun envoi venu d’un lien de l’outil : ouvrez le lien d’essai, envoyez votre profil, puis exportez de "
        "nouveau. Si Pix a refusé l’identifiant, la campagne l’attend sous forme d’adresse e-mail : créez-en une "
        "autre, de type texte.",
        "No sending from a link of the tool: open the trial link, send your profile, then export again. If Pix refused "
        "the identifier, the campaign expects an e-mail address: create another, of type text.",
    )


def _date(expected: CampaignExpected, seen: CampaignSeen, codes: CheckCodes, now: datetime) -> Finding:
    sent = [each for each in seen.participations if each.sent_at is not None]
    if seen.dates_unread:
        return _finding(
            Check.DATE,
            Standing.WRONG,
            f"Date d’envoi illisible (lignes : {seen.dates_unread}) : déposez l’export sans l’ouvrir dans un tableur.",
            f"Date of sending unreadable (lines: {seen.dates_unread}): drop the export without opening it in a "
            "spreadsheet.",
        )
    if not sent:
        return _finding(
            Check.DATE,
            Standing.NOT_SEEN,
            "Date d’envoi : se verra au premier envoi.",
            "Date of sending: will be seen with the first sending.",
        )
    newest = max(each.sent_at for each in sent if each.sent_at is not None)
    told = moment(newest, expected.timezone)
    if newest > now + _CLOCKS_DIFFER:
        return _finding(
            Check.DATE,
            Standing.WRONG,
            f"Un envoi est daté du {told.fr}, qui n’est pas encore passé : le fuseau horaire n’est pas celui de "
            f"l’unité ({expected.timezone}), ou une date a été modifiée. Déposez l’export d’origine.",
            f"A sending is dated {told.en}, which has not come yet: the time zone is not the unit's "
            f"({expected.timezone}), or a date was changed. Drop the original export.",
        )
    if seen.days_alone:
        return _finding(
            Check.DATE,
            Standing.WRONG,
            "Ce fichier donne le jour d’envoi sans l’heure (forme d’avant décembre 2024) : une date limite à l’heure "
            "ne peut être tenue. Exportez de nouveau depuis Pix Orga.",
            "This file gives the day of sending without the time (the form before December 2024): a deadline cannot be "
            "kept to the hour. Export again from Pix Orga.",
        )
    mine = [each for each in sent if _bears(each, expected.trial_numbers) and _is_right(each, codes)]
    if mine:
        own = moment(max(each.sent_at for each in mine if each.sent_at is not None), expected.timezone)
        return _finding(
            Check.DATE,
            Standing.RIGHT,
            f"Votre envoi d’essai est daté du {own.fr}, heure de l’unité : vérifiez que c’est bien son heure.",
            f"Your trial sending is dated {own.en}, in the unit's time: check that this was its time.",
        )
    return _finding(
        Check.DATE,
        Standing.RIGHT,
        f"Dates d’envoi lisibles ; la plus récente : {told.fr}, heure de l’unité.",
        f"Dates of sending readable; the newest: {told.en}, in the unit's time.",
    )


def _sent_again(seen: CampaignSeen, codes: CheckCodes) -> Finding:
    whose = Counter(_author(each, codes) for each in seen.participations)
    del whose[None]
    if any(count > 1 for count in whose.values()):
        return _finding(
            Check.SENT_AGAIN,
            Standing.RIGHT,
            "Envoi multiple : actif (une personne a plusieurs participations).",
            "Sending again: on (a person has several participations).",
        )
    return _finding(
        Check.SENT_AGAIN,
        Standing.NOT_SEEN,
        "Envoi multiple : pas encore vu. Il ne se voit qu’au deuxième envoi d’une même personne : envoyez une seconde "
        "fois par le lien d’essai, ou vérifiez dans Pix Orga que « Envoi multiple » est à Oui.",
        "Sending again: not seen yet. It shows only with the second sending of one person: send a second time through "
        "the trial link, or check in Pix Orga that multiple sending is on.",
    )


def _roster(seen: CampaignSeen) -> Finding:
    if seen.has_roster:
        return _finding(
            Check.ROSTER,
            Standing.RIGHT,
            "Numéro étudiant de votre organisation : présent, il sert de seconde preuve.",
            "Your organisation's student number: there, it serves as a second proof.",
        )
    return _finding(
        Check.ROSTER,
        Standing.NOT_NEEDED,
        "Numéro étudiant de votre organisation : absent. Ce n’est pas nécessaire : le lien des étudiants suffit.",
        "Your organisation's student number: not there. It is not needed: the students' links are enough.",
    )


def _bears(participation: Participation, numbers: Collection[str]) -> bool:
    """Tell whether an identifier names one of these numbers, with a right code, a wrong one or none."""
    ours = {bare_number(number) for number in numbers}
    claimed = {each.number for each in read_external_id(participation.external_id)}
    return not ours.isdisjoint(claimed | {bare_number(participation.external_id or "")} - {""})


def _is_right(participation: Participation, codes: CheckCodes) -> bool:
    return any(codes.is_right(each) for each in read_external_id(participation.external_id))


def _author(participation: Participation, codes: CheckCodes) -> str | None:
    """Return what tells the participations of one person: Pix's own grouping, else a right code; else None."""
    if participation.account is not None:
        return participation.account
    right = [each for each in read_external_id(participation.external_id) if codes.is_right(each)]
    return right[0].number if right else None


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(codes[:3]) + ("…" if len(codes) > 3 else "")


def _finding(check: Check, standing: Standing, fr: str, en: str) -> Finding:
    return Finding(check=check, standing=standing, message=Bilingual(fr, en))
