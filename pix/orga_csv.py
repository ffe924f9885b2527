"""Reads a whole Pix Orga export: every line is a row or a problem, nothing skipped in silence, nothing stored.

A profiles collection, in French or English, of any year, as Pix wrote it or saved again by a spreadsheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from grading.competences import PIX_PER_LEVEL
from grading.text import Bilingual
from pix.csv_table import (
    MAX_BYTES,
    MAX_LINES,
    Table,
    TableRow,
    cell_count,
    truncated_line,
    without_empty_tail,
)
from pix.orga_columns import Columns, read_columns, recognise
from pix.orga_row import RowReader
from pix.problem import NotAnExport, Problem, ProblemCode, refusal
from pix.profile_row import ProfileRow
from pix.tables import open_table

__all__ = ["Campaign", "CampaignExport", "NotAnExport", "Problem", "ProfileRow", "read_profiles_collection"]


@dataclass(frozen=True, kw_only=True, order=True)
class Campaign:
    """A campaign as a file names it; `key` is what tells it from another."""

    code: str | None
    id: str | None
    name: str | None

    @property
    def key(self) -> str:
        """Return the campaign's code, or its number where the file has no code."""
        return self.code or self.id or ""


@dataclass(frozen=True, kw_only=True)
class CampaignExport:
    """All that one file says.

    `problems` are the rejected lines, one problem each (`Problem.also` has the further ones of a line), so
    that ``len(rows) + len(problems)`` is the number of lines of data. `warnings` concern the file as a whole;
    a row carries its own. `external_id_label` is the campaign's label for what the learner typed; `has_roster` tells
    whether there is a column of the organisation's own student numbers.
    """

    kind: Literal["profiles_collection"] = "profiles_collection"
    campaigns: tuple[Campaign, ...]
    rows: tuple[ProfileRow, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    external_id_label: str | None
    has_roster: bool = False

    @property
    def data_lines(self) -> int:
        """Return how many lines of data the file has, read or rejected (wholly empty lines aside)."""
        return len(self.rows) + len(self.problems)


def read_profiles_collection(
    data: bytes,
    *,
    ceiling_level: int | None = None,
    timezone: str = "Europe/Paris",
    max_bytes: int = MAX_BYTES,
    max_lines: int = MAX_LINES,
) -> CampaignExport:
    """Read the bytes of a profiles collection downloaded from Pix Orga.

    `ceiling_level` is the highest level that could be reached (a level above it, or more than 8 pix a level,
    is rejected); without it, 8. `timezone` is the one Pix writes its local times in. Raises `NotAnExport`, with
    every reason, where nothing can be read; a single bad line is only rejected, with its place.
    """
    table = open_table(data, max_bytes=max_bytes, max_lines=max_lines)
    recognise(table.header)
    return read_profiles(table, ceiling_level=ceiling_level, timezone=timezone)


def read_profiles(
    table: Table, *, ceiling_level: int | None = None, timezone: str = "Europe/Paris"
) -> CampaignExport:
    """Read a file that is known to be a profiles collection; see `read_profiles_collection`."""
    rows: list[ProfileRow] = []
    problems: list[Problem] = []
    for read in each_profile(table, ceiling_level=ceiling_level, timezone=timezone):
        if isinstance(read, Problem):
            problems.append(read)
        else:
            rows.append(read)
    campaigns = _campaigns(rows)
    columns = read_columns(table.header)
    label = columns.external_id
    return CampaignExport(
        campaigns=campaigns,
        rows=tuple(rows),
        problems=tuple(sorted(problems, key=lambda problem: problem.line or 0)),
        warnings=remarks(table, columns, campaigns),
        external_id_label=None if label is None else columns.header[label],
        has_roster="student_number" in columns.fields,
    )


def each_profile(
    table: Table, *, ceiling_level: int | None = None, timezone: str = "Europe/Paris"
) -> Iterator[ProfileRow | Problem]:
    """Read the lines of a profiles collection one by one: first the broken ones, then the others in their order.

    Raises `NotAnExport`, before the first line, where the header lacks something or stands alone.
    """
    columns = read_columns(table.header)
    if not table.rows and not table.broken:
        raise refusal(
            ProblemCode.HEADER_ONLY,
            "Le fichier n’a que son en-tête : personne ne participe encore à cette campagne. "
            "Rien n’est à importer ; revenez avec un nouvel export.",
            "The file has only its header: nobody takes part in this campaign yet. "
            "Nothing is to be imported; come back with a new export.",
        )
    reader = RowReader(columns=columns, ceiling_level=ceiling_level, zone=ZoneInfo(timezone))
    yield from table.broken
    for row in table.rows:
        yield _read(row, table, reader)


def remarks(table: Table, columns: Columns, campaigns: tuple[Campaign, ...] = ()) -> tuple[Problem, ...]:
    """What there is to say of a profiles collection as a whole."""
    return tuple(_file_warnings(table, columns, campaigns))


def _read(row: TableRow, table: Table, reader: RowReader) -> ProfileRow | Problem:
    last = table.is_last(row)
    if len(row.cells) != len(table.header):
        row = without_empty_tail(row, len(table.header))
    if len(row.cells) != len(table.header):
        if last and len(row.cells) < len(table.header):
            return truncated_line(row.line)
        return cell_count(row, len(table.header))
    read = reader.read(row.line, row.cells)
    if last and not table.ends_with_newline and _cut_in_last_cell(row, read, reader.columns):
        return truncated_line(row.line)
    return read


def _cut_in_last_cell(row: TableRow, read: ProfileRow | Problem, columns: Columns) -> bool:
    """Tell whether the very last cell lost its end: nothing is left, or ``17`` cut to ``1`` misses its level."""
    if not row.cells[-1].strip():
        return True
    code = next((code for code, place in columns.pix.items() if place == len(row.cells) - 1), None)
    if code is None or isinstance(read, Problem) or read.profile is None:
        return False
    return read.profile.pix[code] // PIX_PER_LEVEL < read.profile.levels[code]


def _campaigns(rows: Iterable[ProfileRow]) -> tuple[Campaign, ...]:
    found: dict[str, Campaign] = {}
    for row in rows:
        campaign = Campaign(code=row.campaign_code, id=row.campaign_id, name=row.campaign_name)
        found.setdefault(campaign.key, campaign)
    return tuple(found.values())


def _file_warnings(table: Table, columns: Columns, campaigns: tuple[Campaign, ...]) -> Iterable[Problem]:
    if not table.ends_with_newline:
        yield _warning(
            ProblemCode.NO_FINAL_NEWLINE,
            f"La dernière ligne ({table.last_line}) n’a pas de fin de ligne : le fichier est peut-être "
            "incomplet. Comparez le nombre de participants avec Pix Orga.",
            f"The last line ({table.last_line}) has no line end: the file may be incomplete. "
            "Compare the number of participants with Pix Orga.",
            line=table.last_line,
        )
    if table.empty_lines:
        yield _warning(
            ProblemCode.EMPTY_LINES,
            f"Lignes entièrement vides, laissées de côté : {table.empty_lines}.",
            f"Wholly empty lines, left aside: {table.empty_lines}.",
        )
    if columns.ignored:
        named = ", ".join(columns.ignored)
        yield _warning(
            ProblemCode.COLUMNS_IGNORED,
            f"Colonnes qui ne servent pas ici, laissées de côté : {named}.",
            f"Columns of no use here, left aside: {named}.",
        )
    if len(campaigns) > 1:
        named = ", ".join(campaign.key for campaign in campaigns)
        yield _warning(
            ProblemCode.SEVERAL_CAMPAIGNS,
            f"Le fichier mêle plusieurs campagnes : {named}. Vérifiez qu’elles concernent "
            "toutes cette activité.",
            f"The file mixes several campaigns: {named}. Check that all of them concern this activity.",
        )


def _warning(code: ProblemCode, fr: str, en: str, *, line: int | None = None) -> Problem:
    return Problem(line=line, column=None, code=code, message=Bilingual(fr=fr, en=en))
