"""PDFs made by hand: certificates as Pix draws them, and what a hostile hand might send."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Mapping, Sequence

from pypdf import PdfReader, PdfWriter

CODE = "P-BCD23FGH"
LINES = (
    "Certification Pix",
    "Université de Valbrume",
    "Chloé BÉLANGER-NOËL, née le 03/02/2008 à Valbrume",
    "Délivré le 18/12/2026",
    f"Code de vérification : {CODE}",
    "412 / 895 pix - Indépendant 2",
)


def pdf(objects: Mapping[int, bytes], *, root: int = 1) -> bytes:
    """A file of these numbered objects, with a sound cross-reference table."""
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = {}
    for number, body in objects.items():
        places[number] = out.tell()
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    table = out.tell()
    size = max(objects) + 1
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % size)
    for number in range(1, size):
        out.write(b"%010d 00000 %s \n" % (places.get(number, 0), b"n" if number in places else b"f"))
    out.write(b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, root, table))
    return out.getvalue()


def stream(data: bytes, entries: bytes = b"", *, packed: bool = True) -> bytes:
    """A stream object, deflated as programs do."""
    kept = zlib.compress(data, 9) if packed else data
    filtered = b"/Filter /FlateDecode " if packed else b""
    return b"<< /Length %d %s%s >>\nstream\n%s\nendstream" % (len(kept), filtered, entries, kept)


def drawn(lines: Sequence[str]) -> bytes:
    """The operators that show these lines, one below the other."""
    shown = (f"({each})".encode("cp1252", "replace") for each in lines)
    return b"BT /F1 12 Tf 14 TL 40 780 Td " + b" Tj T* ".join(shown) + b" Tj ET"


def paged(*pages: bytes, extra: Mapping[int, bytes] | None = None, page_entries: bytes = b"") -> bytes:
    """A document of these content streams (written as they are), one a page; `extra` are further objects."""
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    objects = {1: b"<< /Type /Catalog /Pages 2 0 R >>", 3: font}
    kids = []
    for rank, content in enumerate(pages):
        page, body = 100 + 2 * rank, 101 + 2 * rank
        kids.append(b"%d 0 R" % page)
        objects[page] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R /F2 4 0 R >> /XObject << /X 10 0 R >> >> %s >>"
            % (body, page_entries)
        )
        objects[body] = content
    objects[2] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(pages), b" ".join(kids))
    return pdf(dict(sorted({**objects, **(extra or {})}.items())))


def certificate(lines: Sequence[str] = LINES) -> bytes:
    """A certificate of one page, and a second page with the competences."""
    levels = [f"{area}.{rank} niveau 4" for area in range(1, 6) for rank in range(1, 4)]
    return paged(stream(drawn(lines)), stream(drawn(levels)))


def subset_certificate(code: str = CODE) -> bytes:
    """One whose glyphs have numbers of their own, and a table that tells what each stands for (as pdfkit embeds)."""
    signs = sorted(set(code))
    table = "".join(f"<{rank:04x}> <{ord(sign):04x}>\n" for rank, sign in enumerate(signs, start=1))
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        "1 begincodespacerange <0000> <ffff> endcodespacerange\n"
        f"{len(signs)} beginbfchar\n{table}endbfchar endcmap end end"
    )
    glyphs = "".join(f"<{signs.index(sign) + 1:04x}> {'-40 ' if sign == 'D' else ''}" for sign in code)
    descendant = (
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /AAAAAA+Nunito /CIDSystemInfo "
        b"<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /DW 600 >>"
    )
    font = (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /AAAAAA+Nunito /Encoding /Identity-H "
        b"/DescendantFonts [5 0 R] /ToUnicode 6 0 R >>"
    )
    shown = f"BT /F2 12 Tf 40 700 Td [{glyphs}] TJ ET".encode()
    return paged(stream(shown), extra={4: font, 5: descendant, 6: stream(cmap.encode())})


def linked(address: str) -> bytes:
    """One that shows no code, but links to the page that verifies it."""
    link = b"/Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (%s) >> >>]"
    return paged(stream(drawn(["Vérifier"])), page_entries=link % address.encode())


def locked(password: str) -> bytes:
    """A certificate that asks for a password to be opened (empty: only to be changed)."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(certificate())))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def bomb(megabytes: int) -> bytes:
    """A deflated stream that many spaces long, made piece by piece."""
    packer = zlib.compressobj(9)
    return b"".join([*(packer.compress(b" " * 1_000_000) for _ in range(megabytes)), packer.flush()])


def _of_packed(data: bytes, filters: bytes) -> bytes:
    return paged(b"<< /Length %d /Filter [%s] >>\nstream\n%s\nendstream" % (len(data), filters, data))


_SHOWS_ITSELF = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 10 0 R >> >>"

HOSTILE: Mapping[str, Callable[[], bytes]] = {
    "a bomb of 300 MB": lambda: _of_packed(bomb(300), b"/FlateDecode"),
    "a bomb in a bomb": lambda: _of_packed(zlib.compress(bomb(100), 9), b"/FlateDecode /FlateDecode"),
    "millions of operators": lambda: paged(stream(b"BT (x) Tj ET " * 1_500_000)),
    "nested beyond reason": lambda: paged(stream(b"q " * 400_000)),
    "a form that shows itself": lambda: paged(
        stream(b"/X Do"), extra={10: stream(b"/X Do /X Do /X Do", _SHOWS_ITSELF)}
    ),
    "pages that are their own children": lambda: pdf(
        {1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Count 9 /Kids [2 0 R 2 0 R] >>"}
    ),
    "ten thousand pages": lambda: paged(*[b"<< /Length 0 >>\nstream\n\nendstream"] * 10_000),
    "an array in an array in an array": lambda: pdf(
        {1: b"<< /Type /Catalog /Pages " + b"[" * 200_000 + b"]" * 200_000 + b" >>"}
    ),
    "a table that leads to itself": lambda: (
        b"%PDF-1.7\nxref\n0 1\n0000000000 65535 f \n"
        b"trailer\n<< /Size 1 /Prev 9 /Root 1 0 R >>\nstartxref\n9\n%%EOF"
    ),
    "a length that is a lie": lambda: paged(b"<< /Length 999999999 >>\nstream\nBT\nendstream"),
    "a reference to itself": lambda: pdf({1: b"1 0 R"}),
    "only the beginning": lambda: certificate()[:300],
    "nothing but the mark": lambda: b"%PDF-",
    "noise": lambda: b"%PDF-1.7\n" + bytes(range(256)) * 400,
}
"""Files made to eat time or memory, or to crash who reads them; made only where asked for."""
