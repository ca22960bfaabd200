"""How passwords are kept, and which are refused."""

from __future__ import annotations

import pytest

from saas.tenants import passwords
from saas.tenants.actions import users


class TestHash:
    def test_is_argon2id_with_owasps_settings(self):
        assert passwords.hashed("correct horse battery").startswith("$argon2id$v=19$m=47104,t=1,p=1$")

    @pytest.mark.parametrize(
        "password", ["a" * 64, "b" * 128, "密码也可以是几个中文词语", "e\u0301galite\u0301 pour tous"]
    )
    def test_keeps_every_character(self, password):
        kept = passwords.hashed(password)
        assert passwords.is_right(kept, password)
        assert not passwords.is_right(kept, password[:-1])
        assert not passwords.is_right(kept, password + "x")

    def test_knows_the_same_letters_written_another_way(self):
        assert passwords.is_right(passwords.hashed("e\u0301galite\u0301 pour tous"), "égalité pour tous")

    def test_lets_nobody_in_without_one(self):
        assert not passwords.is_right(None, "nobody signs in with this")
        assert not passwords.is_right("not a hash", "x")


class TestChoice:
    @pytest.mark.quick
    def test_refuses_three_thousand_common_ones(self, app):
        from zxcvbn.frequency_lists import FREQUENCY_LISTS

        common = FREQUENCY_LISTS["passwords"][:3000]
        with app.test_request_context():
            for password in common:
                with pytest.raises(users.WeakPassword):
                    users.check_new_password(password)

    @pytest.mark.parametrize(
        "weak",
        [
            "short",
            "passwordpassword",
            "Password123!",
            "1234567890",
            "aaaaaaaaaaaaaa",
            "miraolsen2026",
            "Olsen.Mira!",
            "x" * 129,
        ],
    )
    def test_refuses_what_is_guessed(self, app, weak):
        with app.test_request_context(), pytest.raises(users.WeakPassword):
            users.check_new_password(weak, ("mira.olsen@harbor.example", "Mira Olsen"))

    @pytest.mark.parametrize(
        "fine", ["seven small green boats", "tr0ub4dor&3x-x", "雨过天晴云破处这般颜色", "olsen likes rusty bicycles"]
    )
    def test_takes_what_is_not(self, app, fine):
        with app.test_request_context():
            users.check_new_password(fine, ("mira.olsen@harbor.example", "Mira Olsen"))

    @pytest.mark.parametrize("kept", ["$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$" + "A" * 43])
    def test_tells_an_old_hash(self, kept):
        assert passwords.is_outdated(kept)
        assert not passwords.is_outdated(passwords.hashed("seven small green boats"))
