"""The English catalogue holds every sentence of the pages, and is what was compiled."""

from __future__ import annotations

import gettext
import re
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent.parent
TRANSLATIONS = ROOT / "web" / "translations"
ENGLISH = TRANSLATIONS / "en" / "LC_MESSAGES"
HOW = (
    "mend: pybabel extract -F web/translations/babel.cfg -o messages.pot .; pybabel update --no-fuzzy-matching "
    "-i messages.pot -d web/translations; translate; pybabel compile -d web/translations"
)


def catalogue() -> Catalog:
    """The English catalogue as it stands in the repository."""
    return read_po(BytesIO((ENGLISH / "messages.po").read_bytes()), locale="en")


def sentences() -> set[str]:
    """Every sentence that the pages and the code of `web` ask for."""
    found = extract_from_dir(str(ROOT / "web"), [("**.py", "python"), ("templates/**.html", "jinja2")])
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}


def test_every_sentence_has_its_english_and_none_is_left_over() -> None:
    known = {str(message.id) for message in catalogue() if message.id}
    asked = sentences()
    assert len(asked) > 150
    assert asked - known == set(), HOW
    assert known - asked == set(), HOW


def test_nothing_is_untranslated_fuzzy_or_at_odds_with_its_placeholders() -> None:
    book = catalogue()
    for message in book:
        if message.id:
            assert message.string, message.id
            assert not message.fuzzy, message.id
            assert list(message.check(book)) == [], message.id
            assert set(re.findall(r"%\(\w+\)s", str(message.id))) == set(
                re.findall(r"%\(\w+\)s", str(message.string))
            ), message.id


def test_no_english_sentence_keeps_french_signs() -> None:
    """French quotation marks and a space before a colon or semicolon are not English."""
    for message in catalogue():
        assert not re.search(r"[«»]| [:;?!](?= |$)", str(message.string)), message.string


def test_the_compiled_catalogue_is_the_written_one() -> None:
    with (ENGLISH / "messages.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for message in catalogue():
        if message.id:
            assert compiled.gettext(str(message.id)) == message.string, HOW
