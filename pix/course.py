"""The people of a course, by number and by name, and the verdict on one identity taken alone.

In order: the check code, the roster's number, a number that was typed, the exact name, near names. The first ground
that decides is taken, and whatever contradicts it goes to the teacher.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from pix.external_id import CheckCodes, ClaimedNumber, bare_number, same_code
from pix.folding import name_words
from pix.identity import Candidate, Claim, is_another_number
from pix.name_index import NameIndex, agrees
from pix.verdict import MatchReason, Verdict, conflict, several, suggest

_DIGIT = re.compile(r"[0-9]")


class Course:
    """The people of a course, indexed by number, by what stands before a check code, and by name."""

    def __init__(self, people: Sequence[Candidate], codes: CheckCodes) -> None:
        """Index the people once; a person given twice counts once."""
        everybody = {person.person_id: person for person in people}
        self.codes = codes
        self.code_of: dict[str, str] = {}
        self.by_id = {each.person_id: each for each in everybody.values() if not each.is_teacher}
        self.names = NameIndex(self.by_id.values())
        self.names_of_teachers = {
            name for each in everybody.values() if each.is_teacher for name in each.spellings
        }
        self.by_number: dict[str, list[Candidate]] = defaultdict(list)
        self.by_bare_number: dict[str, list[Candidate]] = defaultdict(list)
        self.by_coded_number: dict[str, list[Candidate]] = defaultdict(list)
        for person in everybody.values():
            coded = {bare_number(each) for each in (person.student_number, person.opaque_number) if each}
            for number in coded - {""}:
                self.by_coded_number[number].append(person)
        for person in self.by_id.values():
            if person.number:
                self.by_number[person.number].append(person)
                if person.number.isdigit() and person.number.startswith("0"):
                    self.by_bare_number[person.number.lstrip("0")].append(person)

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
        coded = {claimed.number for claimed in claim.claimed if self._is_right(claimed)}
        coded |= self._numbers_of(claim.lone_code)
        if coded:
            return self._decide_by_code(claim, sorted(coded), by_number)
        by_external_id = self._numbered(claim.external_id)
        if len(by_number) > 1 or len(by_external_id) > 1:
            return several(
                [*by_number, *by_external_id],
                "Plusieurs personnes du cours ont ce numéro étudiant : choisissez la bonne.",
                "Several people of the course have this student number: choose the right one.",
            )
        if not by_external_id and self._bears_a_code(claim):
            return self._decide_by_wrong_code(claim, by_number)
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

    def _is_right(self, claimed: ClaimedNumber) -> bool:
        """Tell whether a check code is that of its number: the code of a number is made once for all its lines."""
        return claimed.is_well_formed and same_code(self._code_of(claimed.number), claimed.check)

    def _code_of(self, number: str) -> str:
        if number not in self.code_of:
            self.code_of[number] = self.codes.code_of(number)
        return self.code_of[number]

    def _numbers_of(self, code: str | None) -> set[str]:
        """Return whose code this is among the people of the course: as sure as with its number, which was left out."""
        if code is None:
            return set()
        return {number for number in self.by_coded_number if same_code(self._code_of(number), code)}

    def _owners(self, claim: Claim) -> list[Candidate]:
        """Return whose numbers stand before a check code, in every way to read it, with none behind included."""
        numbers = [claimed.number for claimed in claim.claimed]
        if claim.external_id and not claim.claimed:
            numbers.append(bare_number(claim.external_id))
        return [person for number in numbers for person in self.by_coded_number.get(number, ())]

    def _bears_a_code(self, claim: Claim) -> bool:
        """Tell whether what was typed pretends to be an identifier of ours, and is not just any text with a dash."""
        if self._owners(claim) or claim.lone_code:
            return True
        return any(
            claimed.is_well_formed or len(_DIGIT.findall(claimed.number)) >= 5 for claimed in claim.claimed
        )

    def _decide_by_code(
        self, claim: Claim, numbers: Sequence[str], by_number: Sequence[Candidate]
    ) -> Verdict:
        """A right code tells its person, whatever name was typed; only the roster's own number may contradict it."""
        owners = [person for number in numbers for person in self.by_coded_number.get(number, ())]
        learners = list({person.person_id: person for person in owners if not person.is_teacher}.values())
        if len(learners) > 1:
            return several(
                learners,
                "Le code de contrôle est juste, mais désigne plusieurs personnes du cours : choisissez la bonne.",
                "The check code is right, but points to several people of the course: choose the right one.",
            )
        if owners and not learners:
            return Verdict(reason=MatchReason.TRIAL)
        person = learners[0] if learners else None
        others = [each for each in by_number if each is not person]
        if others or (person is not None and is_another_number(claim.number, person.number)):
            return conflict(
                [*learners, *others, *self.names.called(claim.name)],
                "Le code de contrôle est juste, mais le numéro étudiant est celui de quelqu’un d’autre (lien "
                "emprunté ?) : choisissez.",
                "The check code is right, but the student number is somebody else's (a borrowed link?): choose.",
            )
        if person is None:
            called = self.names.called(claim.name)  # who may be here under another number
            return suggest(MatchReason.CODE_OF_NOBODY, [each.person_id for each in called])
        return Verdict(reason=MatchReason.CHECK_CODE, person_id=person.person_id)

    def _decide_by_wrong_code(self, claim: Claim, by_number: Sequence[Candidate]) -> Verdict:
        """A wrong code proves nothing: the roster's number decides, else the teacher, among owner and namesakes."""
        if (
            by_number
            and self._agrees(claim, by_number[0], typed=False)
            and not self._rivals(claim, by_number[0], typed=False)
        ):
            return Verdict(reason=MatchReason.STUDENT_NUMBER, person_id=by_number[0].person_id)
        owners = [person for person in self._owners(claim) if not person.is_teacher]
        concerned = [person.person_id for person in (*by_number, *owners)]
        return suggest(MatchReason.WRONG_CODE, [*concerned, *self._named(claim)])

    def _named(self, claim: Claim) -> Sequence[int]:
        """Return whoever the name says: who is called so, else nearly so."""
        called = self.names.called(claim.name)
        return [person.person_id for person in called] if called else self.names.near(claim.name)

    def _decide_by_number(
        self, claim: Claim, by_number: Sequence[Candidate], by_external_id: Sequence[Candidate]
    ) -> Verdict:
        person = (by_number or by_external_id)[0]
        namesakes = self.names.called(claim.name)
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
        if not self._agrees(claim, person, typed=not by_number):
            return conflict(
                [person, *others],
                "Le numéro est celui d’une personne dont le nom est autre : choisissez.",
                "The number is that of a person whose name is another: choose.",
            )
        if rivals := self._rivals(claim, person, typed=not by_number):
            return conflict(
                [person, *rivals],
                "Le numéro est celui d’une personne, mais le nom est plus proche de celui d’une autre : choisissez.",
                "The number is one person's, but the name is nearer to another's: choose.",
            )
        reason = MatchReason.STUDENT_NUMBER if by_number else MatchReason.EXTERNAL_ID
        return Verdict(reason=reason, person_id=person.person_id)

    def _agrees(self, claim: Claim, person: Candidate, *, typed: bool) -> bool:
        """Tell whether a name contradicts a number: the same name never does, that of another always does.

        Where there is no name to compare, no roster is contradicted; a number that was typed proves too little, but
        in a course where the LMS gives nobody's name: there is nothing else to go by.
        """
        namesakes = self.names.called(claim.name)
        if person in namesakes:
            return True
        if not claim.name or not person.words:
            return not namesakes and (not typed or self.names.is_empty)
        return not namesakes and (
            agrees(claim, person, typed=typed) or self.names.has_alone(claim.name, person)
        )

    def _rivals(self, claim: Claim, person: Candidate, *, typed: bool) -> Sequence[Candidate]:
        """Return whose name fits as well as the number's person's; nobody where it is theirs exactly."""
        exactly = person in self.names.called(claim.name)
        return [] if exactly else self.names.rivals(claim, person, typed=typed)

    def _decide_by_name(self, claim: Claim) -> Verdict:
        namesakes = self.names.called(claim.name)
        if len(namesakes) > 1:
            return several(
                namesakes,
                "Plusieurs personnes du cours portent ce nom : choisissez la bonne.",
                "Several people of the course have this name: choose the right one.",
            )
        if not namesakes:
            near = self.names.near(claim.name)
            return suggest(MatchReason.NEAR_NAME if near else MatchReason.NOBODY, near)
        person = namesakes[0]
        if claim.name in self.names_of_teachers:
            return several(
                namesakes,
                "Le nom est celui de cette personne, mais aussi d’un enseignant du cours (un essai ?) : choisissez.",
                "The name is this person's, but a teacher's of the course as well (a trial?): choose.",
            )
        if any(is_another_number(number, person.number) for number in claim.numbers):
            return conflict(
                namesakes,
                "Le nom est celui de cette personne, mais le numéro n’est pas le sien (homonyme ?) : choisissez.",
                "The name is this person's, but the number is not theirs (a namesake?): choose.",
            )
        mailed = [
            each for each in self.names.called(_named_in_address(claim.external_id)) if each is not person
        ]
        if mailed:
            return conflict(
                [person, *mailed],
                "Le nom est celui de cette personne, mais l’adresse est au nom de quelqu’un d’autre : choisissez.",
                "The name is this person's, but the address bears somebody else's: choose.",
            )
        if look_alikes := self.names.look_alikes(claim.name, person):
            return several(
                [person, *look_alikes],
                "Le nom est celui de cette personne, mais une lettre ou une partie oubliée en ferait celui d’une "
                "autre : choisissez.",
                "The name is this person's, but a letter or a part left out would make it another's: choose.",
            )
        return Verdict(reason=MatchReason.EXACT_NAME, person_id=person.person_id)


def _named_in_address(external_id: str | None) -> tuple[str, ...]:
    """Return the words of the name that an e-mail address bears (``lea.martin2@etu.example``), if any."""
    local, at, _ = (external_id or "").partition("@")
    return name_words(_DIGIT.sub("", local)) if at else ()
