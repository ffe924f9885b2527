"""Students and teachers of the demo course in front of the running tool, and what can be read off a page."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count

import requests
from sqlalchemy import func, select

from demo.lms import LmsBrowser, LmsState, Page, Person, Site, demo_site
from storage.schema import person as person_table
from storage.schema import submission
from tests.pix.exports import export, sending
from tests.running_tool import PARIS, RunningTool

CC1, CC2, EXAM, CATCH_UP, NOT_SET_UP = "1", "2", "3", "4", "5"
TEACHER = "2"


@dataclass
class Student:
    """Somebody with a browser; `number` is the student number the LMS knows."""

    id: str
    number: str
    family: str
    given: str
    browser: LmsBrowser
    page: Page | None = None

    def opens(self, activity: str = CC1) -> Page:
        """Open an activity from the LMS."""
        self.page = self.browser.launch(activity)
        return self.page

    def sends(self, *values: object, activity: str = CC1, **changed: str) -> Page:
        """Fill the form of an activity in, in the page's order, and send it."""
        return self.sends_from(self.opens(activity), *values, **changed)

    def sends_from(self, page: Page, *values: object, **changed: str) -> Page:
        """Fill in and send the form of a page that is open."""
        form = page.form(having="form_id")
        names = [name for name in form.fields if re.match("level|pix|total", name)]
        filled = dict(zip(names, map(str, values), strict=False))
        self.page = self.browser.submit(form, {**filled, **changed})
        return self.page


@dataclass
class Campus:
    """A running tool and its LMS."""

    tool: RunningTool
    lms: LmsState
    browsers: list[LmsBrowser] = field(default_factory=list)
    _ranks: count[int] = field(default_factory=lambda: count(1))

    def student(self) -> Student:
        """The next student of the course."""
        id_ = str(100 + next(self._ranks))
        person = next(each for each in self.lms.site.courses[0].people if each.id == id_)
        return Student(
            id=id_,
            number=person.idnumber,
            family=person.family,
            given=person.given,
            browser=self.browser(id_),
        )

    def browser(self, person_id: str) -> LmsBrowser:
        """A browser of its own for somebody."""
        made = LmsBrowser(self.lms, person_id)
        self.browsers.append(made)
        return made

    def close_browsers(self) -> None:
        """Give every connection back."""
        while self.browsers:
            self.browsers.pop().close()

    def sent_by(self, student: Student) -> list[float]:
        """The mean level of everything kept of a student, oldest first: what was stored, and how often."""
        with self.tool.world.database.read() as connection:
            rows = connection.execute(
                select(submission.c.levels, submission.c.pix, submission.c.total)
                .where(submission.c.person_id == self.person_id(student))
                .order_by(submission.c.sent_at, submission.c.id)
            ).all()
        means = []
        for levels, pix, total in rows:
            values = list((levels or pix or {"total": total}).values())
            means.append(sum(values) / len(values))
        return means

    def kept(self) -> int:
        """How many sendings are stored in all."""
        with self.tool.world.database.read() as connection:
            return connection.scalar(select(func.count()).select_from(submission)) or 0

    def person_id(self, student: Student) -> int:
        """How the tool's own table knows a student."""
        with self.tool.world.database.read() as connection:
            found = connection.scalar(
                select(person_table.c.id).where(person_table.c.student_number == student.number)
            )
        return int(found or 0)

    def raw_post(self, student: Student, url: str, body: str) -> requests.Response:
        """Post a body as it stands, with the cookies of a student's browser; redirects are not followed."""
        headers = {
            "Cookie": student.browser.cookies.header(url, "first_party") or "",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return requests.post(url, data=body.encode(), headers=headers, allow_redirects=False, timeout=20)

    def imports(self, student: Student, pix: list[int], at: datetime, activity: str = CC1) -> Page:
        """Let the teacher import what a student sent on Pix at that instant (`pix` of the 16 competences)."""
        teacher = self.browser(TEACHER)
        home = teacher.launch(activity)
        start = teacher.get(re.sub(r"/teacher/.*", "/imports/", home.url))
        line = sending(
            last=student.family,
            first=student.given,
            number=student.number,
            external_id=student.number,
            at=at.astimezone(PARIS).strftime("%d/%m/%Y %H:%M"),
            pix=pix,
        )
        upload = start.form(having="form_token")
        sent = teacher.submit(upload, files={"file": ("export.csv", export(line))})
        self.tool.run_jobs()
        confirmed = teacher.submit(teacher.get(sent.url).form(having="seen"))
        self.tool.run_jobs()
        return teacher.get(confirmed.url)

    def closes(self, component: str, what: str = "close") -> Page:
        """Let the teacher close (or `open`) a component."""
        teacher = self.browser(TEACHER)
        home = teacher.launch(CC1)
        preview = teacher.get(re.sub(r"/teacher/.*", f"/teacher/components/{component}/{what}", home.url))
        return teacher.submit(preview.form(having="form_token"))


def crowded_site() -> Site:
    """The demo course with a hundred students more: enough for every test of a file to have its own."""
    site = demo_site()
    course = site.courses[0]
    more = tuple(
        Person(
            id=str(100 + rank),
            given=f"Prénom{rank}",
            family=f"Nom{rank}",
            username=f"etu{rank}",
            email=f"etu{rank}@valbrume.example",
            idnumber=f"9940{rank:04}",
        )
        for rank in range(31, 131)
    )
    return replace(site, courses=(replace(course, people=course.people + more),))


def text_of(page: Page, id_: str | None = None) -> str:
    """The words of a page (or of its element with this id), as a reader sees them: one space between each."""
    source = page.html
    if id_ is not None:
        found = re.search(rf'<(\w+)[^>]*\bid="{re.escape(id_)}"[^>]*>(.*?)</\1>', source, flags=re.DOTALL)
        if found is None:
            raise LookupError(f"no #{id_} on {page.url} ({page.status}): {text_of(page)[:2000]}")
        source = found[2]
    source = re.sub(r"<(script|style|head)\b.*?</\1>", " ", source, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", source)).split())
