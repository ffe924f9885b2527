"""QR codes as images inside the page: the address in them is somebody's own, and no other request tells it."""

from __future__ import annotations

import segno


def qr_code(address: str) -> str:
    """An address as a picture for `<img src>`: for who reads the page on one screen and works on another."""
    return segno.make(address, micro=False, error="m").svg_data_uri(scale=4, border=2, nl=False)
