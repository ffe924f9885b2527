"""Where something came from, in words: the form, a file and its line, Pix's API, a certificate; and when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from grading.profile import Evidence
from grading.text import Bilingual, joined, moment


def source_in_words(
    source: Mapping[str, Any], evidence: Evidence, received_at: datetime, timezone: str
) -> Bilingual:
    """Say where a sending or a certification came from, and when it reached us; to student and teacher alike."""
    when = moment(received_at, timezone)
    if source.get("file"):
        parts = [_file(source), Bilingual(f"importé le {when.fr}", f"imported on {when.en}")]
    elif evidence is Evidence.DECLARED:
        return Bilingual("déclaré dans l’activité", "declared in the activity")
    elif source.get("kind") == "certificate":
        parts = [
            Bilingual(
                f"certificat vérifié auprès de Pix le {when.fr}", f"certificate checked with Pix on {when.en}"
            )
        ]
    else:
        parts = [
            Bilingual("API de Pix", "Pix’s API"),
            *_campaign(source),
            Bilingual(f"lu le {when.fr}", f"read on {when.en}"),
        ]
    return joined(parts, ", ")


def _file(source: Mapping[str, Any]) -> Bilingual:
    file, line = source["file"], source.get("line")
    parts = [Bilingual(f"fichier {file}", f"file {file}")]
    if line is not None:
        parts.append(Bilingual(f"ligne {line}", f"line {line}"))
    return joined([*parts, *_campaign(source)], ", ")


def _campaign(source: Mapping[str, Any]) -> list[Bilingual]:
    campaign = source.get("campaign")
    return [Bilingual(f"campagne {campaign}", f"campaign {campaign}")] if campaign else []
