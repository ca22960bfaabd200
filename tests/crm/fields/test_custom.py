"""Fields of a workspace's own: made, filled in, shown, found by, told, and kept."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from flask_babel import force_locale
from hypothesis import given
from hypothesis import strategies as st

from saas.crm.customers import actions as customers
from saas.crm.customers.models import AccountKind
from saas.crm.fields import custom_actions as actions
from saas.crm.fields import custom_queries as queries
from saas.crm.fields.custom_models import Applies, CustomField, FieldKind
from saas.crm.fields.custom_values import figure_term
from saas.db import db
from saas.errors import Refused
from saas.tenants import scope
from saas.tenants.models import Event
from tests.factories import make_account, make_agent, make_contact, make_tenant

K = FieldKind


def make_field(kind=K.TEXT, name="Nickname", subject="account", choices=(), **given) -> CustomField:
    """A field of the workspace in scope; `choices` by their names."""
    words = [{"key": "", "name": one, "is_retired": False} for one in choices]
    return actions.add(subject, kind, {"name": name, "choices": words, **given}, by=make_agent())


def key_of(field: CustomField, word: str) -> str:
    """The key of a field's word."""
    return next(one["key"] for one in field.choices if one["name"] == word)


@pytest.mark.shows("CB2")
class TestValues:
    @pytest.mark.parametrize(
        ("kind", "given", "held"),
        [
            (K.TEXT, "  Bo ", "Bo"),
            (K.NUMBER, Decimal("12.50"), "12.5"),
            (K.NUMBER, Decimal("100"), "100"),
            (K.MONEY, Decimal("1300"), "1300.00"),
            (K.DATE, date(2026, 2, 28), "2026-02-28"),
        ],
    )
    def test_are_kept_exactly(self, tenant, kind, given, held):
        field = make_field(kind)
        acme = make_account(custom={str(field.id): given})
        assert acme.custom == {str(field.id): held}

    def test_of_choices_are_their_keys_in_the_order_of_the_field(self, tenant):
        one, many = (
            make_field(K.CHOICE, "Size", choices=("S", "M")),
            make_field(K.CHOICES, "Days", choices=("Mo", "Tu")),
        )
        chosen = [key_of(many, "Tu"), key_of(many, "Mo")]
        acme = make_account(custom={str(one.id): key_of(one, "M"), str(many.id): chosen})
        assert acme.custom == {str(one.id): key_of(one, "M"), str(many.id): [key_of(many, "Mo"), key_of(many, "Tu")]}

    def test_name_a_colleague_and_a_customer(self, tenant):
        who, whom = make_field(K.PERSON, "Tutor"), make_field(K.ACCOUNT, "Carrier")
        bo, fast = make_agent(), make_account()
        acme = make_account(custom={str(who.id): bo.id, str(whom.id): fast.id})
        assert acme.custom == {str(who.id): str(bo.id), str(whom.id): str(fast.id)}

    @pytest.mark.parametrize(
        ("kind", "given"),
        [
            (K.TEXT, "x" * 501),
            (K.NUMBER, "twelve"),
            (K.NUMBER, Decimal("1e20")),
            (K.NUMBER, Decimal("NaN")),
            (K.DATE, "31.2.2026"),
            (K.CHOICE, "of another field"),
            (K.CHOICES, ["of another field"]),
            (K.PERSON, "Bo"),
        ],
    )
    def test_that_do_not_fit_are_refused_by_the_fields_name(self, tenant, kind, given):
        field = make_field(kind, choices=("S",))
        with pytest.raises(Refused, match="Nickname"):
            make_account(custom={str(field.id): given})

    @pytest.mark.parametrize("kind", [K.PERSON, K.ACCOUNT])
    def test_never_name_somebody_of_another_workspace(self, context, kind):
        with scope.enter(make_tenant().id):
            stranger = make_agent().id if kind is K.PERSON else make_account().id
            db.session.commit()
        with scope.enter(make_tenant().id):
            field, acme = make_field(kind, "Tutor"), make_account()
            for write in (
                lambda: make_account(custom={str(field.id): stranger}),
                lambda: customers.change_account(
                    acme, {"custom": {str(field.id): stranger}}, version=None, by=make_agent()
                ),
            ):
                with pytest.raises(Refused, match="isn't here"):
                    write()

    def test_of_another_workspaces_field_are_refused(self, context):
        with scope.enter(make_tenant().id):
            theirs = make_field()
            db.session.commit()
        with scope.enter(make_tenant().id), pytest.raises(ValueError, match="no fields of account"):
            make_account(custom={str(theirs.id): "x"})

    def test_that_were_not_said_stay(self, tenant):
        one, other = make_field(), make_field(name="Motto")
        acme = make_account(custom={str(one.id): "Bo", str(other.id): "On"})
        changed = customers.change_account(acme, {"custom": {str(one.id): None}}, version=None, by=make_agent())
        assert acme.custom == {str(other.id): "On"}
        assert changed == {"custom": [{str(one.id): "Bo"}, {str(one.id): None}]}

    def test_are_found_by_what_they_are_now(self, tenant):
        field = make_field(K.NUMBER)
        acme = make_account(custom={str(field.id): Decimal(-5)})
        contact = make_contact(acme)
        assert len(queries.terms_of([acme.id, contact.id])) == 1
        before = queries.terms_of([acme.id])[0].term
        customers.change_account(acme, {"custom": {str(field.id): Decimal("0.5")}}, version=None, by=make_agent())
        (after,) = queries.terms_of([acme.id])
        assert before < after.term
        customers.change_account(acme, {"custom": {str(field.id): None}}, version=None, by=make_agent())
        assert queries.terms_of([acme.id]) == []


class TestTerms:
    @given(st.lists(st.decimals(-(10**14), 10**14, places=4), min_size=2))
    def test_sort_as_figures_do(self, figures):
        assert sorted(figures, key=figure_term) == sorted(figures)


class TestAdd:
    def test_refuses_a_name_twice_and_says_when_there_are_enough(self, tenant, monkeypatch):
        make_field(name="Size")
        with pytest.raises(Refused, match="this name already"):
            make_field(name="ｓｉｚｅ")
        make_field(name="Size", subject="contact")
        monkeypatch.setattr(actions, "MOST", 1)
        with pytest.raises(Refused, match="room for 1"):
            make_field(name="Other")

    @pytest.mark.parametrize("names", [(), ("S", "ｓ")])
    def test_refuses_choices_that_nobody_could_tell_apart(self, tenant, names):
        with pytest.raises(Refused):
            make_field(K.CHOICE, choices=names)


class TestChange:
    def test_a_new_name_of_a_choice_is_every_records_at_once(self, tenant):
        field = make_field(K.CHOICE, "Size", choices=("S", "M"))
        small = key_of(field, "S")
        words = [{"key": small, "name": "Small", "is_retired": True}]
        actions.change(field, {"name": "Size", "choices": words}, version=field.version, by=make_agent())
        (defined,) = queries.fields_of("account")
        assert defined.choice(small).label == "Small"
        assert defined.choice(small).is_retired
        assert [one.label for one in defined.choices] == ["Small", "M"], "one that wasn't sent along is lost"

    def test_a_strange_key_is_no_way_into_anothers_word(self, tenant):
        field = make_field(K.CHOICE, "Size", choices=("S",))
        words = [{"key": "forged", "name": "L", "is_retired": False}]
        actions.change(field, {"name": "Size", "choices": words}, version=None, by=make_agent())
        assert "forged" not in {one["key"] for one in field.choices}


class TestArchive:
    def test_keeps_what_records_hold_and_brings_it_back(self, tenant):
        field, by = make_field(), make_agent()
        acme = make_account(custom={str(field.id): "Bo"})
        actions.archive(field, by=by)
        assert queries.fields_of("account") == []
        customers.change_account(acme, {"name": "Other"}, version=None, by=by)
        assert acme.custom == {str(field.id): "Bo"}
        actions.restore(field, by=by)
        assert [one.id for one in queries.fields_of("account")] == [field.id]

    def test_a_field_that_holds_something_is_not_removed(self, tenant):
        field, by = make_field(), make_agent()
        make_account(custom={str(field.id): "Bo"})
        with pytest.raises(Refused, match="Archive it instead"):
            actions.remove(field, by=by)

    def test_one_that_holds_nothing_goes_for_good(self, tenant):
        field = make_field()
        actions.remove(field, by=make_agent())
        assert queries.fields_of("account", archived=True) == []
        assert db.session.query(Event).filter_by(name=actions.REMOVED).one().changed["field"] == "Nickname"


@pytest.mark.shows("CB2")
class TestSet:
    def test_is_of_persons_alone_and_in_the_readers_language(self, tenant):
        made = actions.add_set("account", by=make_agent())
        assert {one.applies for one in made} == {Applies.PERSON}
        person, company = make_account(kind=AccountKind.PERSON), make_account()
        assert [one.label for one in queries.fields_for(person)][:3] == ["Gender", "Birthday", "Household (people)"]
        assert queries.fields_for(company) == []
        with force_locale("zh"):
            assert queries.fields_for(person)[0].label == "性别"

    def test_comes_once_and_what_was_archived_comes_back(self, tenant):
        by = make_agent()
        made = actions.add_set("account", by=by)
        actions.archive(made[0], by=by)
        assert actions.add_set("account", by=by) == []
        assert len(queries.fields_of("account")) == len(made)
