"""Finds verification codes in a PDF: a program of its own, run by `certificate_pdf` in a process with few rights.

``python -m pix.pdf_codes`` reads a PDF from its input and writes one JSON object. Whatever happens here, the process
that asked only sees that object, or none: a PDF may be made to eat memory and time.
"""

from __future__ import annotations

import io
import itertools
import json
import resource
import sys
from collections.abc import Iterator

from pypdf import PageObject, PdfReader
from pypdf.generic import DictionaryObject

from pix.certificate_code import codes_printed

MOST_PAGES = 10
"""Pages that are looked at: a certificate has one or two."""
MOST_TEXT = 200_000
"""Characters of one page that are looked at."""
MOST_LINKS = 50
MOST_MEMORY = 768 * 1024 * 1024
MOST_SECONDS = 4
"""Of the processor; the process that asked also counts by the clock."""
MOST_CODES = 20


def codes_of(data: bytes) -> dict[str, object]:
    """Return what a PDF holds: ``{"codes": […], "text": whether it has any}``, else ``locked`` or ``unreadable``.

    A page that cannot be read does not hide the others'.
    """
    codes: dict[str, None] = {}
    any_text = broken = False
    # A damaged PDF raises nearly anything, anywhere; none of it concerns who asked, and it may quote the file.
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            return {"locked": True}
        for page in itertools.islice(reader.pages, MOST_PAGES):
            try:
                for text in _texts(page):
                    any_text |= bool(text.strip())
                    codes |= dict.fromkeys(code.text for code in codes_printed(text[:MOST_TEXT]))
            except Exception:
                broken = True
    except Exception:
        broken = True
    if broken and not codes:
        return {"unreadable": True}
    return {"codes": list(codes)[:MOST_CODES], "text": any_text}


def _texts(page: PageObject) -> Iterator[str]:
    """What a page shows, and where its links lead: the code is printed with one."""
    yield page.extract_text()
    for annotation in list(page.annotations or ())[:MOST_LINKS]:
        action = annotation.get_object().get("/A")
        link = action.get_object() if action is not None else None
        address: object = link.get("/URI") if isinstance(link, DictionaryObject) else None
        if isinstance(address, str):
            yield address
        elif isinstance(address, bytes):
            yield address.decode("latin-1")


def _confine() -> None:
    """Give this process little memory and time, and no way to write a file."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Read the PDF of the standard input; write what it holds, or that it cannot be read."""
    _confine()
    sys.stdout.write(json.dumps(codes_of(sys.stdin.buffer.read())))


if __name__ == "__main__":
    main()
