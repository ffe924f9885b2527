"""Line items: the columns of the gradebook. Found by resource link and tag, created once, never doubled."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from pylti1p3 import lineitem as shape

from lti.errors import ForbiddenAddress, ServerTrouble
from lti.origins import with_query
from lti.platform_calls import PlatformServices, raise_for, read_json
from lti.registration import Registration

SCOPE_MANAGE = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"
SCOPE_READ = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly"
CONTAINER_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"


@dataclass(frozen=True, kw_only=True)
class LineItem:
    """A column: its address (also its identity), what it is called, its maximum, what ties it to an activity."""

    url: str
    label: str
    maximum: Decimal | None
    resource_id: str | None = None
    tag: str | None = None
    resource_link_id: str | None = None


def read_line_items(
    services: PlatformServices,
    registration: Registration,
    lineitems_url: str,
    *,
    resource_link_id: str | None = None,
    tag: str | None = None,
    scope: str = SCOPE_MANAGE,
) -> list[LineItem]:
    """Read the columns of a course, filtered by the platform and once more here (some ignore it).

    Columns of a foreign origin are left out. `scope`: SCOPE_READ where the launch grants no more.
    Raises ServiceError kinds.
    """
    filters = {"resource_link_id": resource_link_id, "tag": tag}
    url = with_query(lineitems_url, **{name: value for name, value in filters.items() if value})
    items = services.read_list(registration, scope, url, accept=CONTAINER_TYPE)
    found = [item for entry in items if (item := _read_item(entry)) is not None]
    return [
        item
        for item in found
        if registration.allows(item.url)
        and (not resource_link_id or item.resource_link_id == resource_link_id)
        and (not tag or item.tag == tag)
    ]


def choose_line_item(items: Iterable[LineItem], *, resource_link_id: str, tag: str | None) -> LineItem | None:
    """Choose an activity's column among those of its course.

    Only columns of the same resource link: the one with our tag, else one without tag (the platform's own), else
    the first by address. None when the activity has no column. A column is never taken by its tag alone: copies
    of an activity in one course carry the same tag.
    """
    own = sorted((item for item in items if item.resource_link_id == resource_link_id), key=lambda i: i.url)
    for wanted in (tag, None):
        for item in own:
            if item.tag == wanted:
                return item
    return own[0] if own else None


def find_line_item(
    services: PlatformServices,
    registration: Registration,
    lineitems_url: str,
    *,
    resource_link_id: str,
    tag: str | None,
    scope: str = SCOPE_MANAGE,
) -> LineItem | None:
    """Find an activity's column as `choose_line_item` says; one call. Raises ServiceError kinds."""
    items = read_line_items(
        services, registration, lineitems_url, resource_link_id=resource_link_id, scope=scope
    )
    return choose_line_item(items, resource_link_id=resource_link_id, tag=tag)


def create_line_item(
    services: PlatformServices,
    registration: Registration,
    lineitems_url: str,
    *,
    label: str,
    maximum: Decimal = Decimal(20),
    resource_link_id: str | None,
    tag: str | None = None,
    resource_id: str | None = None,
) -> LineItem:
    """Create a column; the caller makes sure it is not done twice. Raises ServiceError kinds.

    `maximum` above 0. `label` is clipped to 255 characters (older Moodle fails on more).
    """
    item = shape.LineItem().set_label(label.strip()[:255] or "Pix").set_score_maximum(_number(maximum))
    if resource_link_id:
        item.set_resource_link_id(resource_link_id)
    if tag:
        item.set_tag(tag)
    if resource_id:
        item.set_resource_id(resource_id)
    answer = services.call(
        registration,
        SCOPE_MANAGE,
        "POST",
        lineitems_url,
        headers={"Content-Type": ITEM_TYPE, "Accept": ITEM_TYPE},
        body=item.get_value().encode("ascii"),
    )
    if answer.status not in {200, 201}:
        raise_for(answer, registration, services.clock())
    return _read_one(read_json(answer), registration, answer.status)


def find_or_create_line_item(
    services: PlatformServices,
    registration: Registration,
    lineitems_url: str,
    *,
    label: str,
    resource_link_id: str,
    tag: str | None,
    resource_id: str | None = None,
    maximum: Decimal = Decimal(20),
) -> LineItem:
    """Find an activity's column, or create it tied to the activity when it has none.

    Two callers at once could create two: the caller holds a lock over this (ours is a row of the database).
    """
    found = find_line_item(services, registration, lineitems_url, resource_link_id=resource_link_id, tag=tag)
    return found or create_line_item(
        services,
        registration,
        lineitems_url,
        label=label,
        maximum=maximum,
        resource_link_id=resource_link_id,
        tag=tag,
        resource_id=resource_id,
    )


def get_line_item(
    services: PlatformServices, registration: Registration, line_item_url: str, *, scope: str = SCOPE_MANAGE
) -> LineItem:
    """Read one column. Raises ServiceError kinds, LineItemGone when it is not there any more."""
    answer = services.call(registration, scope, "GET", line_item_url, headers={"Accept": ITEM_TYPE})
    if answer.status != 200:
        raise_for(answer, registration, services.clock())
    return _read_one(read_json(answer), registration, answer.status)


def _read_one(document: object, registration: Registration, status: int) -> LineItem:
    item = _read_item(document) if isinstance(document, dict) else None
    if item is None:
        raise ServerTrouble(f"{registration.name} answers something that is not a line item", status=status)
    if not registration.allows(item.url):
        raise ForbiddenAddress(f"{registration.name} gives a line item of another origin")
    return item


def _read_item(entry: Mapping[str, Any]) -> LineItem | None:
    """Read one entry; None when it has no address."""
    address = entry.get("id")
    if not isinstance(address, str) or not address:
        return None
    return LineItem(
        url=address,
        label=_text(entry.get("label")) or "",
        maximum=_decimal(entry.get("scoreMaximum")),
        resource_id=_text(entry.get("resourceId")),
        tag=_text(entry.get("tag")),
        resource_link_id=_text(entry.get("resourceLinkId")),
    )


def _text(value: object) -> str | None:
    """Read an optional text; a number (an id without quotes) becomes text, empty is None."""
    if isinstance(value, Decimal):
        return str(value)
    return value if isinstance(value, str) and value else None


def _decimal(value: object) -> Decimal | None:
    try:
        return Decimal(value) if isinstance(value, Decimal | str) else None
    except InvalidOperation:
        return None


def _number(value: Decimal) -> int | float:
    """Return a whole maximum as an int: some platforms take nothing else."""
    return int(value) if value == value.to_integral_value() else float(value)
