"""Papers in print: the words and sums of the screen, in the paper's language, made once for each version."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal

import pytest
from flask import g
from pypdf import PdfReader

from saas import clock, files
from saas.crm.papers import letterhead, line_actions, pages, print_actions, prints
from saas.crm.papers import print_queries as queries
from saas.crm.papers.letterhead import Letterhead
from saas.crm.papers.models import PrintState
from saas.crm.quotes import queries as quotes
from saas.db import current_tenant, db
from tests.factories import make_account, make_agent, make_contact, make_quote

ROWS = (
    {"kind": "heading", "text": "设备 Equipment"},
    {"text": "Crane 起重机", "quantity": "2", "unit": "piece", "price": "1200.50", "tax": "19|VAT"},
    {"text": "Set up", "quantity": "1.5", "price": "80", "discount": "10"},
    {"kind": "option", "text": "Paint", "price": "99"},
)


def text_of(made) -> str:
    content = files.path_of(current_tenant(), made.file.sha256).read_bytes()
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def printed(paper, by):
    made = print_actions.ask(paper, by=by)
    for _part in print_actions.make(made.id):
        pass
    return made


@pytest.fixture
def quote(tenant):
    ann = make_agent(name="Ann Archer")
    g.member = ann
    elbe = make_account(ann, name="Elbe Systems", address="Quay 7", city="Kiel", country="Germany")
    eva = make_contact(elbe, name="Eva Lind")
    head = Letterhead(company="Harbour Ltd", address="Pier 1\nBristol", bank="IBAN DE02 1203 0000", closing="Regards")
    letterhead.choose(head, by=ann)
    made = make_quote(ann, elbe, *ROWS)
    made.contact_id, made.contact = eva.id, eva
    return made


class TestPrint:
    @pytest.mark.parametrize(
        ("language", "words"),
        [
            ("en", ["Quote Q-", "Good until", "Without tax", "Total", "Option, not in the total", "This quote holds"]),
            ("zh", ["报价单 Q-", "有效期至", "不含税", "总计", "可选项，未计入总额", "本报价有效期至"]),
        ],
    )
    def test_says_what_the_screen_says_in_its_own_language(self, quote, language, words):
        quote.language = language
        text = text_of(printed(quote, quote.owner))
        for word in [*words, "Elbe Systems", "Eva Lind", "Quay 7", "Harbour Ltd", "IBAN DE02 1203 0000", "Regards"]:
            assert word in text, word
        for word in ("设备 Equipment", "Crane 起重机", "Paint", "1,200.50", "10 %"):
            assert word in text, word
        found = line_actions.found(quote, quotes.lines(quote.id))
        assert found.net == Decimal("2509.00")
        for _label, amount, _look in pages.told(found, quote.currency):
            assert amount in text

    def test_is_made_once_for_each_version(self, quote):
        first = printed(quote, quote.owner)
        assert print_actions.ask(quote, by=quote.owner) is first
        quote.name = "Three cranes"
        db.session.flush()
        second = printed(quote, quote.owner)
        assert second is not first
        assert "Three cranes" in text_of(second)
        assert queries.of(quote) is second

    def test_that_never_went_out_is_dropped_after_a_week(self, quote):
        kept = printed(quote, quote.owner)
        kept.is_kept = True
        quote.name = "Three cranes"
        db.session.flush()
        dropped = printed(quote, quote.owner)
        assert dropped.state is PrintState.READY
        clock.shift(timedelta(days=8).total_seconds())
        assert print_actions.forget_old() == 1
        assert queries.kept(quote) == [kept]

    def test_shows_lines_that_are_counted_and_words_between(self, quote):
        numbers = [row["number"] for row in prints.rows(quotes.lines(quote.id), "EUR")]
        assert numbers == ["", "1", "2", "3"]
