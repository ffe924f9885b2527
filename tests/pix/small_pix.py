"""Pix's public verification address, small and on this machine: answers as the samples do, refuses what Pix refuses.

>>> with SmallPix() as pix:
...     pix.knows("P-BCD23FGH", SAMPLE)
...     # ask at pix.address, then look at pix.asked
"""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from grading.competences import COMPETENCES
from tests.lti.small_server import Received, Reply, SmallServer

SAMPLES = Path(__file__).parent / "samples"
PATH = "/api/shared-certifications"
SAMPLE = (SAMPLES / "shared-certification_v3_200.json").read_bytes()
UNKNOWN = (SAMPLES / "shared-certification_404.json").read_bytes()
CODE = "P-BCD23FGH"
_TYPE = {"Content-Type": "application/json; charset=utf-8"}


class SmallPix:
    """Knows the sample's code from the beginning; `asked` holds every code it was asked about, in order."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.instead: list[Reply] = []
        """Answered first, one a question: trouble."""
        self._known = {CODE: SAMPLE}
        self._server = SmallServer()
        self._server.ask("POST", PATH, self._answer)

    @property
    def address(self) -> str:
        """The address of the route."""
        return self._server.url + PATH

    @property
    def received(self) -> list[Received]:
        """Every request as it arrived."""
        return self._server.received

    def knows(self, code: str, answer: bytes) -> None:
        """From now on a code is known."""
        self._known[code] = answer

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)

    def _answer(self, received: Received) -> Reply:
        """What Pix's route does: the code is looked at as its validation does, then looked up as it stands."""
        asked = self._code(received)
        if asked is not None:
            self.asked.append(asked)
        if self.instead:
            return self.instead.pop(0)
        if asked is None:
            problem = {
                "status": "400",
                "title": "Bad Request",
                "detail": '"verificationCode" with value "" fails to match the required pattern',
            }
            return Reply(status=400, body=json.dumps({"errors": [problem]}).encode(), headers=_TYPE)
        known = self._known.get(asked)
        if known is None:
            return Reply(status=404, body=UNKNOWN, headers=_TYPE)
        return Reply(status=200, body=known, headers=_TYPE)

    @staticmethod
    def _code(received: Received) -> str | None:
        if received.headers.get("Content-Type", "").partition(";")[0] != "application/json":
            return None
        try:
            code = json.loads(received.body)["verificationCode"]
        except (ValueError, KeyError, TypeError):
            return None
        return code if isinstance(code, str) and re.fullmatch(r"P-[a-zA-Z0-9]{8}", code) else None


def third(**changed: Any) -> bytes:
    """The sample's answer with attributes changed (`pix_score=500`; `...` takes one away)."""
    document = json.loads(SAMPLE)
    return _changed(document, changed)


def second(**changed: Any) -> bytes:
    """An answer of the second generation: `level: -1` for what was not tested or not validated."""
    levels = {code: (-1 if code in ("1.2", "3.4") else 3) for code in COMPETENCES}
    attributes = {
        "first-name": "Chloé",
        "last-name": "Bélanger-Noël",
        "birthdate": "2008-02-03",
        "birthplace": "Valbrume",
        "certification-center": "Lycée de Valbrume",
        "date": "2023-05-16T22:30:00.000Z",
        "delivered-at": "2023-06-20T08:00:00.000Z",
        "is-published": True,
        "pix-score": 337,
        "certified-badge-images": [],
        "max-reachable-level-on-certification-date": 6,
        "version": 2,
    }
    included = [
        {
            "type": "result-competences",
            "id": COMPETENCES[code].id,
            "attributes": {
                "index": code,
                "level": level,
                "name": COMPETENCES[code].name.fr,
                "score": max(level, 0) * 8,
            },
        }
        for code, level in levels.items()
    ]
    tree = {"data": {"type": "result-competence-trees", "id": "8100-201"}}
    document = {
        "data": {
            "type": "certifications",
            "id": "8100",
            "attributes": attributes,
            "relationships": {"result-competence-tree": tree},
        },
        "included": included,
    }
    return _changed(document, changed)


def _changed(document: dict[str, Any], changed: dict[str, Any]) -> bytes:
    altered = copy.deepcopy(document)
    attributes = altered["data"]["attributes"]
    for name, value in changed.items():
        if name == "id":
            altered["data"]["id"] = value
        elif name == "levels":
            for part in altered["included"]:
                if part["type"] == "result-competences":
                    part["attributes"]["level"] = value.get(
                        part["attributes"]["index"], part["attributes"]["level"]
                    )
        elif value is ...:
            attributes.pop(name.replace("_", "-"), None)
        else:
            attributes[name.replace("_", "-")] = value
    return json.dumps(altered, ensure_ascii=False).encode()
