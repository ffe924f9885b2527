"""A story of arrivals: steps that are only data, played one after the other; what must hold is checked after each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from hypothesis import strategies as some

from storage.certificates import certificates_of
from storage.imports import find_import
from tests.fuzz.arrival_ground import Ground, History
from tests.fuzz.arrivals import (
    CERTIFICATES,
    CLASS,
    EXAMS,
    HONEST_EXAMS,
    SENDINGS,
    SHARES,
    SURE,
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
class Nothing:
    """A moment in which something else happens in another telling."""


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
    """Somebody comes into the course, or comes again; `bare`: the LMS gives no student number this time."""

    who: int
    bare: bool = False


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


Step = Nothing | Import | Undo | Api | Decide | Launch | Declare | Give | TakeBack | Settle


@dataclass
class Story:
    """One telling; `done` are the imports that stand: the place of the step, and the number; `undone` are places.

    `chosen`: of which identity a choice was made, and what was said.
    """

    ground: Ground
    done: list[tuple[int, int]] = field(default_factory=list)
    undone: set[int] = field(default_factory=set)
    chosen: dict[tuple[int, Choice], tuple[str, str]] = field(default_factory=dict)

    def play(self, steps: Sequence[Step]) -> History:
        """From the beginning; how everybody stands at the end, when Pix's API has been read."""
        self.ground.renew()
        for place, step in enumerate(steps):
            self.tell(step, place)
        self.tell(Api(()))
        return self.ground.history()

    def tell(self, step: Step, place: int = 0) -> None:
        """One step more; whatever it was, everything holds after it."""
        self.ground.school.later(minutes=1)
        with suppress(Refused, TooOften):  # said to whoever asked, and nothing done
            self._tell(step, place)
        self.ground.pix.works()
        self.ground.check()
        if isinstance(step, Api | Decide) or (
            isinstance(step, Import) and step.choices and not step.given_up
        ):
            self.ground.settled()

    def _tell(self, step: Step, place: int) -> None:
        ground = self.ground
        match step:
            case Import():
                self._imports(step, place)
            case Undo() if self.done:
                self.undo(self.done[step.which % len(self.done)][1])
            case Api():
                for each in step.sent:
                    self._sends(each)
                ground.will_read_everything()
                ground.pix.syncs()
            case Decide():
                self._decides(step.choice)
            case Launch():
                ground.enters(step.who, CLASS[step.who], bare=step.bare)
            case Declare() if step.who in ground.visits:
                ground.school.declares(ground.visits[step.who], *[step.level] * 3)
            case Give() if step.who in ground.visits:
                ground.desk.gives(ground.at(step.who, "catchup"), CERTIFICATES[step.certificate].code)
            case TakeBack() if step.who in ground.visits:
                visit = ground.at(step.who, "catchup")
                for kept in ground.desk.kept(visit)[:1]:
                    take_back_certificate(ground.school.world, visit, kept.id)
            case Settle():
                self._settles(step)

    def without_what_was_undone(self, steps: Sequence[Step], told: History) -> list[Step]:
        """The same story in which the imports undone never were; of their choices only those that still hold.

        These are what another import rests on by now.
        """
        left: list[Step] = []
        for place, step in enumerate(steps):
            if isinstance(step, Import) and place in self.undone:
                held = tuple(each for each in step.choices if self._holds(place, each, told))
                left.append(replace(step, choices=held, given_up=True) if held else Nothing())
            else:
                left.append(Nothing() if isinstance(step, Undo) else step)
        return left

    def _holds(self, place: int, choice: Choice, told: History) -> bool:
        key, said = self.chosen.get((place, choice), ("", ""))
        held = told["decided"].get(key)
        return held is not None and said == (held[0] if held[1] is None else str(held[1]))

    def undo(self, import_id: int) -> None:
        """Undo one of the imports that stand."""
        self.ground.importing.undoes(import_id)
        self.undone |= {place for place, number in self.done if number == import_id}
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

    def _imports(self, step: Import, place: int) -> None:
        importing = self.ground.importing
        contents = [each.content(self.ground) for each in step.files]
        draft_id = importing.uploads(*contents)
        seen = importing.looks(draft_id)
        accounted(seen, step.files)
        for choice in step.choices:
            lines = [each for each in seen.lines if each.identity_key]
            said = choice.said(self.ground)
            if lines and said is not None:
                line = lines[choice.which % len(lines)]
                self.chosen[place, choice] = line.identity_key, said
                choose(importing.world, importing.teacher, draft_id, {line.number: said})
                importing.work()
                seen = importing.looks(draft_id)
                accounted(seen, step.files)
        if step.given_up:
            assert cancel(importing.world, importing.teacher, draft_id)
            return
        import_id = importing.confirms(seen)
        assert import_id is not None
        self.done.append((place, import_id))
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
            one = shown[choice.which % len(shown)]
            decide(world, teacher, one.number, said)
            if said != "undone":
                self.ground.lines_follow(one.key, None if said == "ignore" else int(said))

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
NAMESAKE = 5
WHICH = some.integers(0, 5)
CHOICES = some.builds(Choice, WHICH, WHO | some.sampled_from(["ignore", "undone"]))


def _some_of(places: Sequence[int], *, fewest: int = 1) -> some.SearchStrategy[tuple[int, ...]]:
    return some.lists(some.sampled_from(places), min_size=fewest, max_size=6).map(tuple)


def imports_of(
    profiles: Sequence[int], shares: Sequence[int], exams: Sequence[int]
) -> some.SearchStrategy[Import]:
    """Imports of one or two files with some of these lines, and of the teacher's choices for them."""
    files = (
        some.builds(File, _some_of(profiles), unsent=some.booleans(), broken=some.booleans())
        | some.builds(File, shares=_some_of(shares))
        | some.builds(File, exams=_some_of(exams))
    )
    return some.builds(
        Import,
        some.lists(files, min_size=1, max_size=2).map(tuple),
        some.lists(CHOICES, max_size=2).map(tuple),
        given_up=some.sampled_from([False, False, False, True]),
    )


EVERY_SENDING = range(len(SENDINGS))
IMPORTS = imports_of(EVERY_SENDING, range(len(SHARES)), range(len(EXAMS)))
DISPUTED = imports_of((4, 7, 8, 9), (2,), (0,))
"""Imports of lines that are moved about: one has what another has, and says that they are somebody else's."""
UNDOINGS = some.builds(Undo, WHICH)
OTHERS = (
    some.builds(Api, _some_of(EVERY_SENDING, fewest=0))
    | some.builds(Decide, CHOICES)
    | some.builds(Launch, WHO, some.booleans())
    | some.builds(Declare, WHO, some.integers(1, 6))
)
CERTIFIED = (
    some.builds(Give, WHO, some.integers(0, len(CERTIFICATES) - 1))
    | some.builds(TakeBack, WHO)
    | some.builds(Settle, WHICH, some.sampled_from(["accept", "refuse", "undo"]))
)
STEPS = IMPORTS | IMPORTS | UNDOINGS | OTHERS | CERTIFIED
"""Anything that may happen."""
UNDONE_WITHOUT_TRACE = (
    DISPUTED
    | DISPUTED
    | imports_of(
        EVERY_SENDING, range(len(SHARES)), [each for each in range(len(EXAMS)) if each not in (5, 6)]
    )
    | UNDOINGS
    | OTHERS.filter(lambda step: not isinstance(step, Launch) or step.who != NAMESAKE)
)
"""What is as if it had never been, once undone.

Not what was left for somebody to decide because of it: a certificate whose exam a file gave to somebody else, a line
that named a second person for an exam; these wait, and go on waiting. Nor what a name alone would have given to who was
alone in bearing it, before a namesake came. Nor which of two results of one exam counts: the last that was new, so that
a file imported once more by mistake takes nothing back.
"""

SETTLED_BY_THEMSELVES = (
    imports_of(range(len(SURE)), (0, 1), HONEST_EXAMS).map(
        lambda each: replace(each, choices=(), given_up=False)
    )
    | some.builds(Api, _some_of(range(len(SURE))))
    | some.builds(Launch, WHO)
    | some.builds(Declare, some.sampled_from((0, 1, 2, 4)), some.integers(1, 6))
    | some.sampled_from([Give(0, 0), Give(1, 1), Give(2, 2)])
)
"""What arrives of itself and needs nobody's word: its order is to change nothing."""
