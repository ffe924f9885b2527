"""The tool's own keys: encrypted at rest, published, rotated without a gap."""

import json
from datetime import timedelta

import jwt
import pytest

from lti.keys import (
    PUBLISHED_AFTER_USE,
    PUBLISHED_BEFORE_USE,
    KeyState,
    KeyUnreadable,
    StoredKey,
    apply_rotation,
    decrypt_private_key,
    encrypt_private_key,
    generate_key,
    load_keyring,
    plan_rotation,
    public_jwk,
    public_jwks,
)
from tests.lti.conftest import NOW, SECRET
from tests.lti.forge import rsa_key


def stored(kid: str, state: KeyState, age: timedelta = timedelta(0)) -> StoredKey:
    """A key of the session in a state since `age`."""
    key = rsa_key(kid)
    return StoredKey(
        kid=kid,
        encrypted_private_key=encrypt_private_key(key, SECRET),
        public_jwk_json=json.dumps(public_jwk(kid, key.public_key())),
        state=state,
        created_at=NOW - age,
        changed_at=NOW - age,
    )


def test_a_stored_key_holds_nothing_readable_and_comes_back() -> None:
    key = rsa_key("a")
    encrypted = encrypt_private_key(key, SECRET)
    assert "PRIVATE" not in encrypted
    assert decrypt_private_key(encrypted, SECRET).private_numbers() == key.private_numbers()
    assert encrypt_private_key(key, SECRET) != encrypted


@pytest.mark.parametrize("text", ["", "é", "nonsense", encrypt_private_key(rsa_key("a"), b"another secret")])
def test_a_key_of_another_secret_says_what_to_do(text: str) -> None:
    with pytest.raises(KeyUnreadable, match="secret"):
        decrypt_private_key(text, SECRET)


def test_what_is_signed_verifies_with_what_is_published() -> None:
    ring = load_keyring([generate_key(SECRET, state=KeyState.ACTIVE, now=NOW)], SECRET)
    assert ring is not None
    token = jwt.encode({"a": 1}, ring.active.private_key, algorithm="RS256", headers={"kid": ring.active.kid})
    published = public_jwks(ring)["keys"]
    assert [key["kid"] for key in published] == [ring.active.kid]
    assert set(published[0]) == {"kty", "use", "alg", "kid", "n", "e"}
    assert jwt.decode(token, jwt.PyJWK(published[0]), algorithms=["RS256"]) == {"a": 1}


def test_all_states_are_published_and_the_active_signs() -> None:
    keys = [stored("r", KeyState.RETIRED), stored("a", KeyState.ACTIVE), stored("n", KeyState.NEXT)]
    ring = load_keyring(keys, SECRET)
    assert ring is not None
    assert ring.active.kid == "a"
    assert {key["kid"] for key in ring.published} == {"r", "a", "n"}


def test_without_an_active_key_there_is_no_keyring() -> None:
    assert load_keyring([stored("n", KeyState.NEXT)], SECRET) is None
    assert load_keyring([], SECRET) is None


def test_the_first_rotation_makes_an_active_and_a_next_key() -> None:
    keys = apply_rotation([], plan_rotation([], NOW), secret=SECRET, now=NOW)
    assert [key.state for key in keys] == [KeyState.ACTIVE, KeyState.NEXT]


def test_a_rotation_promotes_retires_and_prepares() -> None:
    old = PUBLISHED_BEFORE_USE
    keys = [stored("a", KeyState.ACTIVE, old), stored("n", KeyState.NEXT, old)]
    plan = plan_rotation(keys, NOW)
    assert (plan.promote, plan.retire, plan.create, plan.remove) == ("n", "a", (KeyState.NEXT,), ())
    after = apply_rotation(keys, plan, secret=SECRET, now=NOW)
    assert [(key.kid, key.state) for key in after[:2]] == [("a", KeyState.RETIRED), ("n", KeyState.ACTIVE)]
    assert after[0].changed_at == NOW
    assert after[2].state is KeyState.NEXT


def test_a_key_signs_only_after_it_was_published_for_a_while() -> None:
    keys = [
        stored("a", KeyState.ACTIVE, timedelta(days=30)),
        stored("n", KeyState.NEXT, timedelta(minutes=59)),
    ]
    plan = plan_rotation(keys, NOW)
    assert (plan.promote, plan.wait_until) == (None, NOW + timedelta(minutes=1))
    assert plan_rotation(keys, NOW, immediately=True).promote == "n"


def test_a_next_key_as_old_as_the_active_one_needs_no_wait() -> None:
    keys = [stored("a", KeyState.ACTIVE, timedelta(0)), stored("n", KeyState.NEXT, timedelta(0))]
    assert plan_rotation(keys, NOW).promote == "n"


def test_a_retired_key_stays_published_for_a_while() -> None:
    keys = [
        stored("a", KeyState.ACTIVE),
        stored("n", KeyState.NEXT),
        stored("r", KeyState.RETIRED, PUBLISHED_AFTER_USE - timedelta(seconds=1)),
        stored("s", KeyState.RETIRED, PUBLISHED_AFTER_USE),
    ]
    plan = plan_rotation(keys, NOW)
    assert plan.remove == ("s",)
    assert "s" not in {key.kid for key in apply_rotation(keys, plan, secret=SECRET, now=NOW)}


def test_leaked_keys_are_withdrawn_at_once() -> None:
    keys = [stored("a", KeyState.ACTIVE), stored("n", KeyState.NEXT), stored("r", KeyState.RETIRED)]
    after = apply_rotation(keys, plan_rotation(keys, NOW, leaked=True), secret=SECRET, now=NOW)
    assert [key.state for key in after] == [KeyState.ACTIVE, KeyState.NEXT]
    assert not {key.kid for key in after} & {"a", "n", "r"}


def test_a_missing_next_key_is_prepared_first() -> None:
    plan = plan_rotation([stored("a", KeyState.ACTIVE)], NOW)
    assert (plan.promote, plan.create) == (None, (KeyState.NEXT,))
    assert plan.wait_until == NOW + PUBLISHED_BEFORE_USE
