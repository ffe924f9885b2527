"""An activity's column in the gradebook: found by resource link and tag, made once, by one worker at a time."""

from __future__ import annotations

from lti.errors import LineItemGone, RequestRefused
from lti.line_items import SCOPE_MANAGE, SCOPE_READ, create_line_item, find_line_item
from lti.registration import Registration
from storage.activities import Activity, find_activity
from storage.score_claims import Claim
from storage.score_columns import fill_column, keep_column, lease_column, release_column
from workflows.world import World


class ColumnBusy(Exception):
    """Another worker is looking for this column now."""


class NoColumn(Exception):
    """The activity has no column, and we may not make one."""


def seek_column(world: World, registration: Registration, claim: Claim, *, create: bool) -> str:
    """Find the column of the claim's activity (or make it), write it down and return its address.

    Raises:
        ColumnBusy: another worker has the right to look now.
        NoColumn: there is none and none may be made (the text says why).
        lti.errors.ServiceError: the LMS could not be asked.
    """
    scope = next((each for each in (SCOPE_MANAGE, SCOPE_READ) if each in claim.scopes), None)
    if claim.line_items_url is None or scope is None:
        raise NoColumn("the LMS gives no access to the columns of this course")
    with world.database.write() as connection:
        if not lease_column(connection, claim, world.now()):
            raise ColumnBusy
        activity = find_activity(connection, claim.activity_id)
    if activity is not None and activity.line_item_url not in (None, claim.line_item_url):
        _release(world, claim)
        return str(activity.line_item_url)
    try:
        found = _find_or_create(world, registration, claim, claim.line_items_url, activity, scope, create)
        with world.database.write() as connection:
            if not keep_column(connection, claim, found):
                raise ColumnBusy  # we took too long: whoever looks now finds the same column
            if activity is None or found != activity.line_item_url:
                fill_column(connection, claim, world.now())
        return found
    except (RequestRefused, LineItemGone) as error:
        raise NoColumn(str(error)) from error
    finally:
        _release(world, claim)


def _find_or_create(
    world: World,
    registration: Registration,
    claim: Claim,
    line_items_url: str,
    activity: Activity | None,
    scope: str,
    create: bool,
) -> str:
    component = activity.component if activity else None
    found = find_line_item(
        world.services,
        registration,
        line_items_url,
        resource_link_id=claim.resource_link_id,
        tag=component,
        scope=scope,
    )
    if found is None and create and scope == SCOPE_MANAGE and activity is not None:
        found = create_line_item(
            world.services,
            registration,
            line_items_url,
            label=activity.title or f"{activity.unit_code} {component}",
            resource_link_id=claim.resource_link_id,
            tag=component,
            resource_id=f"{activity.unit_code}:{activity.academic_year}:{component}",
        )
    if found is None:
        raise NoColumn("the activity has no column in the gradebook")
    return found.url


def _release(world: World, claim: Claim) -> None:
    with world.database.write() as connection:
        release_column(connection, claim)
