"""A teacher and students in front of the running tool, from the LMS to the pages."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from demo.lms import Form, LmsBrowser, LmsState, Page
from storage.schema import campaign_import, import_draft, submission
from tests.pix.exports import sending
from tests.running_tool import RunningTool

CC1, CC2, EXAM, CATCH_UP, NOT_SET_UP = "1", "2", "3", "4", "5"
TEACHER, OTHER_TEACHER = "2", "3"
EMPTY = "7"
"""A course without any activity yet."""
LEVELS_OF_CC1 = ("level_1_3", "level_2_3", "level_3_1")


@dataclass
class Classroom:
    """The tool, its LMS, and a browser for each person who needs one."""

    tool: RunningTool
    lms: LmsState
    browsers: dict[str, LmsBrowser] = field(default_factory=dict)

    def browser(self, person_id: str = TEACHER) -> LmsBrowser:
        """Somebody's own browser."""
        if person_id not in self.browsers:
            self.browsers[person_id] = LmsBrowser(self.lms, person_id)
        return self.browsers[person_id]

    def close(self) -> None:
        """Give every connection back."""
        for browser in self.browsers.values():
            browser.close()

    def opens(self, person_id: str = TEACHER, activity: str = CC1) -> Page:
        """Somebody opens an activity from the LMS."""
        return self.browser(person_id).launch(activity)

    def declares(self, person_id: str, *levels: int) -> Page:
        """A student hands in three levels for CC1."""
        form = self.opens(person_id).form(having="form_id")
        values = dict(zip(LEVELS_OF_CC1, map(str, levels), strict=True))
        return self.browser(person_id).submit(form, values)

    def uploads(
        self, content: bytes, *, name: str = "export.csv", by: str = TEACHER, activity: str = CC1
    ) -> Page:
        """A teacher opens the import page, drops a file, and waits for its preview."""
        page = self.opens(by, activity)
        start = self.browser(by).get(address(page, "imports/"))
        sent = self.browser(by).submit(upload_form(start), files={"file": (name, content)})
        return self.waits(sent, by=by) if sent.status == 200 else sent

    def waits(self, page: Page, *, by: str = TEACHER) -> Page:
        """The worker does what is due, and the page is looked at again."""
        self.tool.run_jobs()
        return self.browser(by).get(page.url)

    def confirms(self, preview: Page, *, by: str = TEACHER) -> Page:
        """A teacher confirms what a preview shows, and waits until it is done."""
        answer = self.browser(by).submit(preview.form(having="seen"))
        return self.waits(answer, by=by) if answer.status == 200 else answer

    def chooses(self, preview: Page, values: Mapping[str, str], *, by: str = TEACHER) -> Page:
        """A teacher says whose some lines are, and waits for the preview that follows."""
        form = preview.form(having="seen")
        form.action = form.action.replace("/confirm", "/choices")
        return self.waits(self.browser(by).submit(form, values), by=by)

    def line(self, person_id: str, *, level: int = 3, hours: int = 1, **how: str | None) -> list[object]:
        """A line of an export about somebody of the course, sent some time ago."""
        person = self.lms.get_person(person_id)
        local = (datetime.now(UTC) - timedelta(hours=hours)).astimezone(ZoneInfo("Europe/Paris"))
        who: dict[str, str | None] = {
            "first": person.given,
            "last": person.family,
            "number": person.idnumber or None,
            "external_id": None,
            **how,
        }
        return sending(
            first=who["first"] or "",
            last=who["last"] or "",
            number=who["number"],
            external_id=who["external_id"],
            at=local.strftime("%d/%m/%Y %H:%M"),
            pix=level * 8,
        )

    def gradebook(self, person_id: str, activity: str = CC1) -> Decimal | None:
        """What the LMS's own gradebook shows, once everything due was sent."""
        self.tool.drain()
        return self.lms.gradebook.mark(self.lms.column_of(activity).id, person_id)

    def kept(self) -> tuple[int, int, int]:
        """How many drafts, imports and sendings are stored."""
        with self.tool.world.database.read() as connection:
            drafts, imports, sent = (
                connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in (import_draft, campaign_import, submission)
            )
        return drafts, imports, sent

    def cookies(self, url: str, *, by: str = TEACHER) -> dict[str, str]:
        """The headers with which somebody's browser would ask for an address."""
        return {"Cookie": self.browser(by).cookies.header(url, "first_party") or "", "Accept-Language": "fr"}


def address(page: Page, path: str) -> str:
    """Another page of the same visit."""
    found = re.match(r"(.*/visits/[^/]+/)", page.url)
    assert found, page.url
    return found[1] + path


def upload_form(page: Page) -> Form:
    """The form that takes a file."""
    return next(form for form in page.forms() if form.action.rstrip("/").endswith("imports"))


def said(page: Page) -> str:
    """What a page says: the text of its main part, spaces run together."""
    main = page.html.partition("<main")[2].partition("</main>")[0]
    text = re.sub(r"<(style|script).*?</\1>", " ", main, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", "<main" + text)).split())


def part(page: Page, id_: str) -> str:
    """What the element of that id, up to the end of its table, list or paragraph, says."""
    after = page.html.partition(f'id="{id_}"')[2]
    end = re.search(r"</(table|ul|p|div|section)>", after)
    assert end is not None, f"no #{id_} on {page.url}: {said(page)[:500]}"
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", "<x" + after[: end.start()])).split())


def options(page: Page) -> list[tuple[str, str]]:
    """The people a line may be given to: id and label."""
    return [
        (id_, html.unescape(label)) for id_, label in re.findall(r'<option value="(\d+)">([^<]*)<', page.html)
    ]
