"""The tool's own keys: made at the first start, rotated without refusing anybody, read again while a process runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime

from lti.keys import (
    Keyring,
    KeyState,
    KeyUnreadable,
    RotationPlan,
    StoredKey,
    apply_rotation,
    give_up_unreadable,
    load_keyring,
    plan_rotation,
)
from storage.database import Connection, Database
from storage.tool_keys import ToolKeyRow, all_tool_keys, lock_tool_keys, replace_tool_keys

READ_AGAIN_AFTER = 5.0
"""Seconds after which a process looks whether the keys were rotated elsewhere."""


class KeyringOnFile:
    """The keyring of the database, decrypted once and looked up again from time to time; safe under threads."""

    def __init__(
        self, database: Database, secret: bytes, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._secret = secret
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._stored: list[StoredKey] = []
        self._keyring: Keyring | None = None
        self._read_at = 0.0

    def __call__(self, *, fresh: bool = False) -> Keyring:
        """The keyring now; `fresh`: as it is on file at this instant, for those who publish it.

        Raises:
            lti.keys.KeyUnreadable: the application secret is not the one the keys were encrypted with.
            LookupError: there is no key at all (`ensure_keys` was never called).
        """
        with self._lock:
            if fresh or self._keyring is None or self._monotonic() - self._read_at > READ_AGAIN_AFTER:
                with self._database.read() as connection:
                    stored = _stored(connection)
                if stored != self._stored or self._keyring is None:
                    self._keyring = load_keyring(stored, self._secret)
                    self._stored = stored
                self._read_at = self._monotonic()
            if self._keyring is None:
                raise LookupError("the tool has no signing key")
            return self._keyring


def ensure_keys(database: Database, secret: bytes, now: datetime) -> None:
    """Make the first keys where there are none; two processes starting at once make them once."""
    with database.read() as connection:
        if any(key.state is KeyState.ACTIVE for key in _stored(connection)):
            return
    with database.write() as connection:
        lock_tool_keys(connection)
        stored = _stored(connection)
        if not any(key.state is KeyState.ACTIVE for key in stored):
            _keep(connection, apply_rotation(stored, plan_rotation(stored, now), secret=secret, now=now))


def rotate_keys(
    database: Database, secret: bytes, now: datetime, *, immediately: bool = False, leaked: bool = False
) -> RotationPlan:
    """Move the keys one step on; the plan tells what was done, or until when to wait.

    Raises:
        lti.keys.KeyUnreadable: the keys were encrypted with another secret, and `immediately` does not ask to give
            them up for new ones.
    """
    with database.write() as connection:
        lock_tool_keys(connection)
        stored: list[StoredKey] = _stored(connection)
        readable = list(give_up_unreadable(stored, secret, now))
        if readable != stored and not immediately and not leaked:
            load_keyring(stored, secret)  # says it in its own words
            raise KeyUnreadable("the next signing key cannot be decrypted: `keys rotate --now` makes another")
        stored = readable
        plan = plan_rotation(stored, now, immediately=immediately, leaked=leaked)
        _keep(connection, apply_rotation(stored, plan, secret=secret, now=now))
    return plan


def _stored(connection: Connection) -> list[StoredKey]:
    return [
        StoredKey(
            kid=row.kid,
            encrypted_private_key=row.encrypted_private_key,
            public_jwk_json=row.public_jwk,
            state=KeyState(row.state),
            created_at=row.created_at,
            changed_at=row.changed_at,
        )
        for row in all_tool_keys(connection)
    ]


def _keep(connection: Connection, keys: tuple[StoredKey, ...]) -> None:
    replace_tool_keys(
        connection,
        [
            ToolKeyRow(
                kid=key.kid,
                encrypted_private_key=key.encrypted_private_key,
                public_jwk=key.public_jwk_json,
                state=key.state.value,
                created_at=key.created_at,
                changed_at=key.changed_at,
            )
            for key in keys
        ],
    )
