"""What is asked for by its id, or not found."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import MultipleResultsFound

from saas.crm.customers.models import Account
from saas.errors import NotFound
from saas.found import known, the_one
from tests.factories import make_account


class TestTheOne:
    def test_is_the_row_that_the_statement_finds(self, tenant):
        acme = make_account()
        assert the_one(select(Account).where(Account.id == acme.id)) is acme

    def test_is_not_found_where_there_is_none_and_never_one_of_two(self, tenant):
        with pytest.raises(NotFound):
            the_one(select(Account).where(Account.id == uuid4()))
        for _n in range(2):
            make_account()
        with pytest.raises(MultipleResultsFound):
            the_one(select(Account))


class TestKnown:
    @pytest.mark.parametrize("found", [0, "", [], object()])
    def test_gives_back_what_there_is_also_if_it_is_empty(self, found):
        assert known(found) is found

    def test_is_not_found_where_there_is_nothing(self):
        with pytest.raises(NotFound):
            known(None)
