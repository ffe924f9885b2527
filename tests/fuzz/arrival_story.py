"""A story of arrivals: steps that are only data, played one after the other; what must hold is checked after each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from hypothesis import strategies as some

from storage.certificates import certificates_of
from storage.imports import find_import
from tests.fuzz.arrival_ground import Ground
from tests.fuzz.arrivals import (
    CERTIFICATES,
    CLASS,
    EXAMS,
    SENDINGS,
    SHARES,
    assessment_file,
    exams_file,
    profiles_file,
)
from tests.workflows.imports import Seen
from workflows.decide_certificate import accept_certificate, refuse_certificate, undo_decision
from workflows.give_certificate import take_back_certificate
from workflows.import_campaign import cancel, choose
from workflows.pix_page import decide, pix_page
from workflows.rate_limits import TooOften
from workflows.refusal import Refused


@dataclass(frozen=True)
class File:
    """A file that a teacher drops: the lines of one kind it has, by their place in `arrivals`."""

    profiles: tuple[int, ...] = ()
    shares: tuple[int, ...] = ()
    exams: tuple[int, ...] = ()
    unsent: bool = False
    broken: bool = False

    def lines(self) -> int:
        """How many lines of data it has."""
        return len((*self.profiles, *self.shares, *self.exams)) + self.unsent + self.broken

    def content(self, ground: Ground) -> bytes:
        world = ground.school.world
        if self.shares:
            return assessment_file(world, [SHARES[each] for each in self.shares])
        if self.exams:
            return exams_file([EXAMS[each] for each in self.exams])
        sent = [SENDINGS[each] for each in self.profiles]
        return profiles_file(world, sent, unsent=self.unsent, broken=self.broken)


@dataclass(frozen=True)
class Choice:
    """A teacher's word on one of the identities shown: a place in the class, `ignore`, or `undone`."""

    which: int
    word: int | str

    def said(self, ground: Ground) -> str | None:
        """As a form says it; None where that person has not come yet."""
        if isinstance(self.word, str):
            return self.word
        return str(ground.visits[self.word].person_id) if self.word in ground.visits else None


@dataclass(frozen=True)
class Import:
    """Files are dropped, lines decided, and the whole confirmed, or given up."""

    files: tuple[File, ...]
    choices: tuple[Choice, ...] = ()
    given_up: bool = False


@dataclass(frozen=True)
class Undo:
    """An import that stands is undone."""

    which: int


@dataclass(frozen=True)
class Api:
    """People send on Pix, and its API is read."""

    sent: tuple[int, ...]


@dataclass(frozen=True)
class Decide:
    """The teacher decides on the page of Pix's API."""

    choice: Choice


@dataclass(frozen=True)
class Launch:
    """Somebody comes into the course, or comes again."""

    who: int


@dataclass(frozen=True)
class Declare:
    """A student hands levels in for CC1."""

    who: int
    level: int


@dataclass(frozen=True)
class Give:
    """A student gives a certificate by its code."""

    who: int
    certificate: int


@dataclass(frozen=True)
class TakeBack:
    """A student takes the certificate they gave last back."""

    who: int


@dataclass(frozen=True)
class Settle:
    """The teacher accepts, refuses, or undoes the last word on one of the certificates given."""

    which: int
    word: str


Step = Import | Undo | Api | Decide | Launch | Declare | Give | TakeBack | Settle


@dataclass
class Story:
    """One telling; `done` are the imports that stand, in their order."""

    ground: Ground
    done: list[tuple[Step, int]] = field(default_factory=list)

    def play(self, steps: Sequence[Step]) -> None:
        """From the beginning."""
        self.ground.renew()
        for step in steps:
            self.tell(step)

    def tell(self, step: Step) -> None:
        """One step more; whatever it was, everything holds after it."""
        self.ground.school.later(minutes=1)
        with suppress(Refused, TooOften):  # said to whoever asked, and nothing done
            self._tell(step)
        self.ground.pix.works()
        self.ground.check()
        if isinstance(step, Api | Decide) or (isinstance(step, Import) and step.choices):
            self.ground.settled()

    def _tell(self, step: Step) -> None:
        ground = self.ground
        match step:
            case Import():
                self._imports(step)
            case Undo() if self.done:
                self.undo(self.done[step.which % len(self.done)][1])
            case Api():
                for place in step.sent:
                    self._sends(place)
                ground.pix.syncs()
            case Decide():
                self._decides(step.choice)
            case Launch():
                ground.enters(step.who, CLASS[step.who])
            case Declare() if step.who in ground.visits:
                ground.school.declares(ground.visits[step.who], *[step.level] * 3)
            case Give() if step.who in ground.visits:
                ground.desk.gives(ground.at(step.who, "catchup"), CERTIFICATES[step.certificate].code)
            case TakeBack() if step.who in ground.visits:
                visit = ground.at(step.who, "catchup")
                for each in ground.desk.kept(visit)[:1]:
                    take_back_certificate(ground.school.world, visit, each.id)
            case Settle():
                self._settles(step)

    def undo(self, import_id: int) -> None:
        """Undo one of the imports that stand."""
        self.ground.importing.undoes(import_id)
        self.done = [each for each in self.done if each[1] != import_id]

    def _sends(self, place: int) -> None:
        one, ground = SENDINGS[place], self.ground
        ground.pix.sends(
            f"{one.given} {one.family}",
            one.external_id(ground.school.world),
            16 * 8 * one.level,
            at=one.at(),
            user_id=one.account,
        )

    def _imports(self, step: Import) -> None:
        importing = self.ground.importing
        contents = [each.content(self.ground) for each in step.files]
        draft_id = importing.uploads(*contents)
        seen = importing.looks(draft_id)
        accounted(seen, step.files)
        for choice in step.choices:
            lines = [each.number for each in seen.lines if each.identity_key]
            said = choice.said(self.ground)
            if lines and said is not None:
                choose(importing.world, importing.teacher, draft_id, {lines[choice.which % len(lines)]: said})
                importing.work()
                self.ground.pix.works()
                seen = importing.looks(draft_id)
                accounted(seen, step.files)
        if step.given_up:
            assert cancel(importing.world, importing.teacher, draft_id)
            return
        import_id = importing.confirms(seen)
        assert import_id is not None
        self.done.append((step, import_id))
        with importing.world.database.read() as connection:
            kept = find_import(connection, self.ground.pix.scope, import_id)
        assert kept is not None
        counted = Counter[str]()
        for file in kept.files:
            counted.update(file.counts)
        told = {key: number for key, number in kept.counts.items() if key != "marks_changed"}
        assert counted == Counter(told)
        again = importing.sees(*contents)
        accounted(again, step.files)
        assert not [each for each in again.lines if each.outcome == "new"], (
            "imported twice, it adds something"
        )
        assert not again.effects

    def _decides(self, choice: Choice) -> None:
        world, teacher = self.ground.school.world, self.ground.teacher_at("cc1")
        shown, said = pix_page(world, teacher).identities, choice.said(self.ground)
        if shown and said is not None:
            decide(world, teacher, shown[choice.which % len(shown)].number, said)

    def _settles(self, step: Settle) -> None:
        world, teacher = self.ground.school.world, self.ground.teacher_at("catchup")
        with world.database.read() as connection:
            given = certificates_of(connection, self.ground.pix.scope)
        if not given:
            return
        one = given[step.which % len(given)]
        match step.word:
            case "accept":
                accept_certificate(world, teacher, one.id, reason="vu")
            case "refuse":
                refuse_certificate(world, teacher, one.id, reason="non")
            case _:
                undo_decision(world, teacher, one.id)


def accounted(seen: Seen, files: Sequence[File]) -> None:
    """Each line of each file is shown once, with one outcome, and the counts say the same."""
    shown = Counter(each.file for each in seen.lines)
    assert shown == Counter({number: each.lines() for number, each in enumerate(files, start=1)})
    assert len({(each.file, each.line) for each in seen.lines}) == len(seen.lines)
    assert seen.counts == Counter(each.outcome for each in seen.lines)
    assert seen.page.total == len(seen.lines)


WHO = some.integers(0, len(CLASS) - 1)
WHICH = some.integers(0, 5)
CHOICES = some.builds(Choice, WHICH, WHO | some.sampled_from(["ignore", "undone"]))


def _some_of(number: int, *, fewest: int = 1) -> some.SearchStrategy[tuple[int, ...]]:
    places = some.lists(some.integers(0, number - 1), min_size=fewest, max_size=6)
    return places.map(tuple)


PROFILES = some.builds(File, profiles=_some_of(len(SENDINGS)), unsent=some.booleans(), broken=some.booleans())
FILES = (
    PROFILES | some.builds(File, shares=_some_of(len(SHARES))) | some.builds(File, exams=_some_of(len(EXAMS)))
)
IMPORTS = some.builds(
    Import,
    some.lists(FILES, min_size=1, max_size=2).map(tuple),
    some.lists(CHOICES, max_size=2).map(tuple),
    given_up=some.sampled_from([False, False, False, True]),
)
STEPS = (
    IMPORTS
    | IMPORTS
    | some.builds(Undo, WHICH)
    | some.builds(Api, _some_of(len(SENDINGS), fewest=0))
    | some.builds(Decide, CHOICES)
    | some.builds(Launch, WHO)
    | some.builds(Declare, WHO, some.integers(1, 6))
    | some.builds(Give, WHO, some.integers(0, len(CERTIFICATES) - 1))
    | some.builds(TakeBack, WHO)
    | some.builds(Settle, WHICH, some.sampled_from(["accept", "refuse", "undo"]))
)
"""Anything that may happen."""
