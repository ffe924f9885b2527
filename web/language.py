"""French first, English for who asks: the LMS's language for a visit, else the browser's."""

from __future__ import annotations

from decimal import Decimal
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


def add_languages(app: Flask) -> None:
    """Teach the application its two languages; sentences in the templates are French, translated to English."""
    app.config["BABEL_DEFAULT_LOCALE"] = "fr"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "web/translations"
    Babel(app, locale_selector=current_language)
    # A page of a large class asks for thousands of sentences: a catalogue is read once a process, not each time.
    catalogues = {each: Translations.load(str(_CATALOGUES), [each]) for each in LANGUAGES}

    def gettext(sentence: str) -> str:
        return str(catalogues[current_language()].ugettext(sentence))

    def ngettext(one: str, many: str, number: int) -> str:
        return str(catalogues[current_language()].ungettext(one, many, number))

    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]

    @app.template_filter("said")
    def _said(text: Bilingual) -> str:
        return text.in_(current_language())

    # A filter, since the macros that print marks are imported without the page's context.
    @app.template_filter("written")
    def _written(mark: Decimal | None) -> str:
        return "—" if mark is None else out_of_twenty(mark).in_(current_language())

    @app.context_processor
    def _language() -> dict[str, str]:
        return {"language": current_language()}
