"""The verification code of a certificate given as a PDF: read by another process, bounded, and nothing is kept.

A PDF proves nothing, since anybody makes one: the code is all that is taken from it, and Pix is asked about that.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from grading.text import Bilingual
from pix.certificate_code import CertificateCode, CodeTrouble, CodeUnread, is_code

LARGEST_PDF = 5_000_000
"""Bytes: a Pix certificate has some hundreds of thousands."""
SECONDS = 6.0
"""By the clock, the start of the process included (its own limit, of the processor, is shorter)."""
_AT_ONCE = 2
_PATIENCE = 3.0
_ROOT = Path(__file__).parent.parent
_readers = threading.BoundedSemaphore(_AT_ONCE)


def read_code_of_pdf(data: bytes) -> CertificateCode:
    """Return the one code printed in a PDF.

    At most two are read at once by a process; another waits a little. Raises `CodeUnread`, with what to do.
    """
    if len(data) > LARGEST_PDF:
        raise _unread(
            CodeTrouble.PDF_TOO_LARGE,
            f"Ce PDF pèse plus de {LARGEST_PDF // 1_000_000} Mo, bien plus qu’un certificat Pix : vérifiez le fichier,",
            f"This PDF is larger than {LARGEST_PDF // 1_000_000} MB, much more than a Pix certificate: check the file,",
        )
    if b"%PDF-" not in data[:1024]:
        raise _unread(
            CodeTrouble.NOT_A_PDF,
            "Ce fichier n’est pas un PDF : déposez le certificat tel que Pix le donne,",
            "This file is not a PDF: drop the certificate as Pix gives it,",
        )
    return _the_code(_found_in(data))


def _found_in(data: bytes) -> dict[str, Any]:
    """Ask the other process; an empty answer where it died, was too slow or said nothing."""
    if not _readers.acquire(timeout=_PATIENCE):
        raise _unread(
            CodeTrouble.PDF_BUSY,
            "Trop de PDF sont lus en ce moment : réessayez dans un instant,",
            "Too many PDFs are being read at this moment: try again in a moment,",
        )
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pix.pdf_codes"],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            env={"PYTHONDONTWRITEBYTECODE": "1"},  # nothing of ours: no secret, no address of a database
            timeout=SECONDS,
            check=False,
        )
        found = json.loads(done.stdout[:10_000])
    except (OSError, ValueError, subprocess.SubprocessError):
        return {}
    finally:
        _readers.release()
    return found if isinstance(found, dict) else {}


def _the_code(found: dict[str, Any]) -> CertificateCode:
    if found.get("locked"):
        raise _unread(
            CodeTrouble.PDF_LOCKED,
            "Ce PDF est protégé par un mot de passe : il n’a pas été lu. Déposez-le sans protection,",
            "This PDF is protected by a password: it was not read. Drop it unprotected,",
        )
    codes = found.get("codes")
    if not (isinstance(codes, list) and all(is_code(each) for each in codes)):
        raise _unread(
            CodeTrouble.PDF_UNREADABLE,
            "Ce PDF n’a pas pu être lu : il est abîmé, ou trop compliqué. Reprenez le fichier donné par Pix,",
            "This PDF could not be read: it is damaged, or too complicated. Take the file that Pix gives again,",
        )
    if len(codes) > 1:
        raise _unread(
            CodeTrouble.PDF_SEVERAL,
            f"Ce PDF contient {len(codes)} codes différents : déposez un seul certificat,",
            f"This PDF holds {len(codes)} different codes: drop one certificate,",
        )
    if not codes:
        scan = not found.get("text")
        raise _unread(
            CodeTrouble.PDF_WITHOUT_CODE,
            "Ce PDF est une image (numérisation, photo) : aucun texte n’y a été trouvé. Déposez le fichier donné par "
            "Pix,"
            if scan
            else "Aucun code n’a été trouvé dans ce PDF : vérifiez que c’est un certificat Pix,",
            "This PDF is a picture (scan, photograph): no text was found in it. Drop the file that Pix gives,"
            if scan
            else "No code was found in this PDF: check that it is a Pix certificate,",
        )
    return CertificateCode(codes[0])


def _unread(trouble: CodeTrouble, fr: str, en: str) -> CodeUnread:
    """What is wrong with the PDF; whichever it is, the code can be typed."""
    return CodeUnread(
        trouble, Bilingual(f"{fr} ou tapez le code à la main.", f"{en} or type the code by hand.")
    )
