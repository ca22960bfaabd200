"""Mails in the search box: filed ones, by subject and by whom they are with, for those who reach them."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from saas import search
from saas.crm.mails import actions, queries
from saas.crm.mails.models import Mail
from saas.db import db
from saas.jobs import crm as jobs
from saas.tenants import queries as tenants
from saas.tenants import scope
from tests.crm.mails.posting import bring, message
from tests.factories import make_account, make_agent, make_contact, make_tenant, sign_in

JANA = "Jana Kroger <jana@elbe.example>"


@pytest.fixture
def here(context):
    return make_tenant()


@pytest.fixture
def mail(here, client):
    """A mail of a customer's person to the agent who reads."""
    me = sign_in(client, here, "agent", name="Ann")
    with scope.enter(here.id):
        elbe = make_account(tenants.member(me.id), name="Elbe Systems")
        make_contact(elbe, name="Jana Kroger", email="jana@elbe.example")
        made = bring(message(JANA, me.email, "图纸 of the mounting plate"))
        db.session.commit()
        return made.id


def found(client, here, words):
    return client.get(f"/{here.slug}/search/?q={words}", headers={"HX-Request": "true"}).text


def row(mail_id):
    return db.session.scalars(select(Mail).where(Mail.id == mail_id)).one()


class TestSearch:
    @pytest.mark.parametrize("words", ["mounting", "图纸", "jana@elbe", "Kroger"])
    def test_finds_a_filed_mail(self, here, client, mail, words):
        page = found(client, here, words)
        assert f"/mails/{mail}" in page
        assert "图纸 of the mounting plate" in page

    def test_finds_ours_by_to_whom_it_went(self, here, client, mail):
        with scope.enter(here.id):
            ann = row(mail).owner
            ours = bring(message(f"Ann <{ann.email}>", JANA, "Our answer"))
            db.session.commit()
            ours_id = ours.id
        assert f"/mails/{ours_id}" in found(client, here, "Kroger")

    def test_hides_a_colleagues(self, here, client, mail):
        with scope.enter(here.id):
            role = tenants.role("agent")
            role.rights = role.rights | {"activity.view": "own"}
            bo = make_agent(name="Bo")
            other = make_account(bo, name="Weser")
            make_contact(other, name="Tom", email="tom@weser.example")
            hidden = bring(message("Tom <tom@weser.example>", bo.email, "Secret mounting"))
            db.session.commit()
            hidden_id = hidden.id
        page = found(client, here, "mounting")
        assert f"/mails/{mail}" in page
        assert f"/mails/{hidden_id}" not in page
        assert "Secret" not in page

    def test_leaves_out_the_tray(self, here, client, mail):
        with scope.enter(here.id):
            bring(message("Nobody <nobody@known.example>", row(mail).owner.email, "Mounting by a stranger"))
            actions.take_off(row(mail), by=row(mail).owner)
            db.session.commit()
        assert "/mails/" not in found(client, here, "mounting")

    def test_goes_to_the_heir_of_a_leaver(self, here, client, mail):
        with scope.enter(here.id):
            heir = make_agent()
            actions.hand_over(row(mail).owner_id, heir, heir, mail)
            entry = select(search.SearchEntry.owner_id).where(search.SearchEntry.subject_id == mail)
            assert db.session.scalars(entry).one() == heir.id

    def test_those_filed_before_are_found_in_the_morning(self, here, client, mail):
        with scope.enter(here.id):
            db.session.execute(delete(search.SearchEntry).where(search.SearchEntry.kind == "mail"))
            db.session.commit()
            assert [one.id for one in queries.not_found_yet(10)] == [mail]
            jobs.find_mails()
            assert queries.not_found_yet(10) == []
        assert f"/mails/{mail}" in found(client, here, "mounting")
