"""Desired scores against a model: anything may happen in any order; what must stay true is checked after each step.

Not played: an answer that comes back after its lease was lost into a cell whose time the LMS has forgotten (a
withdrawn one) or keeps by its own clock (Moodle 4.5). There an LMS takes an older score over a newer one, and no tool
can see it; the leases, renewed every three seconds, are what makes it improbable.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from demo.lms import Fault
from demo.lms.faults import Answer, Endpoint
from demo.lms.gradebook import ClockMode
from storage.desired_scores import ScoreRow, ScoreState, desire
from storage.platform_holds import hold_platform
from storage.schema import desired_score
from storage.score_claims import LEASE, Claim, claim_due, renew
from tests.fuzz.score_ground import LINKS, PEOPLE, Cell, Ground
from workflows.lms_state import lms_state
from workflows.scores import push_now, refused_states, resend_in_course

CELLS = some.tuples(some.sampled_from(LINKS), some.sampled_from(PEOPLE))
SETTLED = {*refused_states(), ScoreState.TYPED_BY_HAND}
SCORES: tuple[tuple[Answer, bool], ...] = (
    ("none", False),
    ("none", False),
    ("none", False),
    ("created_201", True),
    ("reset", True),
    ("500", True),
    ("500", False),
    ("503", False),
    ("html_200", False),
    ("reset", False),
    ("429", False),
    ("400", False),
    ("list_200", False),
    ("401", False),
    ("403", False),
    ("404", False),
    ("409", False),
)
"""How the LMS answers a score, and whether it has taken it all the same: the table of answers."""
BESIDE: tuple[tuple[Endpoint, Answer], ...] = (
    ("token", "500"),
    ("token", "404"),
    ("token", "html_200"),
    ("token", "429"),
    ("results", "500"),
    ("results", "403"),
    ("results", "html_200"),
    ("line_items", "500"),
    ("line_items", "403"),
    ("line_items", "400"),
    ("line_items", "429"),
)
"""What may fail beside the score itself."""


def a_mark_of(who: str, rank: int) -> Decimal:
    """A mark that nobody else may have: the remainder by three tells whose it is."""
    return Decimal(3 * rank + PEOPLE.index(who))


class ScoreMachine(RuleBasedStateMachine):
    """The rules are what may happen; the model is what was last desired of each cell."""

    ground: ClassVar[Ground]

    def __init__(self) -> None:
        super().__init__()
        self.desired: dict[Cell, Decimal | None] = {}
        self.on_their_way: list[Claim] = []
        self.last_timestamp: dict[Cell, int] = {}

    @initialize(clock_mode=some.sampled_from(["5.1", "4.5"]))
    def begin(self, clock_mode: ClockMode) -> None:
        self.ground.begin(clock_mode)

    # What we do

    @rule(cell=CELLS, rank=some.integers(0, 5))
    def desire_a_mark(self, cell: Cell, rank: int) -> None:
        self._desire(cell, a_mark_of(cell[1], rank))

    @rule(cell=CELLS)
    def withdraw(self, cell: Cell) -> None:
        self._desire(cell, None)

    @rule(limit=some.integers(1, 4))
    def claim(self, limit: int) -> None:
        ground = self.ground
        with ground.world.database.write() as connection:
            claims = claim_due(connection, ground.platform_id, limit, ground.world.now())
        for each in claims:
            cell = self._cell(each)
            assert each.timestamp > self.last_timestamp.get(cell, 0), "a timestamp did not rise"
            self.last_timestamp[cell] = each.timestamp
        self.on_their_way += claims

    @precondition(lambda self: self.on_their_way)
    @rule(
        which=some.integers(0, 20),
        answer=some.sampled_from(SCORES),
        times=some.integers(1, 2),
        beside=some.none() | some.sampled_from(BESIDE),
        new_worker=some.booleans(),
    )
    def push(
        self,
        which: int,
        answer: tuple[Answer, bool],
        times: int,
        beside: tuple[Endpoint, Answer] | None,
        new_worker: bool,
    ) -> None:
        claim = self.on_their_way.pop(which % len(self.on_their_way))
        if self._lms_would_forget(claim):
            return
        faults = self.ground.lms.faults
        faults.add(Fault(answer=answer[0], taken=answer[1], times=times, retry_after=90))
        if beside is not None:
            faults.add(Fault(endpoint=beside[0], answer=beside[1], times=times, retry_after=90))
        if new_worker:
            self.ground.forget_tokens()
        self.ground.pusher.push(claim)
        faults.clear()

    @rule()
    def the_worker_gives_a_sign_of_life(self) -> None:
        with self.ground.world.database.write() as connection:
            renew(connection, self.on_their_way, self.ground.world.now())

    @rule()
    def the_worker_dies(self) -> None:
        self.on_their_way.clear()

    @rule(cell=CELLS, everybody=some.booleans())
    def the_teacher_sends_again(self, cell: Cell, everybody: bool) -> None:
        chosen = None if everybody else [self.ground.people[cell[1]]]
        resend_in_course(self.ground.world, self.ground.teacher_visit(), person_ids=chosen)

    @rule(refused_too=some.booleans())
    def the_operator_pushes(self, refused_too: bool) -> None:
        push_now(self.ground.world, again=refused_states() if refused_too else ())

    @rule(seconds=some.integers(1, 4000), alarm=some.booleans())
    def the_platform_is_held(self, seconds: int, alarm: bool) -> None:
        world = self.ground.world
        with world.database.write() as connection:
            until = world.now() + timedelta(seconds=seconds)
            hold_platform(
                connection,
                self.ground.platform_id,
                until=until,
                reason="token_refused",
                now=world.now(),
                alarm=alarm,
            )

    # What happens to us

    @rule(seconds=some.sampled_from([1, 5, int(LEASE.total_seconds()) + 1, 60, 400, 5000]))
    def time_passes(self, seconds: int) -> None:
        self.ground.clocks.true += timedelta(seconds=seconds)

    @rule()
    def two_quiet_days_pass(self) -> None:
        self.ground.clocks.skew = timedelta()
        self.ground.clocks.true += timedelta(days=2)  # beyond every pause that a wrong clock wrote down
        self.on_their_way.clear()
        self._drain()

    @rule(seconds=some.sampled_from([-90_000, -3600, -15, -1, 1, 15, 3600, 90_000]))
    def our_clock_steps(self, seconds: int) -> None:
        self.ground.clocks.skew += timedelta(seconds=seconds)

    @rule()
    def our_clock_is_set_right(self) -> None:
        self.ground.clocks.skew = timedelta()

    @rule(cell=CELLS, half=some.integers(0, 18))
    def a_grade_is_typed(self, cell: Cell, half: int) -> None:
        column = self.ground.column(cell[0])
        if column is not None:
            value = Decimal(half) + Decimal("0.5")
            self.ground.lms.gradebook.type_by_hand(column.id, cell[1], value, now=self.ground.clocks.lms())

    @rule(cell=CELLS, locked=some.booleans())
    def a_grade_is_locked(self, cell: Cell, locked: bool) -> None:
        column = self.ground.column(cell[0])
        if column is not None:
            self.ground.lms.gradebook.lock_grade(column.id, cell[1], locked=locked)

    @rule(link=some.sampled_from(LINKS), again=some.booleans())
    def a_column_is_deleted(self, link: str, again: bool) -> None:
        column = self.ground.column(link)
        if column is not None:
            self.ground.lms.gradebook.delete_column(column.id)
        if again:
            self._make_column(link)

    @rule(cell=CELLS)
    def somebody_launches(self, cell: Cell) -> None:
        self.ground.launch(cell[1], cell[0])

    # What must be true at any time

    @invariant()
    def every_row_tells_the_truth(self) -> None:
        for cell, row in self.ground.rows().items():
            assert row.mark == self.desired[cell]
            assert row.acknowledged_version <= row.version
            if row.state is ScoreState.IN_STEP:
                assert row.acknowledged_version == row.version
                assert row.acknowledged_mark == row.mark
            if row.state in SETTLED:
                assert row.problem
                told = lms_state(row, "Europe/Paris")
                assert told.can_resend
                assert "motif inconnu" not in told.text.fr

    @invariant()
    def nobody_has_the_mark_of_another(self) -> None:
        for link in LINKS:
            for column in self.ground.lms.gradebook.columns(link_id=link):
                for who, grade in self.ground.lms.gradebook.grades(column.id).items():
                    assert grade.raw is None or grade.raw % 3 == PEOPLE.index(who)

    @invariant()
    def what_is_in_step_is_there(self) -> None:
        self._check_cells(self.ground.rows())

    # In the end

    def teardown(self) -> None:
        ground = self.ground
        self._unlock()
        self.two_quiet_days_pass()
        rows = ground.rows()
        assert {row.state for row in rows.values()} <= {ScoreState.IN_STEP, *SETTLED}
        self._check_cells(rows)
        self._mend()
        self._drain()
        for cell, row in ground.rows().items():
            assert row.state is ScoreState.IN_STEP, (cell, row)
            column = ground.column(cell[0])
            assert column is not None
            assert ground.held(column, cell[1]) == self.desired[cell], (cell, row)
        assert not list(ground.lms.violations)

    def _mend(self) -> None:
        """What a teacher does who finds marks refused, columns gone and grades typed by hand."""
        for link in LINKS:
            if self.ground.column(link) is None:
                self._make_column(link)
            self.ground.launch(PEOPLE[0], link)
        self._unlock()
        typed = [
            self.ground.people[who] for (_, who), row in self.ground.rows().items() if row.state in SETTLED
        ]
        if typed:
            resend_in_course(self.ground.world, self.ground.teacher_visit(), person_ids=typed)

    def _drain(self) -> None:
        """Send until nothing waits, but what the gradebook itself has locked."""
        for _ in range(40):
            self.claim(limit=20)
            while self.on_their_way:
                self.ground.pusher.push(self.on_their_way.pop())
            if self._nothing_waits():
                return
            self.ground.clocks.true += timedelta(seconds=400)
        raise AssertionError(f"still waiting: {self.ground.rows()}")

    def _nothing_waits(self) -> bool:
        return all(
            row.state is not ScoreState.WAITING or self._is_locked(cell)
            for cell, row in self.ground.rows().items()
        )

    def _is_locked(self, cell: Cell) -> bool:
        column = self.ground.column(cell[0])
        return column is not None and self.ground.lms.gradebook.grade(column.id, cell[1]).locked

    def _check_cells(self, rows: dict[Cell, ScoreRow]) -> None:
        columns = {link: self.ground.known_column(link) for link in LINKS}
        for cell, row in rows.items():
            column = columns[cell[0]]
            if row.state is ScoreState.IN_STEP and column is not None:
                held = self.ground.held(column, cell[1])
                assert held == row.mark, f"{cell}: in step, yet {held} is not {row.mark}"

    def _desire(self, cell: Cell, mark: Decimal | None) -> None:
        ground, (link, who) = self.ground, cell
        with ground.world.database.write() as connection:
            desire(
                connection,
                activity_id=ground.activities[link],
                person_id=ground.people[who],
                platform_id=ground.platform_id,
                mark=mark,
                comment=None if mark is None else f"essai de {who}",
                now=ground.world.now(),
            )
        if cell in self.desired or mark is not None:
            self.desired[cell] = mark

    def _lms_would_forget(self, claim: Claim) -> bool:
        """Whether the claim's lease is lost, and the LMS could not tell that what it brings is old."""
        query = desired_score.select().where(desired_score.c.lease_token == claim.token)
        with self.ground.world.database.read() as connection:
            if connection.execute(query).first() is not None:
                return False
        link, who = self._cell(claim)
        gradebook = self.ground.lms.gradebook
        known = self.ground.known_column(link)
        return (
            gradebook.clock_mode == "4.5" or known is None or gradebook.grade(known.id, who).stored_at is None
        )

    def _cell(self, claim: Claim) -> Cell:
        return claim.resource_link_id, claim.sub

    def _make_column(self, link: str) -> None:
        self.ground.lms.gradebook.add_column(
            course_id="2", label="CC", maximum=Decimal(20), link_id=link, coupled=True
        )

    def _unlock(self) -> None:
        for link in LINKS:
            column = self.ground.column(link)
            if column is None:
                continue
            for who in PEOPLE:
                self.ground.lms.gradebook.lock_grade(column.id, who, locked=False)
