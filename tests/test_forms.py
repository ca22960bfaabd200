"""Figures as people type them."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest
import wtforms
from flask_babel import force_locale
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length

from saas import form_words
from saas.forms import Fields, Form, figure, plainly


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1,234.50", "1234.5"),
        ("1.234,50", "1234.5"),
        ("1 234,5", "1234.5"),
        ("1'234'567.8", "1234567.8"),
        ("1,234,567", "1234567"),
        ("1,234", "1234"),
        ("1.234", "1.234"),
        ("1,5", "1.5"),
        ("0,125", "0.125"),
        ("-3,75", "-3.75"),
        ("１２．５", "12.5"),
    ],
)
def test_are_read_whatever_marks_they_have(typed, meant):
    assert figure(typed) == Decimal(meant)


@pytest.mark.parametrize("typed", ["", "x", "1e99", "NaN", "Infinity", "1.2.3", "--1"])
def test_others_are_refused(typed):
    with pytest.raises(InvalidOperation):
        figure(typed)


@given(st.decimals(-(10**9), 10**9, places=4))
def test_are_written_without_zeros_that_say_nothing_and_read_again(value):
    written = plainly(value)
    assert figure(written) == value
    assert not ("." in written and written.endswith(("0", ".")))
    assert len(plainly(value, 2).partition(".")[2]) >= 2


class TestWords:
    """What WTForms says by itself is said in our words, in both languages, also by a form within a form."""

    class Choices(Form):
        one = SelectField(choices=[("a", "A")])
        many = SelectMultipleField(choices=[("a", "A")])
        short = StringField(validators=[Length(max=3)])
        whole = IntegerField()

    class Lines(Fields):
        short = StringField(validators=[Length(max=3), InputRequired()])

    @pytest.mark.parametrize(
        ("locale", "wanted"),
        [
            ("en", ["Choose one of those that are offered."] * 2 + ["This is longer than 3 characters."]),
            ("zh", ["请从列出的选项中选择。"] * 2 + ["不能超过 3 个字符。"]),
        ],
    )
    def test_are_ours(self, app, locale, wanted):
        sent = {"one": "x", "many": "x", "short": "four", "whole": "y"}
        with app.test_request_context(method="POST", data=sent), force_locale(locale):
            form = self.Choices(meta={"csrf": False})
            assert not form.validate()
            assert [form[name].errors[0] for name in ("one", "many", "short")] == wanted
            assert "integer" not in form.whole.errors[0]
            line = self.Lines(formdata=MultiDict(sent))
            assert not line.validate()
            assert line.short.errors == [wanted[2]]

    def test_all_of_wtforms_sentences_for_choices_and_numbers_are_known(self):
        """A newer WTForms that says something else is noticed."""
        said = {**form_words.WORDS, **form_words.COUNTED}
        for module in (wtforms.fields.choices, wtforms.fields.numeric, wtforms.fields.datetime):
            for sentence in re.findall(r'gettext\(\s*"([^"]+)"', Path(str(module.__file__)).read_text()):
                assert sentence in said or sentence in {"Choices cannot be None.", "Not a valid week value."}
