"""French first, English for who asks: the LMS's language for a visit, else the browser's."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from babel.support import Translations
from flask import Flask, g, request
from flask_babel import Babel

from grading.text import Bilingual, out_of_twenty

LANGUAGES = ("fr", "en")
_CATALOGUES = Path(__file__).parent / "translations"


def current_language() -> str:
    """The language of this answer: fr or en."""
    chosen: str | None = getattr(g, "language", None)
    if chosen is None:
        chosen = g.language = request.accept_languages.best_match(LANGUAGES) or "fr"
    return chosen


def use_language(language: str | None) -> None:
    """Answer this request in a language, where it is one of ours."""
    if language in LANGUAGES:
        g.language = language


_SPACES = re.compile(r"(?<=«) | (?=[»:])| (?=%(?!\())|(?P<thin> )(?=[;?!])")


def typeset(french: str) -> str:
    """Keep the signs that follow a space in French on the line of what they follow; sources have ordinary spaces."""
    return _SPACES.sub(lambda found: "\u202f" if found["thin"] else "\u00a0", french)


def said(text: Bilingual) -> str:
    """A text in the language of this answer, as it is set on a page."""
    language = current_language()
    return typeset(text.fr) if language == "fr" else text.in_(language)


def add_languages(app: Flask) -> None:
    """Teach the application its two languages; sentences in the templates are French, translated to English."""
    app.config["BABEL_DEFAULT_LOCALE"] = "fr"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "web/translations"
    Babel(app, locale_selector=current_language)
    # A page of a large class asks for thousands of sentences: a catalogue is read once a process, not each time.
    catalogues = {each: Translations.load(str(_CATALOGUES), [each]) for each in LANGUAGES}
    set_once = lru_cache(maxsize=None)(typeset)

    def gettext(sentence: str) -> str:
        language = current_language()
        return set_once(sentence) if language == "fr" else str(catalogues[language].ugettext(sentence))

    def ngettext(one: str, many: str, number: int) -> str:
        language = current_language()
        found = str(catalogues[language].ungettext(one, many, number))
        return set_once(found) if language == "fr" else found

    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]

    app.add_template_filter(said)

    # A filter, since the macros that print marks are imported without the page's context.
    @app.template_filter("written")
    def _written(mark: Decimal | None) -> str:
        return "—" if mark is None else out_of_twenty(mark).in_(current_language())

    @app.context_processor
    def _language() -> dict[str, str]:
        return {"language": current_language()}
