"""The form on which a profile is handed in, as the page shows it: grouped, bounded, filled with what was sent last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grading.ceiling import Ceiling
from grading.competences import AREAS, COMPETENCES, Area, Competence
from grading.profile import Profile
from grading.rules import Component
from pix.share import ShareField, share_fields


@dataclass(frozen=True, kw_only=True)
class FormField:
    """A field of the form: its competence (None: the total), the highest value Pix allows today, what was sent last."""

    field: ShareField
    competence: Competence | None
    highest: int
    last: int | None


@dataclass(frozen=True, kw_only=True)
class FieldGroup:
    """Fields shown together: those of one of Pix's areas, the total, or (no `area`) all of a short form."""

    area: Area | None
    fields: tuple[FormField, ...]


def form_groups(
    component: Component | None, ceiling: Ceiling, last: Profile | None
) -> tuple[FieldGroup, ...]:
    """The form of a component (none: nothing to fill in), with what was sent last already in its fields."""
    if component is None or not component.is_declarable:
        return ()
    fields = tuple(
        FormField(
            field=field,
            competence=COMPETENCES[field.competence] if field.competence else None,
            highest=field.highest(ceiling),
            last=_last(field, last),
        )
        for field in share_fields(component.competences, component.basis)
    )
    return _groups(fields)


_SHORT_FORM = 6
"""As many fields are read at a glance; more are shown area by area."""


def _groups(fields: Sequence[FormField]) -> tuple[FieldGroup, ...]:
    if len(fields) <= _SHORT_FORM:
        return (FieldGroup(area=None, fields=tuple(fields)),) if fields else ()
    by_area = (
        FieldGroup(
            area=area,
            fields=tuple(
                each for each in fields if each.competence and each.competence.area_code == area.code
            ),
        )
        for area in AREAS.values()
    )
    total = FieldGroup(area=None, fields=tuple(each for each in fields if each.competence is None))
    return tuple(group for group in (*by_area, total) if group.fields)


def _last(field: ShareField, profile: Profile | None) -> int | None:
    """What was sent last in this field: people improve one competence at a time."""
    if profile is None:
        return None
    if field.competence is None:
        return profile.total
    return (profile.levels if field.measure == "level" else profile.pix).get(field.competence)
