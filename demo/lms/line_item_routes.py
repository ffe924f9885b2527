"""Line items over HTTP: list, create, read, replace, delete; what Moodle stores and what it only echoes."""

import json
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, Response, request

from demo.lms.gradebook import Column, Refused
from demo.lms.service_requests import (
    LINE_ITEM_TYPE,
    LINE_ITEMS_TYPE,
    demand_accept,
    demand_content_type,
    demand_scope,
    json_answer,
    missing_keys,
    page_of,
)
from demo.lms.state import LmsState, current_state
from demo.lms.tokens import LINE_ITEM, LINE_ITEM_READONLY

_LABEL_LIMIT = {"5.1": 1333, "4.5": 255}


def line_items(course_id: str) -> Response:
    """GET: the columns of the course (filters `resource_id`, `resource_link_id`, `tag`). POST: a new one."""
    state = current_state()
    if request.method == "POST":
        demand_content_type(LINE_ITEM_TYPE)
        demand_scope(LINE_ITEM)
        return _create(state, course_id)
    demand_accept(LINE_ITEMS_TYPE, any_type=False)
    demand_scope(LINE_ITEM, LINE_ITEM_READONLY)
    _get_course(state, course_id)
    if "limit" in request.args:
        state.violate("limit", f"{request.path}: limit makes Moodle page with an unusable Link header")
    columns, link = page_of([c for c in state.gradebook.columns(course_id) if _asked_for(c)], escaped=True)
    return json_answer([_shown(state, column) for column in columns], LINE_ITEMS_TYPE, link=link)


def line_item(course_id: str, column_id: str) -> Response:
    """GET, PUT (replaces: what is left out is blanked) or DELETE (coupled columns too) one column."""
    state = current_state()
    demand_accept(LINE_ITEM_TYPE, any_type=True)
    if request.method == "GET":
        demand_scope(LINE_ITEM, LINE_ITEM_READONLY)
        return json_answer(_shown(state, state.gradebook.get_column(column_id)), LINE_ITEM_TYPE)
    if request.method == "PUT":
        demand_content_type(LINE_ITEM_TYPE)
    demand_scope(LINE_ITEM)
    column = state.gradebook.get_column(column_id)
    if request.method == "DELETE":
        state.gradebook.delete_column(column_id)
        return Response(status=204)
    return json_answer(_shown(state, _replaced(state, course_id, column)), LINE_ITEM_TYPE)


def register(services: Blueprint) -> None:
    """Put the two addresses on the services blueprint."""
    services.add_url_rule("/<course_id>/lineitems", view_func=line_items, methods=["GET", "POST"])
    services.add_url_rule(
        "/<course_id>/lineitems/<column_id>/lineitem", view_func=line_item, methods=["GET", "PUT", "DELETE"]
    )


def _create(state: LmsState, course_id: str) -> Response:
    _get_course(state, course_id)
    data = _item_data(state)
    link_id = _link_id(state, course_id, data)
    if link_id and state.gradebook.columns(course_id, link_id=link_id):
        state.violate("second_column", f"a second column on link {link_id}: its launches lose `lineitem`")
    column = state.gradebook.add_column(
        course_id=course_id,
        label=str(data["label"]),
        maximum=_maximum(state, data),
        link_id=link_id,
        resource_id=str(data.get("resourceId") or ""),
        tag=str(data.get("tag") or ""),
    )
    shown = {**data, **_shown(state, column)}
    return json_answer(shown, LINE_ITEM_TYPE, status=201)


def _replaced(state: LmsState, course_id: str, column: Column) -> Column:
    data = _item_data(state)
    resource_id, tag = str(data.get("resourceId") or ""), str(data.get("tag") or "")
    blanked = [
        k
        for k, new, old in (("resourceId", resource_id, column.resource_id), ("tag", tag, column.tag))
        if old and not new
    ]
    link_id = column.link_id if column.coupled else _link_id(state, course_id, data)
    if column.link_id and not data.get("resourceLinkId"):
        blanked.append("resourceLinkId")
    if blanked:
        state.violate("blanked", f"PUT on line item {column.id} left out {', '.join(blanked)}")
    return state.gradebook.replace_column(
        replace(
            column,
            label=str(data["label"]),
            maximum=_maximum(state, data),
            resource_id=resource_id,
            tag=tag,
            link_id=link_id,
        )
    )


def _item_data(state: LmsState) -> dict[str, Any]:
    try:
        data = json.loads(request.get_data(as_text=True), parse_float=Decimal)
    except ValueError:
        data = None
    missing = missing_keys(data, ("label", "scoreMaximum"))
    if missing or not isinstance(data, dict):
        state.violate("line_item", f"{request.method} without {', '.join(missing)}")
        raise Refused(400, f"missing: {', '.join(missing)}")
    if len(str(data["label"])) > _LABEL_LIMIT[state.gradebook.clock_mode]:
        state.violate("line_item", "label too long")
        raise Refused(502, "invalid answer of the LMS behind its proxy")
    return data


def _maximum(state: LmsState, data: dict[str, Any]) -> Decimal:
    given = data["scoreMaximum"]
    try:
        maximum = Decimal(str(given))
    except InvalidOperation:
        raise Refused(400, "scoreMaximum is not a number") from None
    if isinstance(given, (str, bool)) or maximum <= 0:
        state.violate("line_item", f"scoreMaximum {given!r}")
    data["scoreMaximum"] = float(maximum)
    return maximum


def _link_id(state: LmsState, course_id: str, data: dict[str, Any]) -> str:
    link_id = str(data.get("resourceLinkId") or "")
    found = state.site.find_activity(link_id)
    if link_id and (found is None or found[0].id != course_id):
        state.violate("line_item", f"resourceLinkId {link_id} is no link of the course")
        raise Refused(403, "not a link of this tool in this course")
    return link_id


def _get_course(state: LmsState, course_id: str) -> None:
    if course_id not in {course.id for course in state.site.courses}:
        raise Refused(404, f"no course {course_id}")


def _asked_for(column: Column) -> bool:
    link_id = request.args.get("resource_link_id", request.args.get("lti_link_id"))
    asked = (
        (request.args.get("resource_id"), column.resource_id),
        (link_id, column.link_id),
        (request.args.get("tag"), column.tag),
    )
    return all(wanted is None or wanted == actual for wanted, actual in asked)


def _shown(state: LmsState, column: Column) -> dict[str, Any]:
    shown = {
        "id": state.addresses.line_item(column.course_id, column.id),
        "label": column.label,
        "scoreMaximum": float(column.maximum),
        "resourceId": column.resource_id,
        "tag": column.tag,
    }
    links = {"resourceLinkId": column.link_id, "ltiLinkId": column.link_id} if column.link_id else {}
    return {**shown, **links}
