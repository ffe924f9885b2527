"""Which exam a certification is of: files of a session give its number, certificates as well; neither is kept."""

from __future__ import annotations

from hashlib import sha256

from pix.certification_csv import CertificationRow


def exam_of(number: str) -> str:
    """Return the digest by which an exam is known here, the same from a session's file and from a certificate."""
    return sha256(f"certification\n{number.strip()}".encode("utf-8", "surrogatepass")).hexdigest()


def exam_of_line(row: CertificationRow) -> str:
    """The exam of a line of a session's file: by its number; by who sat it when, where it has none."""
    who = (row.session, row.date, row.last_name, row.first_name, row.external_id, row.identity)
    return exam_of(row.number.strip() or repr(who))
