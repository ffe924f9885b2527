"""Writes the smallest workbooks that are ones: XLSX and ODS with typed cells, as a spreadsheet saves a CSV again."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

Cell = str | int | float | datetime | None
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - cells have no time zone
_DATE = re.compile(r"(\d\d)/(\d\d)/(\d{4}) (\d\d):(\d\d)")


def typed(text: str) -> Cell:
    """What a spreadsheet makes of a cell of a CSV: numbers lose their leading zeros, dates become dates."""
    if re.fullmatch(r"[0-9]+", text):
        return int(text)
    if re.fullmatch(r"[0-9]+,[0-9]+", text):
        return float(text.replace(",", "."))
    if found := _DATE.fullmatch(text):
        day, month, year, hour, minute = map(int, found.groups())
        return datetime(year, month, day, hour, minute)  # noqa: DTZ001
    return text or None


def _zip(parts: dict[str, str]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return written.getvalue()


Sheets = Sequence[tuple[str, Sequence[Sequence[Cell]]]]


def xlsx(rows: Sequence[Sequence[Cell]], *, before: Sheets = ()) -> bytes:
    """A workbook of Excel with one sheet, behind others if need be."""

    def cell(value: Cell) -> str:
        if value is None:
            return "<c/>"
        if isinstance(value, datetime):
            return f'<c s="1"><v>{(value - _EPOCH).total_seconds() / 86400!r}</v></c>'
        if isinstance(value, (int, float)):
            return f"<c><v>{value}</v></c>"
        return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'

    def sheet(of: Sequence[Sequence[Cell]]) -> str:
        data = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in of)
        return f'<worksheet xmlns="{main}"><sheetData>{data}</sheetData></worksheet>'

    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    sheets = [*before, ("Feuil1", rows)]
    named = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{at}" r:id="r{at}"/>'
        for at, (name, _) in enumerate(sheets, 1)
    )
    related = "".join(
        f'<Relationship Id="r{at}" Type="{office}/worksheet" Target="worksheets/sheet{at}.xml"/>'
        for at in range(1, len(sheets) + 1)
    )
    return _zip(
        {
            "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="xml" '
            'ContentType="application/xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
            f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{named}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{related}'
            f'<Relationship Id="s" Type="{office}/styles" Target="styles.xml"/></Relationships>',
            "xl/styles.xml": f'<styleSheet xmlns="{main}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22"/>'
            "</cellXfs></styleSheet>",
            **{f"xl/worksheets/sheet{at}.xml": sheet(of) for at, (_, of) in enumerate(sheets, 1)},
        }
    )


def ods(rows: Sequence[Sequence[Cell]], *, before: Sheets = ()) -> bytes:
    """A workbook of LibreOffice with one sheet, behind others if need be."""

    def cell(value: Cell) -> str:
        if value is None:
            return "<table:table-cell/>"
        if isinstance(value, datetime):
            return (
                f'<table:table-cell office:value-type="date" office:date-value="{value:%Y-%m-%dT%H:%M:%S}"/>'
            )
        if isinstance(value, (int, float)):
            return f'<table:table-cell office:value-type="float" office:value={quoteattr(str(value))}/>'
        text = f"<text:p>{escape(value)}</text:p>"
        return f'<table:table-cell office:value-type="string">{text}</table:table-cell>'

    def sheet(name: str, of: Sequence[Sequence[Cell]]) -> str:
        data = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in of)
        return f"<table:table table:name={quoteattr(name)}>{data}</table:table>"

    sheets = "".join(sheet(name, of) for name, of in [*before, ("F1", rows)])
    oasis = "urn:oasis:names:tc:opendocument:xmlns"
    return _zip(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{oasis}:manifest:1.0">'
            '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
            "</manifest:manifest>",
            "content.xml": f'<office:document-content xmlns:office="{oasis}:office:1.0" '
            f'xmlns:table="{oasis}:table:1.0" xmlns:text="{oasis}:text:1.0"><office:body><office:spreadsheet>'
            f"{sheets}</office:spreadsheet></office:body>"
            "</office:document-content>",
        }
    )
