"""The roster: Moodle's request to the letter, every page or none, each person once, roles as Moodle has them there."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from lti.errors import (
    ForbiddenAddress,
    LineItemGone,
    NotAuthorised,
    RequestRefused,
    ServerTrouble,
    ServiceError,
    TooManyRequests,
    Unreachable,
)
from lti.platform_calls import PlatformServices
from lti.roster import RosterMember, read_roster
from tests.lti.forge import ForgedPlatform
from tests.lti.small_server import Reply, SmallServer

PATH = "/mod/lti/services.php/CourseSection/2/bindings/1/memberships"
CONTAINER = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"


def entry(number: int, **fields: Any) -> dict[str, Any]:
    """A member as Moodle lists one whose names are shared."""
    return {
        "status": "Active",
        "roles": ["Learner"],
        "user_id": str(number),
        "lis_person_sourcedid": f"2026{number}",
        "name": f"Élodie Lefèvre{number}",
        "given_name": "Élodie",
        "family_name": f"Lefèvre{number}",
        "email": f"etu{number}@univ.example",
        "ext_user_username": f"etu{number}",
        **fields,
    }


def page(members: Sequence[object], *, link: str = "", status: int = 200) -> Reply:
    body = {"id": "x", "context": {"id": "2"}, "members": list(members)}
    headers = {"Content-Type": CONTAINER, **({"Link": link} if link else {})}
    return Reply(status=status, body=json.dumps(body).encode(), headers=headers)


def read(
    services: PlatformServices, platform: ForgedPlatform, server: SmallServer
) -> tuple[RosterMember, ...]:
    return read_roster(services, platform.registration, f"{server.url}{PATH}")


def test_the_request_is_to_the_letter(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices
) -> None:
    server.reply("GET", PATH, page([entry(5)]))
    assert read(services, platform, server) == (
        RosterMember(
            sub="5",
            role="learner",
            is_active=True,
            name="Élodie Lefèvre5",
            given_name="Élodie",
            family_name="Lefèvre5",
            email="etu5@univ.example",
            student_number="20265",
        ),
    )
    sent = server.last("GET", PATH)
    assert sent.headers["Accept"] == CONTAINER
    assert sent.headers["Authorization"] == "Bearer moodle-token"
    assert sent.query == ""  # no limit: Moodle then sends everything
    scope = server.last("POST", "/mod/lti/token.php").form["scope"]
    assert scope == "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"


def test_people_whose_names_are_withheld(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices
) -> None:
    bare = {"status": "Active", "roles": ["Learner"], "user_id": "9", "lis_person_sourcedid": ""}
    server.reply("GET", PATH, page([bare]))
    assert read(services, platform, server) == (RosterMember(sub="9", role="learner", is_active=True),)


@pytest.mark.parametrize(
    ("roles", "role"),
    [
        (["Learner"], "learner"),
        ([LEARNER], "learner"),
        (["Instructor"], "teacher"),
        (["Instructor", "Learner"], "teacher"),
        (["http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor"], "reader"),
        (["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student"], "reader"),
        ([], "reader"),
        (None, "reader"),
        ([5, "Learner"], "learner"),
    ],
)
def test_roles(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices, roles: object, role: str
) -> None:
    server.reply("GET", PATH, page([entry(5, roles=roles)]))
    assert [each.role for each in read(services, platform, server)] == [role]


@pytest.mark.parametrize(
    ("status", "active"),
    [("Active", True), ("active", True), (None, True), ("", True), ("Inactive", False), ("Deleted", False)],
)
def test_who_is_inactive(
    server: SmallServer,
    platform: ForgedPlatform,
    services: PlatformServices,
    status: str | None,
    active: bool,
) -> None:
    server.reply("GET", PATH, page([entry(5, status=status)]))
    assert [each.is_active for each in read(services, platform, server)] == [active]


def test_every_page_is_read_and_each_person_once(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices
) -> None:
    following = f'<{server.url}{PATH}?from=2>; rel="next"'
    server.reply(
        "GET", PATH, page([entry(1), entry(2)], link=following), page([entry(2, name="x"), entry(3)])
    )
    seen: list[int] = []
    found = read_roster(services, platform.registration, f"{server.url}{PATH}", after_page=seen.append)
    assert [(each.sub, each.name) for each in found] == [
        ("1", "Élodie Lefèvre1"),
        ("2", "Élodie Lefèvre2"),
        ("3", "Élodie Lefèvre3"),
    ]
    assert seen == [2, 3]
    assert [each.query for each in server.received if each.path == PATH] == ["", "from=2"]


def test_a_second_page_that_fails_is_no_roster(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices
) -> None:
    following = f'<{server.url}{PATH}?from=2>; rel="next"'
    server.reply("GET", PATH, page([entry(1)], link=following), Reply(status=500))
    with pytest.raises(ServerTrouble):
        read(services, platform, server)


def test_a_next_page_of_another_origin_is_not_asked_for(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices
) -> None:
    with SmallServer() as other:
        server.reply("GET", PATH, page([entry(1)], link=f'<{other.url}{PATH}>; rel="next"'))
        with pytest.raises(ForbiddenAddress):
            read(services, platform, server)
        assert other.received == []


@pytest.mark.slow
def test_pages_without_end_are_no_roster(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices
) -> None:
    asked: list[object] = []

    def again(_received: object) -> Reply:
        asked.append(1)
        return page([entry(len(asked))], link=f'<{server.url}{PATH}?from={len(asked)}>; rel="next"')

    server.ask("GET", PATH, again)
    with pytest.raises(ServerTrouble):
        read(services, platform, server)


def test_an_address_of_another_origin_is_not_asked(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices
) -> None:
    with SmallServer() as other, pytest.raises(ForbiddenAddress):
        read_roster(services, platform.registration, f"{other.url}{PATH}")
    assert server.count("POST", "/mod/lti/token.php") == 0


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{}",
        b'{"members": {}}',
        b'{"members": [5]}',
        b'{"members": [{"roles": ["Learner"]}]}',
        b'{"members": [{"user_id": ""}]}',
        b"<html>maintenance</html>",
        b'{"members": [',
    ],
)
def test_what_is_no_roster(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices, body: bytes
) -> None:
    server.answer("GET", PATH, body=body)
    with pytest.raises(ServerTrouble):
        read(services, platform, server)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(status=400, body=b"{}"), RequestRefused),
        (Reply(status=401), NotAuthorised),
        (Reply(status=403), NotAuthorised),
        (Reply(status=404, body=b"{}"), LineItemGone),
        (Reply(status=429, headers={"Retry-After": "30"}), TooManyRequests),
        (Reply(status=500), ServerTrouble),
        (Reply(reset=True), Unreachable),
    ],
)
def test_refusals(
    server: SmallServer,
    platform: ForgedPlatform,
    services: PlatformServices,
    reply: Reply,
    kind: type[ServiceError],
) -> None:
    server.reply("GET", PATH, reply)
    with pytest.raises(kind):
        read(services, platform, server)


def test_a_scope_that_is_not_granted(
    server: SmallServer, platform: ForgedPlatform, services: PlatformServices
) -> None:
    server.answer("POST", "/mod/lti/token.php", status=400, body=b'{"error": "invalid_scope"}')
    with pytest.raises(NotAuthorised):
        read(services, platform, server)
