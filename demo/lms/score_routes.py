"""Scores, results and the members list over HTTP."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, g, request

from demo.lms.course import Person
from demo.lms.gradebook import Column, Grade, Refused
from demo.lms.scores import read_score
from demo.lms.service_requests import (
    MEMBERS_TYPE,
    RESULTS_TYPE,
    SCORE_TYPE,
    demand_accept,
    demand_content_type,
    demand_scope,
    json_answer,
    page_of,
)
from demo.lms.state import LmsState, current_state
from demo.lms.tokens import MEMBERS, RESULT_READONLY, SCORE

_ROLE_URI = "http://purl.imsglobal.org/vocab/lis/v2/membership#"


def scores(course_id: str, column_id: str) -> Response:
    """Take one score in: 200 with an empty body. The order of the refusals is Moodle's."""
    state = current_state()
    demand_content_type(SCORE_TYPE)
    demand_scope(SCORE)
    column = state.gradebook.get_column(column_id)
    try:
        read = read_score(request.get_data(as_text=True), timezone=state.site.timezone)
    except Refused as problem:
        state.violate("incorrect_score", problem.reason)
        raise
    for concern in read.concerns:
        state.violate(concern.kind, f"column {column_id}, person {read.score.person_id}: {concern.detail}")
    if not state.roster.gradable(column.course_id, read.score.person_id):
        state.violate("not_gradable", f"score for {read.score.person_id}, who has no grade in {course_id}")
        raise Refused(400, "not gradable")
    state.gradebook.record(column_id, read.score, now=state.clock())
    g.score_taken = True
    return Response(status=200, content_type="application/json")


def results(course_id: str, column_id: str) -> Response:
    """The final grades of a column (`user_id` filters); `limit` breaks it, as in Moodle."""
    state = current_state()
    demand_accept(RESULTS_TYPE, any_type=True)
    demand_scope(RESULT_READONLY)
    if "limit" in request.args:
        state.violate("limit", "limit on results breaks Moodle")
        return Response("<html><body>Erreur</body></html>", status=404, content_type="text/html")
    column = state.gradebook.get_column(column_id)
    if course_id not in {course.id for course in state.site.courses}:
        raise Refused(404, f"no course {course_id}")
    asked = request.args.get("user_id")
    shown = [
        _result(state, column, person_id, grade)
        for person_id, grade in state.gradebook.grades(column_id).items()
        if asked in (None, person_id)
    ]
    return json_answer(shown, RESULTS_TYPE)


def memberships(course_id: str, binding: str) -> Response:
    """The members of a course; non-editing teachers are Learners here; suspended people are left out."""
    state = current_state()
    demand_accept(MEMBERS_TYPE, any_type=True)
    demand_scope(MEMBERS)
    query = _members_query(state, course_id, binding)
    wanted = request.args.get("role", "").removeprefix(_ROLE_URI)
    people = [
        _member(state, person, query.link_id)
        for person in state.roster.members(course_id)
        if wanted not in ("Learner", "Instructor") or person.role.roster_role == wanted
    ]
    page, link = page_of(people, escaped=False, at_once=state.members_at_once)
    course = state.site.get_course(course_id)
    body = {
        "id": f"{state.issuer}{request.full_path.rstrip('?')}",
        "context": {"id": course.id, "label": course.label, "title": course.title},
        "members": page,
    }
    return json_answer(body, MEMBERS_TYPE, link=link)


def register(services: Blueprint) -> None:
    """Put the three addresses on the services blueprint."""
    item = "/<course_id>/lineitems/<column_id>/lineitem"
    services.add_url_rule(f"{item}/scores", view_func=scores, methods=["POST"])
    services.add_url_rule(f"{item}/results", view_func=results, methods=["GET"])
    services.add_url_rule(
        "/CourseSection/<course_id>/bindings/<binding>/memberships", view_func=memberships, methods=["GET"]
    )


def _result(state: LmsState, column: Column, person_id: str, grade: Grade) -> dict[str, Any]:
    line_item = state.addresses.line_item(column.course_id, column.id)
    address, _, query = line_item.partition("?")
    shown: dict[str, Any] = {"id": f"{address}/results?{query}&user_id={person_id}", "userId": person_id}
    mark = grade.final(column.maximum)
    if mark is None:
        return shown
    shown.update(resultScore=float(mark), resultMaximum=float(column.maximum), scoreOf=line_item)
    if grade.final_feedback:
        shown["comment"] = grade.final_feedback
    if grade.stored_at is not None:
        shown["timestamp"] = grade.stored_at.astimezone(ZoneInfo(state.site.timezone)).isoformat()
    return shown


@dataclass(frozen=True, kw_only=True)
class _MembersQuery:
    """Which link a members request is about, if any."""

    link_id: str | None


def _members_query(state: LmsState, course_id: str, binding: str) -> _MembersQuery:
    link_id = request.args.get("rlid")
    known = {course.id for course in state.site.courses}
    if course_id not in known or binding != state.deployment_id:
        raise Refused(404, "no such course for this tool")
    if link_id is not None:
        found = state.site.find_activity(link_id)
        if found is None or found[0].id != course_id:
            raise Refused(404, "no such link")
    return _MembersQuery(link_id=link_id)


def _member(state: LmsState, person: Person, link_id: str | None) -> dict[str, Any]:
    member: dict[str, Any] = {
        "status": "Active",
        "roles": [person.role.roster_role],
        "user_id": person.id,
        "lis_person_sourcedid": person.idnumber,
    }
    if state.shares_names:
        member |= {
            "name": person.name,
            "given_name": person.given,
            "family_name": person.family,
            "ext_user_username": person.username,
        }
    if state.shares_email:
        member["email"] = person.email
    if link_id is not None:
        kind = "https://purl.imsglobal.org/spec/lti/claim/message_type"
        member["message"] = [{kind: "LtiResourceLinkRequest"}]
    return member
