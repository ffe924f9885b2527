# Copyright (C) 2026 the authors of pix-lti
# SPDX-License-Identifier: AGPL-3.0-only
#
# This program is free software: you can redistribute it and/or modify it under the terms of the GNU Affero General
# Public License, version 3, as published by the Free Software Foundation. It is distributed WITHOUT ANY WARRANTY;
# see <https://www.gnu.org/licenses/agpl-3.0.html>.
#
# This one file is not under the licence of the rest of the repository, because it imports and completes
# lti-consumer-xblock (AGPL-3.0). It is for tests only, runs as a process of its own, in an environment of its own.
"""Open edX's LTI platform without Open edX: lti-consumer-xblock as a process for tests, on a free loopback port.

Prints one JSON line (issuer, login address) when it serves, and ends when its standard input does. Started with
`python -I`: by its name this file would hide the standard library's `platform`.

Everything of LTI is the package's own. What is ours stands in for the rest of Open edX: people, blocks, the
gradebook, and `/control/...` (JSON) for tests to prepare, break and look.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import django
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path

Answering = Callable[[HttpRequest], HttpResponse]
DEPLOYMENT = "1"  # the package knows no other


@dataclass
class Person:
    """Somebody with an account; `external_id` is what a tool sees of them (`sub`)."""

    number: int
    external_id: str
    name: str | None
    email: str | None


@dataclass
class Block:
    """A placed activity. `weight` is its maximum in the gradebook; past due, Open edX takes no more grades."""

    location: Any
    display_name: str
    weight: int
    past_due: bool = False
    grades: dict[str, dict[str, Any]] = field(default_factory=dict)

    has_score = True
    accept_grades_past_due = False

    def __post_init__(self) -> None:
        self.scope_ids = SimpleNamespace(usage_id=self.location)

    def is_past_due(self) -> bool:
        return self.past_due

    def max_score(self) -> int:
        return self.weight

    def set_user_module_score(self, user: Person, score: float, maximum: float, comment: str | None) -> None:
        """What Open edX's own block does with a grade: `score` is between 0 and 1."""
        self.grades[user.external_id] = {"score": score, "maximum": maximum, "comment": comment or ""}


@dataclass
class Fault:
    """An answer given instead of the platform's own, `times` times, where method and path fit."""

    method: str
    path: str
    status: int
    body: str
    times: int

    def fits(self, request: HttpRequest) -> bool:
        return self.times > 0 and request.method == self.method and self.path in request.path


@dataclass
class Campus:
    """All that is not in the package's own tables."""

    people: dict[str, Person] = field(default_factory=dict)
    blocks: dict[str, Block] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


campus = Campus()


def recording_and_failing(get_response: Answering) -> Answering:
    """Middleware: answer a fault where one is set, and remember every call but the tests' own."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/control/"):
            return get_response(request)
        with campus.lock:
            fault = next((each for each in campus.faults if each.fits(request)), None)
            if fault:
                fault.times -= 1
        response = HttpResponse(fault.body, status=fault.status) if fault else get_response(request)
        with campus.lock:
            campus.calls.append(
                {
                    "method": request.method,
                    "path": request.get_full_path(),
                    "type": request.headers.get("Content-Type", ""),
                    "status": response.status_code,
                    "answer": response.content.decode("utf-8", "replace")[:2000],
                }
            )
        return response

    return answer


def nobody_logged_in(get_response: Answering) -> Answering:
    """Middleware: the package looks at `request.user`, of whom LTI needs nothing."""
    from django.contrib.auth.models import AnonymousUser  # a table: only after Django is configured

    def answer(request: HttpRequest) -> HttpResponse:
        request.user = AnonymousUser()
        return get_response(request)

    return answer


def complete_the_package() -> None:
    """Put our campus where the package would ask the rest of Open edX."""
    from lti_consumer.exceptions import LtiError
    from lti_consumer.plugin import compat

    def person_of(external_id: str) -> Person:
        if external_id not in campus.people:
            raise LtiError("Invalid User")
        return campus.people[external_id]

    def block_at(location: Any) -> Block:
        return campus.blocks[str(location)]

    compat.load_enough_xblock = block_at
    compat.load_block_as_user = block_at
    compat.get_user_from_external_user_id = person_of


def add_tool(asked: dict[str, Any]) -> dict[str, Any]:
    """Register a tool: a client id and keys of its own. Answers what the tool has to know."""
    from lti_consumer.models import Lti1p3Passport
    from lti_consumer.utils import get_lms_lti_access_token_link, get_lms_lti_keyset_link

    passport = Lti1p3Passport.objects.create(
        name=asked["name"], lti_1p3_tool_keyset_url=asked["jwks_url"], **new_keys()
    )
    return {
        **platform_data(),
        "name": asked["name"],
        "client_id": passport.lti_1p3_client_id,
        "auth_token_url": get_lms_lti_access_token_link(passport.passport_id),
        "jwks_url": get_lms_lti_keyset_link(passport.passport_id),
        "deployment_id": DEPLOYMENT,
    }


def new_keys() -> dict[str, str]:
    """A platform key as the package keeps it; its own way of making one takes a second or more."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return {
        "lti_1p3_internal_private_key": pem.decode(),
        "lti_1p3_internal_private_key_id": str(uuid.uuid4()),
        "lti_1p3_internal_public_jwk": "",  # made from the private one
    }


def change_keys(asked: dict[str, Any]) -> dict[str, Any]:
    """Let a tool's keys be made anew: what was signed with the old ones is worth nothing from now on."""
    from lti_consumer.models import Lti1p3Passport

    Lti1p3Passport.objects.filter(lti_1p3_client_id=asked["client_id"]).update(**new_keys())
    return {}


def add_block(asked: dict[str, Any]) -> dict[str, Any]:
    """Place an activity of a tool in a course; `mode` is the package's for grades."""
    from lti_consumer.models import Lti1p3Passport, LtiConfiguration
    from opaque_keys.edx.keys import CourseKey

    course = CourseKey.from_string(asked["course"])
    location = course.make_usage_key("lti_consumer", asked["block"])
    campus.blocks[str(location)] = Block(location, asked["title"], asked["weight"])
    config = LtiConfiguration.objects.create(
        version=LtiConfiguration.LTI_1P3,
        config_store=LtiConfiguration.CONFIG_ON_DB,
        location=location,
        lti_1p3_passport=Lti1p3Passport.objects.get(lti_1p3_client_id=asked["client_id"]),
        lti_1p3_oidc_url=asked["login_url"],
        lti_1p3_launch_url=asked["launch_url"],
        lti_advantage_ags_mode=asked["mode"],
        lti_advantage_enable_nrps=asked["roster"],
    )
    return {"location": str(location), "services": f"/api/lti_consumer/v1/lti/{config.id}"}


def change_block(asked: dict[str, Any]) -> dict[str, Any]:
    """Let a block's due date be past, or not."""
    campus.blocks[asked["location"]].past_due = asked["past_due"]
    return {}


def remove_line_items(asked: dict[str, Any]) -> dict[str, Any]:
    """Delete the columns of a block, as an administrator of Open edX can and a tool cannot."""
    from lti_consumer.models import LtiAgsLineItem

    removed, _ = LtiAgsLineItem.objects.filter(lti_configuration__location=asked["location"]).delete()
    return {"removed": removed}


def add_person(asked: dict[str, Any]) -> dict[str, Any]:
    """Make an account (with an `external_id`, one that tools know already)."""
    external_id = asked.get("external_id") or str(uuid.uuid4())
    with campus.lock:
        campus.people[external_id] = Person(
            len(campus.people) + 1, external_id, asked.get("name"), asked.get("email")
        )
    return {"external_id": external_id}


def forget_person(asked: dict[str, Any]) -> dict[str, Any]:
    """Delete an account."""
    del campus.people[asked["person"]]
    return {}


def begin_launch(asked: dict[str, Any]) -> dict[str, Any]:
    """Where a person's browser goes who opens a block, in a role of Open edX (None: no role at all)."""
    from lti_consumer.api import get_lti_1p3_launch_start_url
    from lti_consumer.data import Lti1p3LaunchData
    from lti_consumer.models import LtiConfiguration

    person = campus.people[asked["person"]]
    config = LtiConfiguration.objects.get(location=asked["location"])
    course = str(config.location.course_key)
    data = Lti1p3LaunchData(
        user_id=person.number,
        user_role=asked["role"],
        config_id=config.config_id,
        resource_link_id=str(config.location),
        external_user_id=person.external_id,
        name=person.name,
        email=person.email,
        launch_presentation_document_target="iframe",
        context_id=course,
        context_type=["course_offering"],
        context_title=f"Cours {course}",
        context_label=course,
        custom_parameters=asked["custom"],
    )
    return {"url": get_lti_1p3_launch_start_url(data)}


def see_block(asked: dict[str, Any]) -> dict[str, Any]:
    """A block's gradebook column by external id, its line items and the scores that the package keeps for them."""
    from lti_consumer.models import LtiAgsLineItem, LtiAgsScore

    items = LtiAgsLineItem.objects.filter(lti_configuration__location=asked["location"])
    scores = LtiAgsScore.objects.filter(line_item__in=items)
    return {
        "grades": campus.blocks[asked["location"]].grades,
        "line_items": [
            {"label": each.label, "tag": each.tag, "resource_id": each.resource_id, "max": each.score_maximum}
            for each in items
        ],
        "scores": {each.user_id: each.score_given for each in scores},
    }


def set_fault(asked: dict[str, Any]) -> dict[str, Any]:
    """Answer something else for a while; `times` 0 lifts every fault of that path."""
    with campus.lock:
        campus.faults = [each for each in campus.faults if each.path != asked["path"]]
        campus.faults.append(Fault(**asked))
    return {}


def see_calls(asked: dict[str, Any]) -> dict[str, Any]:
    """The calls received whose path holds a text, oldest first."""
    with campus.lock:
        return {"calls": [each for each in campus.calls if asked["path"] in each["path"]]}


CONTROLS = (
    *(add_tool, change_keys, add_block, change_block, remove_line_items, add_person, forget_person),
    *(begin_launch, see_block, set_fault, see_calls),
)


def control(action: Callable[[dict[str, Any]], dict[str, Any]]) -> Answering:
    """Make a JSON address of a function."""

    def answer(request: HttpRequest) -> HttpResponse:
        return JsonResponse(action(json.loads(request.body)))

    return answer


def platform_data() -> dict[str, str]:
    """What is true of the platform for every tool."""
    from lti_consumer.utils import get_lms_lti_launch_link

    return {"issuer": settings.LTI_BASE, "auth_login_url": get_lms_lti_launch_link()}


def configure(base: str, directory: Path) -> None:
    """Django with what the package needs, and no more."""
    settings.configure(
        LTI_BASE=base,
        LMS_ROOT_URL=base,
        PLATFORM_NAME="Open edX for tests",
        SECRET_KEY=uuid.uuid4().hex,
        ALLOWED_HOSTS=[urlsplit(base).hostname],
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "config_models",
            "lti_consumer",
        ],
        MIDDLEWARE=[
            "__main__.recording_and_failing",
            "__main__.nobody_logged_in",
            "edx_django_utils.cache.middleware.RequestCacheMiddleware",
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(directory / "platform.sqlite"),
                "ATOMIC_REQUESTS": True,  # as Open edX does: a grade that fails leaves no score behind
                "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
            }
        },
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        REST_FRAMEWORK={"UNAUTHENTICATED_USER": None},
        USAGE_ID_PATTERN=r"(?P<usage_id>[^/?]+)",
        LOGGING_CONFIG=None,
    )
    django.setup()
    complete_the_package()
    settings.ROOT_URLCONF = (
        *(path(f"control/{each.__name__}", control(each)) for each in CONTROLS),
        path("api/", include("lti_consumer.plugin.urls", namespace="lti_consumer")),
    )


def main() -> None:
    """Serve until standard input ends, that is, until the test process is gone."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="openedx-") as directory:
        server = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler)
        configure(f"http://127.0.0.1:{server.server_port}", Path(directory))
        call_command("migrate", verbosity=0)
        server.set_app(get_wsgi_application())
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        serving.start()
        sys.stdout.write(json.dumps(platform_data()) + "\n")
        sys.stdout.flush()
        sys.stdin.read()
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    main()
