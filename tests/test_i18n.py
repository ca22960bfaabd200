"""Sentences: their counts are written with the reader's marks."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from flask_babel import force_locale, gettext, lazy_gettext, ngettext, pgettext
from wtforms import IntegerField

from saas import sheets
from saas.crm.opportunities.lists import StageSum, total, without_amount
from saas.crm.opportunities.models import Stage
from saas.crm.transfer import reasons
from saas.forms import Form, between
from saas.i18n import _is_done, _stored

LOTS = 12_345


@pytest.mark.usefixtures("context")
class TestCounts:
    @pytest.mark.parametrize("locale", ["en", "zh"])
    def test_are_marked_in_the_sentences_of_code(self, locale):
        with force_locale(locale):
            for told in (
                gettext("You already hold %(n)s customers.", n=LOTS),
                str(lazy_gettext("You already hold %(n)s customers.", n=LOTS)),
                pgettext("pool", "%(n)s free", n=LOTS),
                ngettext("%(num)s customer", "%(num)s customers", LOTS),
                ngettext("%(num)s of %(all)s", "%(num)s of %(all)s", 2, all=LOTS),
            ):
                assert "12,345" in told
        assert ngettext("%(num)s customer", "%(num)s customers", 1) == "1 customer"
        assert ngettext("%(num)s customer", "%(num)s customers", 999) == "999 customers"

    @pytest.mark.parametrize(
        "sentence",
        [
            "{{ _('%(n)s rows', n=lots) }}",
            "{{ ngettext('%(num)s row', '%(num)s rows', lots) }}",
            "{{ ngettext('%(num)s of %(all)s', '%(num)s of %(all)s', 2, all=lots) }}",
            "{{ pgettext('sheet', '%(n)s rows', n=lots) }}",
            "{% trans n=lots %}{{ n }} rows{% endtrans %}",
        ],
    )
    def test_are_marked_in_the_sentences_of_templates(self, app, sentence):
        with app.test_request_context("/"):
            assert "12,345" in app.jinja_env.from_string(sentence).render(lots=LOTS)
            page = "{% autoescape true %}{{ _('%(n)s', n='<b>') }}{% endautoescape %}"
            assert app.jinja_env.from_string(page).render() == "&lt;b&gt;"

    def test_leave_alone_what_is_no_count(self):
        assert gettext("%(year)s", year="2026") == "2026"
        assert gettext("%(yes)s", yes=True) == "True"
        assert gettext("%(n)s", n=999) == "999"
        assert gettext("%(n)s", n=Decimal("1234.5")) == "1234.5"

    def test_stand_marked_where_they_are_filled_in_later(self, app):
        assert "20,000 characters" in reasons.sentence({"why": "long", "column": "Text", "most": 20_000})
        assert "“2016”" in reasons.sentence({"why": "date", "column": "Day", "value": 2016})
        assert "at most 100,000 rows" in sheets.Unreadable("rows", row=100_001, limit=100_000).sentence

        class Rules(Form):
            many = IntegerField(validators=[between(0, 10_000_000)])

        with app.test_request_context("/", method="POST", data={"many": "-1"}):
            form = Rules(meta={"csrf": False})
            assert not form.validate()
            assert form.many.errors == ["Please type a number from 0 to 10,000,000."]

    def test_of_deals_are_marked(self, app):
        with app.test_request_context("/"):
            sums = [StageSum(Stage(name="x"), LOTS, {}, LOTS)]
            assert total(sums) == "12,345 open deals · 12,345 without amount"
            assert without_amount(LOTS) == "12,345 without amount"


class TestCatalogues:
    def test_a_sentence_can_be_filled_in_as_its_source_can(self):
        """A `%` that is none there, or a name that nobody gives, stops the page in that language alone."""
        for area, catalogue in _stored().items():
            for message in catalogue:
                if message.id and _is_done(message):
                    given = {part for words in _all(message.id) for part in PERCENT.findall(words)}
                    for told in _all(message.string):
                        assert set(PERCENT.findall(told)) <= given, (area, told)


PERCENT = re.compile(r"%(?:\(\w+\)[sd]|%)?")


def _all(words) -> tuple[str, ...]:
    return tuple(words) if isinstance(words, list | tuple) else (words,)
