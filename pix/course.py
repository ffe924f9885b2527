"""The people of a course, indexed by number and by name, and the verdict on one identity taken alone."""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from difflib import SequenceMatcher

from pix.identity import Candidate, Claim, is_another_number, share_a_word
from pix.verdict import MatchReason, Verdict, conflict, several

_SUGGESTIONS = 5
_NEIGHBOURS = 40  # words of the course looked at on either side, in the order of a dictionary
_NEAR = 0.72
_COMPARED = 8  # whole names compared for one line, the likeliest by their words


class Course:
    """The people of a course, indexed by number and by name."""

    def __init__(self, people: Sequence[Candidate]) -> None:
        """Index the people once; a person given twice counts once."""
        self.by_id = {person.person_id: person for person in people}
        self.by_number: dict[str, list[Candidate]] = defaultdict(list)
        self.by_bare_number: dict[str, list[Candidate]] = defaultdict(list)
        self.by_name: dict[tuple[str, ...], list[Candidate]] = defaultdict(list)
        self.by_word: dict[str, list[Candidate]] = defaultdict(list)
        self.near_words: dict[str, list[tuple[str, float]]] = {}
        for person in self.by_id.values():
            if person.number:
                self.by_number[person.number].append(person)
                if person.number.isdigit() and person.number.startswith("0"):
                    self.by_bare_number[person.number.lstrip("0")].append(person)
            for spelling in person.spellings:
                self.by_name[spelling].append(person)
            for word in person.words:
                self.by_word[word].append(person)
        self.vocabulary = sorted(self.by_word)

    def recall(self, person_id: int | None) -> Verdict:
        """Return the verdict of a remembered choice."""
        if person_id is None:
            return Verdict(reason=MatchReason.IGNORED)
        if person_id not in self.by_id:
            return Verdict(reason=MatchReason.REMEMBERED_GONE)
        return Verdict(reason=MatchReason.REMEMBERED, person_id=person_id)

    def decide(self, claim: Claim) -> Verdict:
        """Return the verdict on an identity, from the surest ground to the weakest."""
        by_number = self._numbered(claim.number)
        by_external_id = self._numbered(claim.external_id)
        if len(by_number) > 1 or len(by_external_id) > 1:
            return several(
                [*by_number, *by_external_id],
                "Plusieurs personnes du cours ont ce numéro étudiant : choisissez la bonne.",
                "Several people of the course have this student number: choose the right one.",
            )
        if by_number or by_external_id:
            return self._decide_by_number(claim, by_number, by_external_id)
        return self._decide_by_name(claim)

    def _numbered(self, number: str | None) -> Sequence[Candidate]:
        """Return who has this number, else who would have it without the leading zeros that a spreadsheet takes away.

        The name has to agree in any case: a number that is somebody else's by chance goes to the teacher.
        """
        if not number:
            return ()
        return self.by_number.get(number) or self.by_bare_number.get(number) or ()

    def _decide_by_number(
        self, claim: Claim, by_number: Sequence[Candidate], by_external_id: Sequence[Candidate]
    ) -> Verdict:
        person = (by_number or by_external_id)[0]
        namesakes = self.by_name.get(claim.name, [])
        others = [other for other in (*by_external_id, *namesakes) if other is not person]
        if is_another_number(claim.number, person.number):
            return conflict(
                [person, *others],
                "Le numéro étudiant n’est celui de personne ici, mais l’identifiant externe est celui "
                "de quelqu’un d’autre : choisissez.",
                "The student number is nobody's here, but the external id is somebody else's: choose.",
            )
        if by_external_id and by_external_id[0] is not person:
            return conflict(
                [person, *others],
                "Le numéro étudiant et l’identifiant externe désignent deux personnes différentes : choisissez.",
                "The student number and the external id point to two different people: choose.",
            )
        if not _agrees(claim, person, namesakes, typed=not by_number):
            return conflict(
                [person, *others],
                "Le numéro est celui d’une personne dont le nom est autre : choisissez.",
                "The number is that of a person whose name is another: choose.",
            )
        reason = MatchReason.STUDENT_NUMBER if by_number else MatchReason.EXTERNAL_ID
        return Verdict(reason=reason, person_id=person.person_id)

    def _decide_by_name(self, claim: Claim) -> Verdict:
        namesakes = self.by_name.get(claim.name, []) if claim.name else []
        if len(namesakes) > 1:
            return several(
                namesakes,
                "Plusieurs personnes du cours portent ce nom : choisissez la bonne.",
                "Several people of the course have this name: choose the right one.",
            )
        if not namesakes:
            near = self._near(claim)
            return Verdict(reason=MatchReason.NEAR_NAME if near else MatchReason.NOBODY, candidates=near)
        person = namesakes[0]
        another = is_another_number(claim.number, person.number) or is_another_number(
            claim.external_id, person.number
        )
        if another:
            return conflict(
                namesakes,
                "Le nom est celui de cette personne, mais le numéro n’est pas le sien (homonyme ?) : choisissez.",
                "The name is this person's, but the number is not theirs (a namesake?): choose.",
            )
        return Verdict(reason=MatchReason.EXACT_NAME, person_id=person.person_id)

    def _near(self, claim: Claim) -> tuple[int, ...]:
        """Return the people whose name is near, best first: a slip of typing, or words left out or added.

        Whole names are compared last and few at a time: it is slow, and a class of unknown names would have to wait.
        """
        pool: dict[int, float] = defaultdict(float)
        for word in claim.name:
            best: dict[int, float] = {}
            for other, alike in self._near_words(word):
                for person in self.by_word[other]:
                    best[person.person_id] = max(alike, best.get(person.person_id, 0.0))
            for person_id, alike in best.items():
                pool[person_id] += alike
        likely = heapq.nlargest(_COMPARED, pool, key=lambda person_id: (pool[person_id], -person_id))
        scored = [(_nearness(claim.name, self.by_id[person_id]), -person_id) for person_id in likely]
        found = sorted((score for score in scored if score[0] >= _NEAR), reverse=True)
        return tuple(-minus_id for _, minus_id in found[:_SUGGESTIONS])

    def _near_words(self, word: str) -> list[tuple[str, float]]:
        """Return the course's words that begin as this one and are alike; found once for each word of a file."""
        if word not in self.near_words:
            place = bisect_left(self.vocabulary, word)
            around = self.vocabulary[max(0, place - _NEIGHBOURS) : place + _NEIGHBOURS]
            compared = ((other, _alike(word, other)) for other in around if other[:3] == word[:3])
            self.near_words[word] = [(other, alike) for other, alike in compared if alike >= _NEAR]
        return self.near_words[word]


def _nearness(words: tuple[str, ...], person: Candidate) -> float:
    spellings = person.spellings or {tuple(sorted(person.words))}
    return max(_likeness(words, spelling) for spelling in spellings)


def _likeness(words: tuple[str, ...], spelling: tuple[str, ...]) -> float:
    """Measure from 0 to 1 how near two names are: as wholes, or word by word where some are left out."""
    short, long = sorted((words, spelling), key=len)
    each = [max(_alike(word, other) for other in long) for word in short]
    whole = SequenceMatcher(None, " ".join(words), " ".join(spelling)).ratio()
    by_word = sum(each) / len(each) if len(each) >= 2 and min(each) >= _NEAR else 0.0
    return max(whole, by_word)


def _alike(word: str, other: str) -> float:
    """Measure from 0 to 1 how much of two words is one beginning and one end: a slip of typing leaves most of them."""
    shorter = min(len(word), len(other))
    start = next((place for place in range(shorter) if word[place] != other[place]), shorter)
    rest = shorter - start
    end = next((place for place in range(rest) if word[-1 - place] != other[-1 - place]), rest)
    return 2 * (start + end) / (len(word) + len(other))


def _agrees(claim: Claim, person: Candidate, namesakes: Sequence[Candidate], *, typed: bool) -> bool:
    """Tell whether a name contradicts a number: nothing to compare, or the same name, never does.

    The roster's number is believed where the names share a word (a married name). One that the learner typed needs
    both names: siblings share the family name, and a class has several Léas. The exact name of another always
    contradicts.
    """
    if not claim.name or not person.words or person in namesakes:
        return True
    if namesakes:
        return False
    parts = [part for part in (claim.given, claim.family) if part] if typed else [claim.name]
    return all(share_a_word(part, person.words) for part in parts)
