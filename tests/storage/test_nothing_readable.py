"""A dump of the database gives nobody a key to sign with, on either database."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from sqlalchemy import select

from lti.keys import KeyUnreadable, decrypt_private_key
from storage.database import Database
from storage.schema import metadata
from storage.tool_keys import all_tool_keys
from workflows.tool_keys import KeyringOnFile, ensure_keys, rotate_keys

SECRET = b"a secret for tests, of no value at all"
NOW = datetime(2026, 10, 15, 12, 0, tzinfo=UTC)


def dump(database: Database) -> str:
    """Everything in it, as text."""
    with database.read() as connection:
        rows = [row for table in metadata.sorted_tables for row in connection.execute(select(table))]
    return "\n".join("\t".join(map(str, row)) for row in rows)


def spellings(key: RSAPrivateKey) -> list[str]:
    """The secret part of a key in every spelling somebody might have chosen."""
    numbers = key.private_numbers()
    pem, der = (
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        for encoding in (serialization.Encoding.PEM, serialization.Encoding.DER)
    )
    found = [str(numbers.d), f"{numbers.d:x}", pem.decode().splitlines()[12], der.hex()[200:300]]
    for number in (numbers.d, numbers.p, numbers.q):
        raw = number.to_bytes((number.bit_length() + 7) // 8)
        found += [base64.b64encode(raw).decode()[:40], base64.urlsafe_b64encode(raw).decode()[:40]]
    return found


def test_no_private_key_is_readable_in_a_dump(database_url: str) -> None:
    database = Database(database_url)
    database.upgrade()
    ensure_keys(database, SECRET, NOW)
    rotate_keys(database, SECRET, NOW)
    text = dump(database)
    assert "PRIVATE KEY" not in text
    assert SECRET.decode() not in text
    with database.read() as connection:
        rows = all_tool_keys(connection)
    assert len(rows) == 3
    for row in rows:
        assert row.kid in text  # the dump is one
        for spelling in spellings(decrypt_private_key(row.encrypted_private_key, SECRET)):
            assert spelling not in text
    database.close()


def test_another_secret_is_refused_in_words(database_url: str) -> None:
    database = Database(database_url)
    database.upgrade()
    ensure_keys(database, SECRET, NOW)
    with pytest.raises(
        KeyUnreadable, match="Restore that secret, or make new keys with `flask --app app keys"
    ):
        KeyringOnFile(database, b"another secret")()
    with pytest.raises(KeyUnreadable, match="the application secret is not the one"):
        rotate_keys(database, b"another secret", NOW)
    rotate_keys(database, b"another secret", NOW, immediately=True)
    assert KeyringOnFile(database, b"another secret")().active.kid
    database.close()
