"""A teacher's import as tests tell it: upload, let the worker read, look, decide, confirm, undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from storage.import_drafts import pages_of
from storage.jobs import Job, JobState
from workflows.import_campaign import choose, confirm, propose_undoing, upload
from workflows.import_jobs import import_handlers
from workflows.import_pages import EFFECTS, ShownEffect, ShownLine, shown_effect
from workflows.import_views import ImportPreview, all_lines, draft_state, preview
from workflows.job_worker import JobWorker
from workflows.jobs import JobBook
from workflows.visit import Visit
from workflows.world import World


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A whole preview, whatever the number of its pages."""

    draft_id: str
    page: ImportPreview
    lines: tuple[ShownLine, ...]
    effects: tuple[ShownEffect, ...]

    @property
    def counts(self) -> dict[str, int]:
        """The lines by outcome, those without any aside (of an undoing: what goes back)."""
        return {key: n for key, n in self.page.counts.items() if n}

    @property
    def digest(self) -> str:
        """What is confirmed."""
        return self.page.digest

    @property
    def late(self) -> list[ShownLine]:
        """The new sendings that come too late."""
        return [line for line in self.lines if line.is_late]

    @property
    def changes_something(self) -> bool:
        """Whether any sending is added or moved."""
        return any(line.outcome == "new" or line.withdraws for line in self.lines)


@dataclass(frozen=True, kw_only=True)
class Importing:
    """One teacher's imports in a world; whatever the worker has to do, it does at once."""

    world: World
    teacher: Visit

    def work(self) -> None:
        """Do every job that is due."""
        JobWorker(world=self.world, book=JobBook(handlers=import_handlers())).drain(seconds=60)

    def uploads(self, *contents: bytes, names: Sequence[str] = ()) -> str:
        """Upload files and let them be read; return the draft's id."""
        named = [*names, *(f"export{n or ''}.csv" for n in range(len(names), len(contents)))]
        draft_id = upload(self.world, self.teacher, zip(named, contents, strict=True))
        self.work()
        return draft_id

    def looks(self, draft_id: str) -> Seen:
        """The whole preview of a draft."""
        page = preview(self.world, self.teacher, draft_id)
        with self.world.database.read() as connection:
            effects = [each for kept in pages_of(connection, draft_id, EFFECTS) for each in kept]
        return Seen(
            draft_id=draft_id,
            page=page,
            lines=all_lines(self.world, self.teacher, draft_id),
            effects=tuple(map(shown_effect, effects)),
        )

    def sees(self, *contents: bytes, names: Sequence[str] = ()) -> Seen:
        """Upload, and look."""
        return self.looks(self.uploads(*contents, names=names))

    def chooses(self, draft_id: str, line: int, choice: object, *, file: int = 1) -> Seen:
        """Say whose a line is, and look again."""
        lines = all_lines(self.world, self.teacher, draft_id)
        number = next(each.number for each in lines if (each.line, each.file) == (line, file))
        choose(self.world, self.teacher, draft_id, {number: str(choice)})
        self.work()
        return self.looks(draft_id)

    def confirms(self, seen: Seen) -> int | None:
        """Confirm what was seen; return the import's id, None where things had changed and nothing was done."""
        confirm(self.world, self.teacher, seen.draft_id, seen=seen.digest)
        self.work()
        state = draft_state(self.world, self.teacher, seen.draft_id)
        assert state.job is None, _why(state.job)
        return state.import_id

    def takes(self, *contents: bytes, names: Sequence[str] = ()) -> int:
        """Upload, look and confirm; return the import's id."""
        done = self.confirms(self.sees(*contents, names=names))
        assert done is not None
        return done

    def proposes_undoing(self, import_id: int) -> Seen:
        """What undoing an import would change."""
        draft_id = propose_undoing(self.world, self.teacher, import_id)
        self.work()
        return self.looks(draft_id)

    def undoes(self, import_id: int) -> Seen:
        """Undo an import; return what was seen before."""
        seen = self.proposes_undoing(import_id)
        assert self.confirms(seen) == import_id
        return seen


def _why(job: Job | None) -> str:
    return "" if job is None or job.state is not JobState.FAILED else str(job.problem)
