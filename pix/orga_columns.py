"""The header of a Pix Orga export: which file it is, and which column says what.

French and English, the current form and the older ones. What a file is, its columns tell, never its name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from grading.competences import COMPETENCES
from grading.text import Bilingual
from pix.competence_columns import LEVEL, PIX, competence_column, name_competences
from pix.folding import fold
from pix.problem import NotAnExport, Problem, ProblemCode, refusal

_REQUIRED = {
    "campaign_name": "Nom de la campagne",
    "last_name": "Nom du Participant",
    "first_name": "Prénom du Participant",
    "sent": "Envoi (O/N)",
    "sent_at": "Date et heure de l'envoi (Europe/Paris)",
    "total": "Nombre de pix total",
    "certifiable": "Certifiable (O/N)",
    "certifiable_count": "Nombre de compétences certifiables",
}
_OPTIONAL = {
    "organisation": "Nom de l'organisation",
    "campaign_id": "ID Campagne",
    "campaign_code": "Code",
    "group": "Groupe",
    "class": "Classe",
    "student_number": "Numéro Étudiant",
}
_OTHER_SPELLINGS = {
    "organisation": ["Organisation’s name", "Organization's name"],
    "campaign_id": ["Campaign ID"],
    "campaign_code": ["Campaign code"],
    "campaign_name": ["Campaign's name"],
    "last_name": ["Participant's last name"],
    "first_name": ["Participant's first name"],
    "group": ["Group"],
    "class": ["Class"],
    "student_number": ["Student number"],
    "sent": ["Sent (Y/N)"],
    "sent_at": ["Date de l'envoi", "Sent on"],
    "total": ["Total pix score"],
    "certifiable": ["Eligible for certification (Y/N)"],
    "certifiable_count": ["Number of competences eligible for certification"],
}
"""English, and French before December 2024; the English for the column of instants is not known since then."""
FIELD_OF = {fold(header): field for field, header in (_REQUIRED | _OPTIONAL).items()} | {
    fold(spelling): field for field, spellings in _OTHER_SPELLINGS.items() for spelling in spellings
}
"""Which field a folded header of a campaign's export names."""
_FRENCH = frozenset(fold(title) for title in (*_REQUIRED.values(), *_OPTIONAL.values(), "Date de l'envoi"))
PIX_ORDER = ("organisation", "campaign_id", "campaign_code", *_REQUIRED)
"""In which order Pix puts the columns that are always there."""
_JUST_BEFORE_A_LABEL = frozenset({"first_name", "group", "class", "student_number"})
_OLDER = frozenset(fold(title) for title in ("Date de l'envoi", "Sent on"))


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Where each thing stands: positions from 0 in the lines of a profiles collection."""

    header: tuple[str, ...]
    fields: Mapping[str, int]
    levels: Mapping[str, int]
    pix: Mapping[str, int]
    external_id: int | None
    ignored: tuple[str, ...]
    days_alone: bool = False  # sendings are dated by the day: before December 2024

    def cell(self, cells: Sequence[str], field: str) -> str | None:
        """Return the cell of a field, `None` where the file has no such column."""
        place = self.place(field)
        return None if place is None else cells[place]

    def place(self, field: str) -> int | None:
        """Return where a field stands, `None` where the file has no such column."""
        return self.external_id if field == "external_id" else self.fields.get(field)

    def title(self, field: str) -> str:
        """Return the header of a field as the file writes it, for messages."""
        return self.header[self.fields[field]]


def recognise(header: Sequence[str]) -> None:
    """Return when this is the header of a profiles collection, in French or English, of any year.

    Raises `NotAnExport` naming what the file is, where that can be told.
    """
    match kind_of(header):
        case Kind.PROFILES_COLLECTION:
            return
        case Kind.ASSESSMENT:
            raise _other_kind(
                "l’export d’une campagne d’évaluation, qui ne donne ni niveaux ni pix",
                "the export of an assessment campaign, which gives neither levels nor pix",
            )
        case Kind.CERTIFICATION:
            raise _other_kind("un fichier de résultats de certification", "a file of certification results")
        case _:
            raise refusal(
                ProblemCode.NOT_RECOGNISED,
                "La première ligne n’est pas l’en-tête d’un export de collecte de profils de Pix Orga (colonne "
                "« Nombre de pix total » attendue). Déposez le fichier tel que Pix Orga le donne.",
                "The first line is not the header of a Pix Orga profiles collection (column “Nombre de pix total” "
                "expected). Drop the file as Pix Orga gives it.",
                line=1,
            )


class Kind(StrEnum):
    """What a file of Pix holds, as its header tells."""

    PROFILES_COLLECTION = "profiles_collection"
    ASSESSMENT = "assessment"
    CERTIFICATION = "certification"


_CERTIFICATION = frozenset({"numero de certification", "certification number"})
_STATUS = frozenset({"statut", "status"})


def kind_of(header: Sequence[str]) -> Kind | None:
    """Return what the file is by its header alone, never by its name; `None` where it is nothing of Pix."""
    folded = [fold(cell) for cell in header]
    if any(FIELD_OF.get(key) == "total" for key in folded):
        return Kind.PROFILES_COLLECTION
    whole = " ; ".join(folded)
    if "maitrise de l'ensemble" in whole or "successfully completed in the target profile" in whole:
        return Kind.ASSESSMENT
    return (
        Kind.CERTIFICATION if _CERTIFICATION.intersection(folded) and _STATUS.intersection(folded) else None
    )


def _other_kind(fr: str, en: str) -> NotAnExport:
    return refusal(
        ProblemCode.OTHER_KIND,
        f"Ce fichier est {fr} : il n’est pas lu ici pour l’instant. "
        "Déposez l’export d’une campagne de collecte de profils.",
        f"This file is {en}: it is not read here yet. Drop the export of a profiles-collection campaign.",
        line=1,
    )


def read_columns(header: Sequence[str]) -> Columns:
    """Find every column of a recognised header, wherever it stands.

    The external id is the column of unknown name just before ``Envoi (O/N)``: its header is the campaign's
    own label (`label_place`). A ``Numéro Étudiant`` there without ``Groupe`` is such a label too, typed by the
    learner: Pix gives the roster's number only beside the roster's group. Where columns were moved, the only unknown
    one is the label. In English the column of instants, whose title is not known, is the one after ``Sent (Y/N)``.
    Raises `NotAnExport` with every missing, doubled or unknown column.
    """
    problems: list[Problem] = []
    fields: dict[str, int] = {}
    unknown: list[int] = []
    competences: list[int] = []
    folded = [fold(title) for title in header]
    label = label_place(header, folded, next((key for key in folded if FIELD_OF.get(key) == "sent"), None))
    seen: dict[str, int] = {}
    for place, (title, key) in enumerate(zip(header, folded, strict=True)):
        if place == label or not key:
            continue
        if key not in FIELD_OF and competence_column(key) is None:
            unknown.append(place)
            continue
        if key in seen:
            problems.append(_doubled(title, seen[key] + 1, place + 1))
            continue
        seen[key] = place
        if key in FIELD_OF:
            fields[FIELD_OF[key]] = place
        else:
            competences.append(place)
    if "sent_at" not in fields and fields.get("sent", -2) + 1 in unknown:
        fields["sent_at"] = fields["sent"] + 1
        unknown.remove(fields["sent_at"])
    in_order = are_in_order(fields)
    if label is None and len(unknown) == 1 and not in_order:
        label = unknown.pop()
    levels, pix, unnamed = name_competences(header, folded, competences, by_rank=in_order)
    problems += unnamed
    problems.extend(_missing(fields, levels, pix, problems))
    if problems:
        raise NotAnExport(*problems)
    return Columns(
        header=tuple(title.strip() for title in header),
        fields=fields,
        levels={code: levels[code] for code in COMPETENCES},
        pix={code: pix[code] for code in COMPETENCES},
        external_id=label,
        ignored=tuple(header[place].strip() for place in unknown),
        days_alone=is_older(header),
    )


_ENGLISH = frozenset(
    {"total pix score", "participant's last name", "shared (y/n)", "sent (y/n)", "certification number"}
)


def is_english(header: Sequence[str]) -> bool:
    """Tell whether the export was made with Pix Orga in English."""
    folded = {fold(title) for title in header}
    return not folded.isdisjoint(_ENGLISH)


def is_older(header: Sequence[str]) -> bool:
    """Tell whether the export gives days instead of minutes: the form before December 2024."""
    return any(fold(title) in _OLDER for title in header)


def label_place(header: Sequence[str], folded: Sequence[str], before: str | None) -> int | None:
    """Return where what the learner typed stands: just before this folded title, under a label that is free.

    The label may be the title of another column (``Code``, ``Groupe``, ``Numéro étudiant``). There it is taken for
    one where the file has that column elsewhere, in either language, or where Pix would not have put it there.
    """
    place = folded.index(before) - 1 if before in folded else -1
    if place < 0 or not folded[place]:
        return None
    key = folded[place]
    field = FIELD_OF.get(key)
    if field is None:
        return None if competence_column(key) else place
    fields = [FIELD_OF.get(each) for each in folded]
    other_language = key != "code" and (key in _FRENCH) == is_english(header)
    typed = fields.count(field) > 1 or other_language or _is_out_of_place(field, fields, place)
    return place if typed else None


def are_in_order(fields: Mapping[str, int], order: Sequence[str] = PIX_ORDER) -> bool:
    """Tell whether the columns stand as Pix puts them: where they were moved, what one stands beside says nothing."""
    places = [fields[field] for field in order if field in fields]
    return places == sorted(places)


def _is_out_of_place(field: str, fields: Sequence[str | None], place: int) -> bool:
    """Tell whether Pix puts no column of its own of that name just after the names or the roster's columns."""
    match field:
        case "student_number":
            return "group" not in fields
        case "group":
            return "student_number" not in fields
        case "class":  # of a school, which has no group
            return "group" in fields
        case "campaign_code":  # the oldest files have none
            return fields[place - 1] in _JUST_BEFORE_A_LABEL
        case "sent_at":  # an assessment has none
            return "sent" not in fields
        case _:
            return False


def _doubled(title: str, first: int, second: int) -> Problem:
    return Problem(
        line=1,
        column=title.strip(),
        code=ProblemCode.DUPLICATE_COLUMN,
        message=Bilingual(
            fr=f"Ligne 1 : la colonne « {title.strip()} » est là deux fois (colonnes {first} et {second}) ; "
            "on ne peut savoir laquelle croire. Déposez l’export d’origine.",
            en=f"Line 1: the column “{title.strip()}” is there twice (columns {first} and {second}); "
            "which to believe cannot be known. Drop the original export.",
        ),
    )


def _missing(
    fields: Mapping[str, int], levels: Mapping[str, int], pix: Mapping[str, int], known: Sequence[Problem]
) -> list[Problem]:
    titles = [title for field, title in _REQUIRED.items() if field not in fields]
    if "campaign_code" not in fields and "campaign_id" not in fields:
        titles.append(_OPTIONAL["campaign_code"])
    if not any(problem.code is ProblemCode.UNKNOWN_COMPETENCE for problem in known):
        for code, competence in COMPETENCES.items():
            titles += [LEVEL + competence.name.fr] if code not in levels else []
            titles += [PIX + competence.name.fr] if code not in pix else []
    return [
        Problem(
            line=1,
            column=title,
            code=ProblemCode.MISSING_COLUMN,
            message=Bilingual(
                fr=f"Ligne 1 : la colonne « {title} » manque. Déposez l’export d’origine, "
                "sans rien y enlever.",
                en=f"Line 1: the column “{title}” is missing. Drop the original export, "
                "with nothing taken out.",
            ),
        )
        for title in titles
    ]
