"""The names of a course's people: who is called so, nearly so, or so near that one is taken for the other."""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import cached_property

from pix.identity import Candidate, Claim, share_a_word

_SUGGESTIONS = 5
_NEIGHBOURS = 40  # words of the course looked at on either side, in the order of a dictionary
_NEAR = 0.72
_SHORT_FORM = 0.97  # Nath, who may be Nathan or Nathanaël: nearer than a slip of typing
_SHORTEST = 3
_COMMON = 200  # people reached by a word and those near it: more tell little
_COMPARED = 8  # whole names compared for one line, the likeliest by their words


class NameIndex:
    """The names of people, by whole name and by word."""

    def __init__(self, people: Iterable[Candidate]) -> None:
        """Index the people once."""
        self.by_id = {person.person_id: person for person in people}
        self.by_name: dict[tuple[str, ...], list[Candidate]] = defaultdict(list)
        self.by_word: dict[str, list[Candidate]] = defaultdict(list)
        self.near_words: dict[str, list[tuple[str, float]]] = {}
        self._slips: dict[tuple[str, ...], dict[str, list[tuple[str, Candidate]]]] = {}
        for person in self.by_id.values():
            for spelling in person.spellings:
                self.by_name[spelling].append(person)
            for word in person.words:
                self.by_word[word].append(person)
        self.vocabulary = sorted(self.by_word)

    @property
    def is_empty(self) -> bool:
        """Tell whether the LMS gives nobody's name."""
        return not self.by_word

    def called(self, name: tuple[str, ...]) -> Sequence[Candidate]:
        """Return who is called exactly so."""
        return self.by_name.get(name, ()) if name else ()

    def near(self, name: tuple[str, ...]) -> tuple[int, ...]:
        """Return the people whose name is near, best first: a slip of typing, or words left out or added.

        Whole names are compared last and few at a time: it is slow, and a class of unknown names would have to wait.
        """
        pool = self._pool(name)
        slipped = {person.person_id for person in self._slipped(name)}  # even in its first letters
        pool.update(dict.fromkeys(slipped, float(len(name))))
        likely = heapq.nlargest(_COMPARED, pool, key=lambda person_id: (pool[person_id], -person_id))
        scored = [
            (max(_nearness(name, self.by_id[each]), _NEAR if each in slipped else 0.0), -each)
            for each in likely
        ]
        found = sorted((score for score in scored if score[0] >= _NEAR), reverse=True)
        return tuple(-minus_id for _, minus_id in found[:_SUGGESTIONS])

    def look_alikes(self, name: tuple[str, ...], person: Candidate) -> list[Candidate]:
        """Return whom a slip of one letter, or a part left out, makes be called as this person is called.

        Louise becomes Louis, Jean-Pierre becomes Jean: the exact name of one is then no proof against the other.
        """
        found = {other.person_id: other for other in self._slipped(name)}
        rarest = min((self.by_word.get(word, []) for word in name), key=len, default=[])
        for other in rarest:
            if any(_holds(spelling, name) for spelling in other.spellings):
                found[other.person_id] = other
        found.pop(person.person_id, None)
        return [found[person_id] for person_id in sorted(found)]

    def _slipped(self, name: tuple[str, ...]) -> Iterator[Candidate]:
        """Yield whose name has one word a slip away from this name's, and all others the same."""
        for rest, word in _without_each(name):
            if slips := self._slips_beside(rest):
                for variant in _less_one(word):
                    for other, person in slips.get(variant, ()):
                        if _is_a_slip(word, other):
                            yield person

    def rivals(self, claim: Claim, person: Candidate, *, typed: bool) -> list[Candidate]:
        """Return who else agrees with a claimed name, at least as well as this person.

        Beside the roster's number (not `typed`), a name that is nearer to another's is enough: siblings share a word.
        """
        own = _fit(claim.name, person)
        fits = {each: _fit(claim.name, self.by_id[each]) for each in self._pool(claim.name)}
        fits.pop(person.person_id, None)
        return [
            self.by_id[each]
            for each in sorted(fits)
            if fits[each] >= own
            and (agrees(claim, self.by_id[each], typed=True) or (not typed and fits[each] > own))
        ]

    def has_alone(self, name: tuple[str, ...], person: Candidate) -> bool:
        """Tell whether a name is one word of this person's, and like no word of anybody else: a first name alone."""
        if len(name) != 1 or len(self.by_word.get(name[0], ())) != 1 or name[0] not in person.words:
            return False
        word, others = name[0], (each for each in self.vocabulary if each != name[0])
        return not any(
            _word_fit(word, other) or _word_fit(other, word) for other in others if other not in person.words
        )

    def _pool(self, name: tuple[str, ...]) -> dict[int, float]:
        """Return who has a word near one of the name's: how alike their words are in all.

        A word that many have (Marie, Martin) brings nobody more once a rarer one has told of somebody: a class of
        unknown names would have to wait.
        """
        near = [self._near_words(word) for word in name]
        near.sort(key=lambda words: sum(len(self.by_word[other]) for other, _ in words))
        pool: dict[int, float] = {}
        for words in near:
            if pool and sum(len(self.by_word[other]) for other, _ in words) > _COMMON:
                for person_id in pool:
                    borne = self.by_id[person_id].words
                    pool[person_id] += max((alike for other, alike in words if other in borne), default=0.0)
                continue
            best: dict[int, float] = {}
            for other, alike in words:
                for person in self.by_word[other]:
                    best[person.person_id] = max(alike, best.get(person.person_id, 0.0))
            for person_id, alike in best.items():
                pool[person_id] = pool.get(person_id, 0.0) + alike
        return pool

    def _near_words(self, word: str) -> list[tuple[str, float]]:
        """Return the course's words that begin as this one and are alike; found once for each word of a file."""
        if word not in self.near_words:
            place = bisect_left(self.vocabulary, word)
            around = self.vocabulary[max(0, place - _NEIGHBOURS) : place + _NEIGHBOURS]
            compared = ((other, _alike(word, other)) for other in around if other[:3] == word[:3])
            self.near_words[word] = [(other, alike) for other, alike in compared if alike >= _NEAR]
        return self.near_words[word]

    def _slips_beside(self, rest: tuple[str, ...]) -> dict[str, list[tuple[str, Candidate]]]:
        """Whose name is these words and one more: that one, by itself with a letter less."""
        if rest not in self._slips:
            slips: dict[str, list[tuple[str, Candidate]]] = defaultdict(list)
            for word, people in self._by_rest.get(rest, ()):
                for variant in _less_one(word):
                    slips[variant] += [(word, person) for person in people]
            self._slips[rest] = slips
        return self._slips[rest]

    @cached_property
    def _by_rest(self) -> dict[tuple[str, ...], list[tuple[str, list[Candidate]]]]:
        """Every name by all of its words but one, that one beside it."""
        found: dict[tuple[str, ...], list[tuple[str, list[Candidate]]]] = defaultdict(list)
        for spelling, people in self.by_name.items():
            for rest, word in _without_each(spelling):
                found[rest].append((word, people))
        return found


def agrees(claim: Claim, person: Candidate, *, typed: bool) -> bool:
    """Tell whether a name fits a person's, but for slips, short forms and a married name.

    The roster's number is believed where the names share a word. One that the learner typed needs both names, one of
    which may be an initial: siblings share the family name, and a class has several Léas.
    """
    if not typed:
        return share_a_word(claim.name, person.words)
    parts = [part for part in (claim.given, claim.family) if part]
    if len(parts) < 2:
        shared = sum(share_a_word((word,), person.words) for word in claim.name)
        return shared >= min(2, len(person.words))
    fits = [share_a_word(part, person.words) for part in parts]
    initials = [_is_initial(part, person.words) for part in parts]
    return all(fits) or (fits[0] and initials[1]) or (initials[0] and fits[1])


def _fit(name: Sequence[str], person: Candidate) -> float:
    """Measure how well the words of a name are those of a person; a short form fits every word that it may be of."""
    words = person.words
    return sum(
        1.0 if word in words else max((_word_fit(word, other) for other in words), default=0.0)
        for word in name
    )


def _word_fit(word: str, other: str) -> float:
    if len(word) >= _SHORTEST and other.startswith(word):
        return _SHORT_FORM
    if word[0] != other[0] and word[-1] != other[-1]:  # nothing in common at either end: most words
        return 0.0
    alike = _alike(word, other)
    return alike if alike >= _NEAR else 0.0


def _is_initial(part: Sequence[str], words: frozenset[str]) -> bool:
    return len(part) == 1 and len(part[0]) == 1 and any(word.startswith(part[0]) for word in words)


def _without_each(name: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield each word of a name behind the words without it."""
    for place, word in enumerate(name):
        yield name[:place] + name[place + 1 :], word


def _less_one(word: str) -> Iterator[str]:
    """Yield a word, and the word without each of its letters."""
    yield word
    if len(word) > 1:
        yield from dict.fromkeys(word[:place] + word[place + 1 :] for place in range(len(word)))


def _is_a_slip(word: str, other: str) -> bool:
    """Tell whether a letter left out, added or changed, or two in the wrong order, make one word the other."""
    if word == other:
        return True
    start, end = _common_ends(word, other)
    mine, theirs = word[start : len(word) - end], other[start : len(other) - end]
    return max(len(mine), len(theirs)) == 1 or (len(mine) == 2 and mine == theirs[::-1])


def _common_ends(word: str, other: str) -> tuple[int, int]:
    """How many letters two words have in common at their beginning, and then at their end."""
    shorter = min(len(word), len(other))
    start = next((place for place in range(shorter) if word[place] != other[place]), shorter)
    rest = shorter - start
    return start, next((place for place in range(rest) if word[-1 - place] != other[-1 - place]), rest)


def _holds(spelling: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """Tell whether a spelling has every word of a name, and more."""
    return len(spelling) > len(name) and all(spelling.count(word) >= name.count(word) for word in name)


def _nearness(words: tuple[str, ...], person: Candidate) -> float:
    spellings = person.spellings or {tuple(sorted(person.words))}
    return max(_likeness(words, spelling) for spelling in spellings)


def _likeness(words: tuple[str, ...], spelling: tuple[str, ...]) -> float:
    """Measure from 0 to 1 how near two names are: as wholes, or word by word where some are left out.

    0 for names that are not near. Wholes are compared only where that may say more: it is by far the slowest.
    """
    short, long = sorted((words, spelling), key=len)
    each = [max(_alike(word, other) for other in long) for word in short]
    by_word = sum(each) / len(each) if len(each) >= 2 and min(each) >= _NEAR else 0.0
    wholes = SequenceMatcher(None, " ".join(words), " ".join(spelling))
    if wholes.quick_ratio() < max(by_word, _NEAR):
        return by_word
    return max(wholes.ratio(), by_word)


def _alike(word: str, other: str) -> float:
    """Measure from 0 to 1 how much of two words is one beginning and one end: a slip of typing leaves most of them."""
    return 2 * sum(_common_ends(word, other)) / (len(word) + len(other))
