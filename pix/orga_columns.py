"""The header of a Pix Orga export: which file it is, and which column says what.

The current French form of a profiles collection is read; the other kinds and forms are recognised and named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grading.competences import COMPETENCES
from grading.text import Bilingual
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
_LEVEL = "Niveau pour la compétence "
_PIX = "Nombre de pix pour la compétence "
_FIELD_OF = {fold(header): field for field, header in (_REQUIRED | _OPTIONAL).items()}
_CODE_OF = {fold(competence.name.fr): code for code, competence in COMPETENCES.items()}


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Where each thing stands: positions from 0 in the lines of a profiles collection."""

    header: tuple[str, ...]
    fields: Mapping[str, int]
    levels: Mapping[str, int]
    pix: Mapping[str, int]
    external_id: int | None
    ignored: tuple[str, ...]

    def cell(self, cells: Sequence[str], field: str) -> str | None:
        """Return the cell of a field, `None` where the file has no such column."""
        place = self.external_id if field == "external_id" else self.fields.get(field)
        return None if place is None else cells[place]

    def title(self, field: str) -> str:
        """Return the header of a field as the file writes it, for messages."""
        return self.header[self.fields[field]]


def recognise_separator(text: str) -> None:
    """Return unless the first line is the header of a profiles collection cut by something else than `;`.

    Raises `NotAnExport` then: a spreadsheet saved the file again.
    """
    first = text.lstrip()[:20_000].partition("\n")[0]
    if ";" not in first and fold(_REQUIRED["total"]) in fold(first):
        raise _other_form(
            "ses colonnes ne sont pas séparées par des points-virgules (fichier réenregistré ?)",
            "its columns are not separated by semicolons (file saved again?)",
        )


def recognise(header: Sequence[str]) -> None:
    """Return when this is the header of a profiles collection in French, in its current form.

    Raises `NotAnExport` naming what the file is, where that can be told.
    """
    folded = [fold(cell) for cell in header]
    if fold(_REQUIRED["total"]) in folded:
        if fold("Date de l'envoi") in folded:
            raise _other_form(
                "son en-tête est celui d’avant décembre 2024", "its header is the one before December 2024"
            )
        return
    whole = " ; ".join(folded)
    if "total pix score" in folded:
        raise _other_form(
            "Pix Orga était en anglais : repassez son interface en français",
            "Pix Orga was in English: switch its interface to French",
        )
    if "maitrise de l'ensemble" in whole or "in the target profile" in whole:
        raise _other_kind(
            "l’export d’une campagne d’évaluation, qui ne donne ni niveaux ni pix",
            "the export of an assessment campaign, which gives neither levels nor pix",
        )
    if "numero de certification" in folded:
        raise _other_kind("un fichier de résultats de certification", "a file of certification results")
    raise refusal(
        ProblemCode.NOT_RECOGNISED,
        "La première ligne n’est pas l’en-tête d’un export de collecte de profils de Pix Orga (colonne "
        "« Nombre de pix total » attendue). Déposez le fichier tel que Pix Orga le donne.",
        "The first line is not the header of a Pix Orga profiles collection (column “Nombre de pix total” "
        "expected). Drop the file as Pix Orga gives it.",
        line=1,
    )


def _other_kind(fr: str, en: str) -> NotAnExport:
    return refusal(
        ProblemCode.OTHER_KIND,
        f"Ce fichier est {fr} : il n’est pas lu ici pour l’instant. "
        "Déposez l’export d’une campagne de collecte de profils.",
        f"This file is {en}: it is not read here yet. Drop the export of a profiles-collection campaign.",
        line=1,
    )


def _other_form(fr: str, en: str) -> NotAnExport:
    return refusal(
        ProblemCode.OTHER_FORM,
        f"Ce fichier est bien une collecte de profils, mais {fr} ; cette forme n’est pas encore lue. "
        "Téléchargez de nouveau l’export depuis Pix Orga, en français, et déposez-le sans l’ouvrir.",
        f"This file is indeed a profiles collection, but {en}; this form is not read yet. "
        "Download the export from Pix Orga again, in French, and drop it without opening it.",
        line=1,
    )


def read_columns(header: Sequence[str]) -> Columns:
    """Find every column of a recognised header, wherever it stands.

    The external id is the column of unknown name just before ``Envoi (O/N)``: its header is the campaign's
    own label. A ``Numéro Étudiant`` there without ``Groupe`` is such a label too, typed by the learner: Pix
    gives the roster's number only beside the roster's group. Raises `NotAnExport` with every missing, doubled
    or unknown column.
    """
    problems: list[Problem] = []
    fields: dict[str, int] = {}
    levels: dict[str, int] = {}
    pix: dict[str, int] = {}
    unknown: list[int] = []
    folded = [fold(title) for title in header]
    label = _label_place(header, folded)
    seen: dict[str, int] = {}
    for place, (title, key) in enumerate(zip(header, folded, strict=True)):
        if place == label or not key:
            continue
        if key in seen:
            problems.append(_doubled(title, seen[key] + 1, place + 1))
            continue
        seen[key] = place
        if key in _FIELD_OF:
            fields[_FIELD_OF[key]] = place
        elif (named := _competence_column(key)) is None:
            unknown.append(place)
        elif (code := _CODE_OF.get(named[1])) is None:
            problems.append(_unknown_competence(title, place + 1))
        else:
            (levels if named[0] == "level" else pix)[code] = place
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
    )


def _label_place(header: Sequence[str], folded: Sequence[str]) -> int | None:
    sent = fold(_REQUIRED["sent"])
    place = folded.index(sent) - 1 if sent in folded else -1
    if place < 0 or not folded[place]:
        return None
    key = folded[place]
    if key not in _FIELD_OF:
        return None if _competence_column(key) else place
    twice = folded.count(key) > 1 and header.count(header[place]) == 1
    typed_number = key == fold(_OPTIONAL["student_number"]) and fold(_OPTIONAL["group"]) not in folded
    return (
        place if _FIELD_OF[key] in {"group", "class", "student_number"} and (twice or typed_number) else None
    )


def _competence_column(key: str) -> tuple[str, str] | None:
    """Split a folded header into what it measures (`level` or `pix`) and the competence's folded name."""
    for measure, prefix in (("level", fold(_LEVEL) + " "), ("pix", fold(_PIX) + " ")):
        if key.startswith(prefix):
            return measure, key.removeprefix(prefix)
    return None


def _unknown_competence(title: str, place: int) -> Problem:
    return Problem(
        line=1,
        column=title.strip(),
        code=ProblemCode.UNKNOWN_COMPETENCE,
        message=Bilingual(
            fr=f"Ligne 1, colonne {place} : « {title.strip()} » ne nomme aucune des 16 compétences de Pix. "
            "Remettez l’en-tête d’origine, ou signalez-le si Pix l’a changé.",
            en=f"Line 1, column {place}: “{title.strip()}” names none of the 16 competences of Pix. "
            "Put the original header back, or report it if Pix changed it.",
        ),
    )


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
            titles += [_LEVEL + competence.name.fr] if code not in levels else []
            titles += [_PIX + competence.name.fr] if code not in pix else []
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
