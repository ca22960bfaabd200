"""Account statements: read in both kinds, matched with a reason, booked once and undone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from saas import bank
from saas.crm.receivables import actions, bank_actions, bank_queries, csv_lines
from saas.crm.receivables.bank_models import LineState
from saas.crm.receivables.csv_lines import Layout
from saas.crm.receivables.matching import Came, Due, Reason, match
from saas.errors import Refused
from saas.tenants import scope
from saas.tenants.permissions import Permission, Reach
from tests.factories import make_account, make_invoice, make_member

D = Decimal
IN, OUT = "CRDT", "DBIT"


def entry(
    amount, text, payer="Elbe Systems", iban="DE89370400440532013000", side=IN, day="2026-05-04", ref="A1"
) -> str:
    who = ("Dbtr", "DbtrAcct") if side == IN else ("Cdtr", "CdtrAcct")
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>{day}</Dt></BookgDt><AcctSvcrRef>{ref}</AcctSvcrRef><NtryDtls><TxDtls><RltdPties>"
        f"<{who[0]}><Pty><Nm>{payer}</Nm></Pty></{who[0]}><{who[1]}><Id><IBAN>{iban}</IBAN></Id></{who[1]}></RltdPties>"
        f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def camt(*entries: str) -> bytes:
    return (
        '<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>'
        f"<Acct><Id><IBAN>DE02120300000000202051</IBAN></Id></Acct>{''.join(entries)}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


@pytest.fixture
def boss(tenant, monkeypatch):
    """Who may note payments of everybody, and reads the page."""
    made = make_member("manager", name="Bo")
    monkeypatch.setattr(scope, "who", lambda: scope.Who(made.id, {Permission.PAYMENT_EDIT.value: Reach.ALL.value}))
    return made


def issued(boss, account, price):
    return actions.issue_invoice(make_invoice(boss, account, {"text": "Rope", "price": price}), by=boss)


class TestRead:
    def test_tells_what_a_statement_holds(self):
        first, out = bank.read(camt(entry("12.50", "Invoice 1"), entry("3.00", "Fee", side=OUT)))
        assert (first.day, first.amount, first.currency, first.text) == (
            date(2026, 5, 4),
            D("12.50"),
            "EUR",
            "Invoice 1",
        )
        assert (first.payer, first.iban, first.own) == (
            "Elbe Systems",
            "DE89370400440532013000",
            "DE02120300000000202051",
        )
        assert out.amount == D("-3.00")

    @pytest.mark.parametrize(
        "content",
        [
            b"<Document/>",
            b"<Document",
            b'<!DOCTYPE d [<!ENTITY a "b">]><Document><BkToCstmrStmt>&a;</BkToCstmrStmt></Document>',
            camt(entry("much", "x")),
            camt(entry("1", "x", day="some day")),
        ],
    )
    def test_refuses_what_is_none(self, content):
        with pytest.raises(bank.Unreadable):
            bank.read(content)

    def test_reads_the_days_and_amounts_of_a_table(self):
        rows = [["31.03.2026", "1.234,50 €", "RE 1"], ["soon", "1", ""], ["1/4/26", "-5", ""]]
        found = csv_lines.read(rows, Layout({"day": 0, "amount": 1, "text": 2}, "dmy"), "EUR")
        assert [(one.day, one.amount) for one in found.entries] == [
            (date(2026, 3, 31), D("1234.50")),
            (date(2026, 4, 1), D(-5)),
        ]
        assert found.wrong == [2]


class TestMatch:
    ELBE, WESER = uuid4(), uuid4()

    def due(self):
        return [
            Due(uuid4(), "INV-2026-00001", self.ELBE, "Elbe Systems", "EUR", D(100)),
            Due(uuid4(), "INV-2026-00012", self.WESER, "Weser GmbH", "EUR", D(100)),
            Due(uuid4(), "INV-2026-00013", self.WESER, "Weser GmbH", "EUR", D(70)),
        ]

    @pytest.mark.parametrize(
        ("came", "numbers", "reason"),
        [
            (Came(D(5), "EUR", "for INV 2026-00012, thanks", "x"), ["INV-2026-00012"], Reason.NUMBER),
            (
                Came(D(170), "EUR", "INV-2026-00012 INV-2026-00013", "x"),
                ["INV-2026-00012", "INV-2026-00013"],
                Reason.NUMBER,
            ),
            (Came(D(100), "EUR", "", "x", {WESER}), ["INV-2026-00012"], Reason.IBAN),
            (Came(D(100), "EUR", "", "ELBE SYSTEMS LTD"), ["INV-2026-00001"], Reason.NAME),
            (Came(D(70), "EUR", "", "x"), ["INV-2026-00013"], Reason.AMOUNT),
        ],
    )
    def test_says_for_what_and_why(self, came, numbers, reason):
        found = match(came, self.due())
        assert found is not None
        assert ([one.number for one in found.invoices], found.reason) == (numbers, reason)

    @pytest.mark.parametrize(
        "came",
        [
            Came(D(100), "EUR", "", "x"),  # two are of this amount
            Came(D(100), "USD", "INV-2026-00001", "x"),
            Came(D(3), "EUR", "INV-2026-000123", "x"),  # a longer number is another one
        ],
    )
    def test_says_nothing_where_nothing_tells(self, came):
        assert match(came, self.due()) is None


class TestBook:
    @pytest.mark.shows("PR7")
    def test_books_once_and_is_undone(self, boss):
        elbe = make_account(boss, name="Elbe Systems")
        first, second = issued(boss, elbe, "100"), issued(boss, elbe, "70")
        content = camt(entry("100.00", first.number), entry("80.00", f"{second.number} and more", ref="A2"))
        file = bank_actions.bring(content, "may.xml", by=boss)
        ids = [line.id for line in bank_queries.lines(file.id)]
        assert bank_actions.book(file, ids, by=boss) == 2
        assert bank_actions.book(file, ids, by=boss) == 0
        assert (first.owed, second.owed) == (D(0), D(0))
        assert [line.payment.credit for line in bank_queries.lines(file.id)] == [D(0), D(10)]
        assert bank_actions.undo(file, ids[:1], by=boss) == 1
        assert (first.owed, second.owed) == (D(100), D(0))
        assert [line.state for line in bank_queries.lines(file.id)] == [LineState.OPEN, LineState.BOOKED]

    def test_two_lines_for_one_invoice_leave_credit(self, boss):
        elbe = make_account(boss, name="Elbe Systems")
        invoice = issued(boss, elbe, "100")
        file = bank_actions.bring(camt(*(entry("100.00", invoice.number, ref=f"A{n}") for n in "12")), "m.xml", by=boss)
        lines = bank_queries.lines(file.id)
        assert bank_actions.book(file, [line.id for line in lines], by=boss) == 2
        assert (invoice.paid, invoice.owed, lines[1].payment.credit) == (D(100), D(0), D(100))

    def test_brings_no_file_and_no_line_twice(self, boss):
        same = entry("10.00", "Rope")
        bank_actions.bring(camt(same, same), "may.xml", by=boss)
        with pytest.raises(Refused, match="already"):
            bank_actions.bring(camt(same, same), "again.xml", by=boss)
        later = bank_actions.bring(camt(same, same, same, entry("9.00", "Fee", side=OUT)), "june.xml", by=boss)
        assert (len(bank_queries.lines(later.id)), later.known, later.out) == (1, 2, 1)

    def test_remembers_the_columns_of_a_csv(self, boss):
        first = bank_actions.bring(b"Date;Amount;Text\n31.03.2026;10,00;Rope\n", "a.csv", by=boss)
        assert first.table is not None
        bank_actions.read_table(first, Layout({"day": 0, "amount": 1, "text": 2}, "dmy"), by=boss)
        second = bank_actions.bring(b"Date;Amount;Text\n01.04.2026;12,00;Paint\n", "b.csv", by=boss)
        (line,) = bank_queries.lines(second.id)
        assert (line.day, line.amount, line.text) == (date(2026, 4, 1), D(12), "Paint")

    def test_leaves_lines_out(self, boss):
        file = bank_actions.bring(camt(entry("10.00", "Interest")), "may.xml", by=boss)
        (line,) = bank_queries.lines(file.id)
        assert bank_actions.leave_out(file, [line.id], by=boss) == 1
        assert bank_queries.lines(file.id, LineState.OPEN) == []
        assert bank_actions.undo(file, [line.id], by=boss) == 1
        assert line.state is LineState.OPEN
