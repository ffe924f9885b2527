"""Near names are found quickly, and are those that comparing every name in full would find."""

from __future__ import annotations

from difflib import SequenceMatcher

from hypothesis import given
from hypothesis import strategies as st

from pix.folding import name_words
from pix.identity import Candidate
from pix.name_index import NameIndex

NEAR, MOST = 0.72, 5

parts = st.text("aeilmné -", min_size=1, max_size=9)
names = st.tuples(parts, parts)


@st.composite
def courses(draw: st.DrawFn) -> list[Candidate]:
    """People whose names are like one another; at most as many as are compared with one line."""
    return [
        Candidate(
            person_id=place, given_name=first, family_name=last, name=draw(st.sampled_from([None, last]))
        )
        for place, (first, last) in enumerate(draw(st.lists(names, max_size=8)))
    ]


@given(courses(), names)
def test_the_near_are_those_found_by_comparing_everything(
    course: list[Candidate], name: tuple[str, str]
) -> None:
    words, index = name_words(*name), NameIndex(course)
    slipped = {each.person_id for each in course if any(is_a_slip(words, other) for other in each.spellings)}
    near = dict.fromkeys(slipped, NEAR)
    for person in course:
        if slipped >= {person.person_id} or shares_a_beginning(words, person):
            spellings = person.spellings or {tuple(sorted(person.words))}
            likeness = max(in_full(words, other) for other in spellings)
            near[person.person_id] = max(likeness, near.get(person.person_id, 0.0))
    ordered = sorted(((likeness, -each) for each, likeness in near.items() if likeness >= NEAR), reverse=True)
    assert index.near(words) == tuple(-each for _, each in ordered[:MOST])


def is_a_slip(words: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether one word at most differs, and that by a slip."""
    return any(
        words[:here] + words[here + 1 :] == other[:there] + other[there + 1 :]
        and is_one_slip(words[here], other[there])
        for here in range(len(words))
        for there in range(len(other))
    )


def is_one_slip(word: str, other: str) -> bool:
    """Whether a letter more or less, another one, or two in the wrong order, make one word the other.

    Two initials that differ are two initials.
    """
    short, long = sorted((word, other), key=len)
    if len(long) > len(short):
        return short in less_one(long)
    differing = [place for place in range(len(word)) if word[place] != other[place]]
    swapped = len(differing) == 2 and differing[0] + 1 == differing[1]
    if swapped and word[differing[0] : differing[1] + 1] == other[differing[0] : differing[1] + 1][::-1]:
        return True
    return not differing or (len(differing) == 1 and len(word) > 1)


def less_one(word: str) -> set[str]:
    """A word without each of its letters."""
    return {word[:n] + word[n + 1 :] for n in range(len(word))}


def shares_a_beginning(words: tuple[str, ...], person: Candidate) -> bool:
    """Whether a word of both begins with the same three letters and is alike."""
    return any(
        word[:3] == other[:3] and alike(word, other) >= NEAR for word in words for other in person.words
    )


def in_full(words: tuple[str, ...], spelling: tuple[str, ...]) -> float:
    """How near two names are, as wholes or word by word."""
    short, long = sorted((words, spelling), key=len)
    each = [max(alike(word, other) for other in long) for word in short]
    whole = SequenceMatcher(None, " ".join(words), " ".join(spelling)).ratio()
    by_word = sum(each) / len(each) if len(each) >= 2 and min(each) >= NEAR else 0.0
    return max(whole, by_word)


def alike(word: str, other: str) -> float:
    """How much of two words is one beginning and one end."""
    shorter = min(len(word), len(other))
    start = 0
    while start < shorter and word[start] == other[start]:
        start += 1
    end = 0
    while end < shorter - start and word[-1 - end] == other[-1 - end]:
        end += 1
    return 2 * (start + end) / (len(word) + len(other))
