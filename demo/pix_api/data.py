"""What this Pix holds: clients, organisations, campaigns, participations; values as its API writes them."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Item = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Client:
    """An institution with access: its secret, the scopes granted, the organisations of its jurisdiction."""

    id: str
    secret: str
    scopes: frozenset[str] = frozenset({"meta", "campaigns"})
    organization_ids: frozenset[int] = frozenset()


@dataclass(kw_only=True)
class PixData:
    """Everything, safe under threads. `campaigns` by organisation; `participations` by campaign."""

    clients: dict[str, Client] = field(default_factory=dict)
    organizations: list[Item] = field(default_factory=list)
    campaigns: dict[int, list[Item]] = field(default_factory=dict)
    participations: dict[int, list[Item]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _tokens: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)

    def add_client(self, client: Client) -> None:
        """Give an institution access, or another secret."""
        with self.lock:
            self.clients[client.id] = client

    def add_organization(self, organization: Mapping[str, Any], campaigns: Iterable[Item] = ()) -> None:
        """Add an organisation with its campaigns."""
        with self.lock:
            self.organizations.append(dict(organization))
            self.campaigns[organization["id"]] = list(campaigns)
            for each in self.campaigns[organization["id"]]:
                self.participations.setdefault(each["id"], [])

    def add_participations(self, campaign_id: int, participations: Iterable[Item]) -> None:
        """Add participations to a campaign, after those it has."""
        with self.lock:
            self.participations[campaign_id].extend(participations)

    def share(
        self,
        campaign_id: int,
        *,
        first_name: str,
        last_name: str,
        external_id: str | None = None,
        at: datetime,
        created_at: datetime | None = None,
        user_id: int | None = None,
        **values: Any,
    ) -> Item:
        """Let somebody send their profile (or finish an assessment); `values` are `pixScore`, `tubes` and such."""
        with self.lock:
            number = 1 + max(
                (each["id"] for all_ in self.participations.values() for each in all_), default=70200000
            )
            made = participation(
                number,
                campaign_id,
                first_name=first_name,
                last_name=last_name,
                external_id=external_id,
                created_at=created_at or at,
                shared_at=at,
                user_id=number if user_id is None else user_id,
                **values,
            )
            self.participations[campaign_id].append(made)
            return made

    def organization_of(self, campaign_id: int) -> int | None:
        """The organisation of a campaign."""
        with self.lock:
            return next(
                (
                    number
                    for number, campaigns in self.campaigns.items()
                    if any(c["id"] == campaign_id for c in campaigns)
                ),
                None,
            )

    def new_token(self, client_id: str, scopes: Sequence[str]) -> str:
        """A token that is good until it expires."""
        token = f"{secrets.token_urlsafe(24)}.DEMO.TOKEN"
        with self.lock:
            self._tokens[token] = (client_id, frozenset(scopes))
        return token

    def bearer(self, token: str) -> tuple[Client, frozenset[str]] | None:
        """Whose a token is, with its scopes; None where it is none or has expired."""
        with self.lock:
            client_id, scopes = self._tokens.get(token, ("", frozenset[str]()))
            client = self.clients.get(client_id)
            return None if client is None else (client, scopes)

    def expire_tokens(self) -> None:
        """Let every token run out."""
        with self.lock:
            self._tokens.clear()


def participation(
    number: int,
    campaign_id: int,
    *,
    first_name: str,
    last_name: str,
    external_id: str | None = None,
    created_at: datetime,
    shared_at: datetime | None = None,
    user_id: int,
    client_id: str = "demo",
    **values: Any,
) -> Item:
    """One participation as the API writes it; a key whose value Pix does not define is absent."""
    item: Item = {
        "id": number,
        "status": "STARTED" if shared_at is None else "SHARED",
        "authenticationId": None,
        "participantFirstName": first_name,
        "participantLastName": last_name,
        "participantExternalId": external_id,
        "createdAt": written(created_at),
        "sharedAt": None if shared_at is None else written(shared_at),
        "campaignId": campaign_id,
        # As Pix makes it: an identifier of the person for this client, nothing secret.
        "participantId": hashlib.sha1(f"{user_id}_{client_id}".encode(), usedforsecurity=False).hexdigest(),
        "tubes": [],
    }
    return item | values


def written(instant: datetime) -> str:
    """An instant as Pix writes it: UTC, to the millisecond."""
    return f"{instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
