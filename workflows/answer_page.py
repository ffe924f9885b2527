"""The answer to a platform's question, signed, on its way back through the teacher's browser."""

from __future__ import annotations

from dataclasses import dataclass

from lti.deep_linking import DeepLinkingAnswer
from lti.keys import Keyring
from lti.origins import origin_of
from storage.platforms import find_platform
from workflows.deep_linking_question import open_question, question_gone
from workflows.platform_registry import registration_of
from workflows.visit import Visit
from workflows.world import World


@dataclass(frozen=True, kw_only=True)
class AnswerPage:
    """The form that takes the answer back: posted by the browser to the platform. `added`: how many activities."""

    return_url: str
    origin: str
    jwt: str
    added: int


def answer_page(world: World, visit: Visit, keyring: Keyring) -> AnswerPage:
    """The answer, signed now.

    Raises:
        Refused: nothing was chosen yet, the selection has expired, or the platform was disabled since.
    """
    now = world.now()
    with world.database.read() as connection:
        request = open_question(connection, world, visit)
        platform = find_platform(connection, request.platform_id)
    if request.content_items is None or platform is None or not platform.enabled:
        raise question_gone()
    registration = registration_of(platform)
    return_url = str(request.settings["return_url"])
    if not registration.allows(return_url):
        raise question_gone()
    answer = DeepLinkingAnswer(
        issuer=registration.issuer,
        client_id=registration.client_id,
        deployment_id=request.lti_deployment_id,
        nonce=request.nonce,
        content_items=request.content_items,
        data=request.settings.get("data"),
    )
    return AnswerPage(
        return_url=return_url,
        origin=origin_of(return_url) or "",
        jwt=answer.signed(keyring.active, now),
        added=len(request.content_items),
    )
