"""Plays the demo's people over HTTP, as browsers do: students launch and hand in, the teacher imports exports."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from urllib.parse import urljoin

from demo.cohort import CAMPAIGNS, CC1, CC2, EXAM, Visit, cc1_export, exam_export, visits
from demo.lms import LmsBrowser, LmsState, Page
from demo.pix_export import Participation, write_export

TEACHER = "2"
PATIENCE = 60.0
"""Seconds to wait for the worker."""
AT_ONCE = 3
"""Students at a time: an ordinary computer answers them without waiting."""


class StoryBroken(Exception):
    """Somebody of the demo did not get the page they should have; the text says who, where and what came."""


def play(lms: LmsState, today: date, *, tell: Callable[[str], None], check: Callable[[], None]) -> None:
    """Let everybody do what `demo.cohort` plans for them; `tell` hears what is going on.

    `check` is asked while the worker is waited for: it raises where the worker is no more.

    Raises:
        StoryBroken: the tool answered something else than it should.
    """
    tell("the teacher gives CC2 its Pix campaign")
    give_campaign(lms, CC2)
    by_person: dict[str, list[Visit]] = {}
    for each in visits():
        by_person.setdefault(each.person.id, []).append(each)
    tell(f"{len(by_person)} students open their activities and hand in")
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        for done in [pool.submit(_play_student, lms, *each) for each in by_person.items()]:
            done.result()
    finally:
        pool.shutdown(cancel_futures=True)  # interrupted, or one failed: the others need not go on
    tell("the teacher imports two exports of Pix")
    import_export(lms, CC1, cc1_export(today), check)
    import_export(lms, EXAM, exam_export(today), check)


def give_campaign(lms: LmsState, activity: str) -> Page:
    """Give an activity its campaign through the teacher's pages; return the last page.

    Raises:
        StoryBroken: see `play`.
    """
    campaign = CAMPAIGNS[activity]
    with LmsBrowser(lms, TEACHER) as browser:
        cohort = _expected(browser.launch(activity), "the teacher opens the tool")
        page = _expected(browser.get(urljoin(cohort.url, "../campaign/")), "the teacher opens the campaign")
        given = {"campaign": campaign.code, "label": campaign.label or ""}
        return _expected(
            browser.submit(page.form(having="campaign"), given), "the teacher gives the campaign"
        )


def import_export(
    lms: LmsState, activity: str, lines: Sequence[Participation], check: Callable[[], None]
) -> Page:
    """Import a campaign's export through the teacher's pages; return the last page.

    Raises:
        StoryBroken: see `play`.
    """
    campaign = CAMPAIGNS[activity]
    with LmsBrowser(lms, TEACHER) as browser:
        cohort = _expected(browser.launch(activity), "the teacher opens the tool")
        start = _expected(browser.get(urljoin(cohort.url, "../imports/")), "the teacher opens the import")
        file = {"file": (f"Resultats-{campaign.name}-{campaign.number}.csv", write_export(campaign, lines))}
        sent = _expected(
            browser.submit(start.form(having="form_token"), files=file), "the teacher sends an export"
        )
        preview = _awaited(browser, sent, 'name="seen"', check, "the teacher waits for the preview")
        confirmed = _expected(browser.submit(preview.form(having="seen")), "the teacher confirms the import")
        return _awaited(browser, confirmed, "alert-success", check, "the teacher waits for the result")


def _awaited(browser: LmsBrowser, page: Page, sign: str, check: Callable[[], None], doing: str) -> Page:
    """Look at a page again until the worker has done what it waits for."""
    until = time.monotonic() + PATIENCE
    while sign not in page.html:
        if time.monotonic() > until:
            raise StoryBroken(f"{doing}: nothing came within {PATIENCE:.0f} seconds\n{_text(page)}")
        check()
        time.sleep(0.2)
        page = _expected(browser.get(page.url), doing)
    return page


def hand_in(browser: LmsBrowser, page: Page, levels: Mapping[str, int]) -> Page:
    """Fill in the form of a student's page and send it.

    Raises:
        StoryBroken: the page has no form, or the tool refused what was sent.
    """
    try:
        form = page.form(having="form_id")
    except LookupError as missing:
        raise StoryBroken(f"person {browser.person_id}: {missing}\n{_text(page)}") from missing
    values = {f"level_{code.replace('.', '_')}": str(level) for code, level in levels.items()}
    return _expected(browser.submit(form, values), f"person {browser.person_id} hands in")


def _play_student(lms: LmsState, person_id: str, planned: Sequence[Visit]) -> None:
    with LmsBrowser(lms, person_id) as browser:
        for visit in planned:
            page = _expected(browser.launch(visit.activity), f"{visit.person.name} opens {visit.activity}")
            for levels in visit.declared:
                page = hand_in(browser, page, levels)


def _expected(page: Page, doing: str) -> Page:
    if page.status != 200:
        raise StoryBroken(f"{doing}: answered {page.status}\n{_text(page)}")
    return page


def _text(page: Page) -> str:
    """The words of a page, for a person who has to find out what went wrong."""
    main = re.search(r"<main.*?</main>", page.html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", main[0] if main else page.html).split())[:600]
