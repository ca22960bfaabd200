"""What a pool hides of its free customers: nowhere shown, found or taken away, and all of it there once claimed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from saas import clock, panels
from saas.crm.activities import actions as activities
from saas.crm.activities import promise_actions as promises
from saas.crm.activities.models import ActivityKind
from saas.crm.customers import contact_actions, veil
from saas.crm.customers import queries as customers
from saas.crm.customers.veil import HIDDEN_WORDS, Hidden
from saas.crm.fields import custom_actions as custom
from saas.crm.fields.custom_models import PREFIX, FieldKind
from saas.crm.pool import actions as pool
from saas.crm.pool import pool_actions
from saas.crm.pool import queries as pool_queries
from saas.crm.pool import rule_actions as pool_rules
from saas.crm.pool.models import MAIN, ReleaseReason
from saas.crm.pool.rules import Rules
from saas.crm.relations import actions as relations
from saas.crm.relations.models import RelationKind
from saas.crm.sealed import actions as sealed
from saas.crm.sealed.models import Detail
from saas.crm.service_desk import queries as cases
from saas.db import db
from saas.portals import guard
from saas.portals.guard import Audience
from saas.tenants import queries, rights, scope
from saas.tenants.actions import attachments
from saas.tenants.permissions import Permission, Reach
from tests.crm.mails import posting
from tests.factories import (
    make_account,
    make_activity,
    make_agent,
    make_case,
    make_contact,
    make_cooperation,
    make_member,
    make_opportunity,
    make_tenant,
    sign_in,
)
from tests.pages import filled
from tests.walk import PARAMETERS, World, owner

P = Permission
EVERYTHING = tuple(one.value for one in Hidden)
PHONE, MAIL, STREET, PERSON = "+49 431 5550123", "kontor@seegras.example", "Zwieselgasse 7", "Jana Verborgen"
SAID = "Quittenbrot"  # in whatever was written of them
MARKS = ("5550123", "seegras.example", "Zwieselgasse", "Verborgen", SAID, "DE811907980")

# What claims the customer, or is a right to the whole workspace and its trail: those show all.
LEFT_OUT = {"pool.claim", "pool.claim_many"}
OF_THE_WORKSPACE = {P.WORKSPACE_SET, P.WORKSPACE_EXPORT, P.WORKSPACE_AUDIT, P.WORKSPACE_JOBS, P.ACCOUNT_ASSIGN}
# Any right at all, but none over the whole pool; of these, only over what is one's own.
WIDE = {right.value: Reach.ALL.value for right in set(P) - OF_THE_WORKSPACE - rights.PORTAL}


@pytest.fixture
def trusting(app) -> Iterator[Any]:
    """The app without the CSRF check."""
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    app.config["WTF_CSRF_ENABLED"] = True


def hide(*hidden: str, by: Any, **more: Any) -> None:
    """Let the main pool hide this."""
    pool_rules.change_rules(Rules(hides=hidden, **more), by=by)


def hold() -> SimpleNamespace:
    """A customer of a colleague's with everything that one can know of it, given back to the pool."""
    bo = make_member("agent", name="Bo")
    field = custom.add("account", FieldKind.TEXT, {"name": "Second line"}, by=bo)
    account = make_account(
        owner=bo,
        name="Nordlicht Reederei",
        phone=PHONE,
        email=MAIL,
        website="https://seegras.example",
        address=STREET,
        city="Kiel",
        country="Germany",
        tax_number="DE811907980",
        remarks=SAID,
    )
    account.custom = {str(field.id): SAID}
    person = make_contact(account, name=PERSON, phone=PHONE, email="jana@seegras.example", remarks=SAID)
    other = make_contact(make_account(owner=bo, name="Elbwerk"), name="Ole")
    affiliation = contact_actions.join(person, make_account(owner=bo, name="Elbwerk Süd"), {}, by=bo)
    deal = make_opportunity(account, bo, name=f"{SAID} deal", remarks=SAID)
    case = make_case(contact=person, owner=bo, subject=f"{SAID} broke", text=SAID)
    task = make_activity(owner=bo, account_id=account.id, contact_id=person.id, subject=f"{SAID} call")
    note = {"kind": ActivityKind.NOTE, "account_id": account.id, "subject": SAID, "text": f"{SAID}, called {PHONE}"}
    activities.log(note, owner=bo, by=bo)
    mail = posting.bring(posting.message("jana@seegras.example", posting.BOX, subject=f"{SAID} offer", text=SAID))
    assert mail is not None
    promise = promises.make(account, f"{SAID} sample", clock.now().date(), owner=bo, by=bo)
    relation = relations.relate(account, RelationKind.PARTNER, None, {"other_name": SAID}, by=bo)
    cooperation = make_cooperation(bo, account=account, subject=f"{SAID} fair")
    file = attachments.attach(account, io.BytesIO(SAID.encode()), f"{SAID}.txt", by=bo)
    sealed.keep(account, {Detail.IDENTITY_NUMBER: "DE811907980"}, by=bo)
    db.session.flush()
    pool.release(account, by=bo, reason=ReleaseReason.NO_TIME, note=SAID)
    db.session.flush()
    return SimpleNamespace(
        account_id=account.id,
        contact_id=person.id,
        other_id=other.id,
        affiliation_id=affiliation.id,
        opportunity_id=deal.id,
        case_id=case.id,
        activity_id=task.id,
        mail_id=mail.id,
        promise_id=promise.id,
        relation_id=relation.id,
        cooperation_id=cooperation.id,
        file_id=file.id,
        field_key=f"{PREFIX}{field.id.hex}",
    )


def told(text: str) -> list[str]:
    """The marked values that a page holds; what the reader typed into its search box himself isn't told."""
    return [mark for mark in MARKS if mark in text]


class Walk:
    """A workspace with one hidden customer, and a reader with every right but those over the whole pool."""

    def __init__(self, app: Any) -> None:
        self.world = World(app)
        with self.world.inside(), app.test_request_context(base_url="https://seaport.test"):
            boss = owner()
            self.hidden = vars(hold())
            hide(*EVERYTHING, by=boss)
            queries.role("agent").rights = WIDE
            db.session.commit()
        self.browser = self.world.person("agent")[0]

    def addresses(self, rule: Any) -> Iterator[str]:
        """The address of a rule for the hidden records; several where a part of it names what is looked at."""
        given = {name: self.hidden[name] for name in rule.arguments if name in self.hidden}
        if rule.endpoint in {"parts.show", "files.upload"}:
            for kind, key in self._records():
                named = {"kind": kind, "record_id": self.hidden[key]}
                for panel in panels._panels[kind] if rule.endpoint == "parts.show" else (None,):
                    yield self.world.address(rule, **named, **({"key": panel.key} if panel else {}))
        elif rule.endpoint == "customers.tab":
            for panel in ("timeline", *(one.key for one in panels._panels["account"])):
                yield self.world.address(rule, account_id=self.hidden["account_id"], key=panel)
        elif rule.arguments - {"workspace"} <= {*PARAMETERS, *given, *(n for n in rule._converters)}:
            yield self.world.address(rule, **given)

    def _records(self) -> list[tuple[str, str]]:
        kinds = {"account": "account_id", "contact": "contact_id", "opportunity": "opportunity_id"}
        return [*kinds.items(), ("service_case", "case_id"), ("activity", "activity_id"), ("mail", "mail_id")]

    def form(self, rule: Any, address: str) -> dict[str, Any]:
        """What is sent to a rule: what its form holds as it comes, with the hidden records wherever one is named."""
        form = self.world.form(rule)
        if "GET" in (rule.methods or ()):
            with suppress(AssertionError, LookupError, ValueError):
                form = filled(self.browser.get(address).get_data(as_text=True), address) | form
        ids = {"id": self.hidden["account_id"], **self.hidden}
        return form | {name: str(ids[name]) for name in form if name in ids}

    def answer(self, method: str, address: str, form: dict[str, Any]) -> str:
        """What comes back, wherever it leads."""
        found = self.browser.open(address, method=method, data=form, follow_redirects=True)
        if "/sign-in" in (found.request.path if found.request else ""):
            self.browser = self.world.person("agent")[0]
        return found.get_data(as_text=True)


class TestEveryRoute:
    @pytest.mark.shows("PP3")
    def test_tells_nothing_of_a_hidden_customer(self, trusting):
        walk, wrong, many = Walk(trusting), [], 0
        for rule in sorted(trusting.url_map.iter_rules(), key=lambda rule: rule.rule):
            if guard.audience_of(trusting, rule.endpoint) is not Audience.STAFF or rule.endpoint in LEFT_OUT:
                continue
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                for address in walk.addresses(rule):
                    form = walk.form(rule, address) if method != "GET" else {}
                    text, many = walk.answer(method, address, form), many + 1
                    if found := told(text):
                        wrong.append((method, rule.endpoint, address, found))
        assert not wrong, "\n".join(map(str, wrong))
        assert many > 400


@pytest.fixture
def quay(context, client) -> SimpleNamespace:
    """A workspace with one hidden customer, and an agent in front of it."""
    tenant = make_tenant()
    agent = sign_in(client, tenant, "agent")
    with scope.enter(tenant.id):
        hidden = hold()
        hide(*EVERYTHING, by=agent)
        db.session.commit()
    return SimpleNamespace(tenant=tenant, agent=agent, home=f"/{tenant.slug}", client=client, **vars(hidden))


def see(client: FlaskClient, address: str) -> str:
    """A page as it comes."""
    return str(client.get(address, follow_redirects=True).get_data(as_text=True))


class TestCard:
    @pytest.mark.shows("PP1", "PP3")
    def test_shows_who_it_is_why_the_rest_is_hidden_and_how_to_claim_it(self, quay):
        page = see(quay.client, f"{quay.home}/customers/{quay.account_id}")
        assert "Nordlicht Reederei" in page
        assert "Kiel" in page
        assert "Shown once claimed" in page
        assert "Once you claim it, all of it is here" in page
        assert f"/pool/{quay.account_id}/claim" in page
        assert not told(page)

    @pytest.mark.shows("PP3", "CB13")
    def test_is_the_whole_record_once_it_is_claimed(self, quay):
        quay.client.post(f"{quay.home}/pool/{quay.account_id}/claim", data=token(quay))
        page = see(quay.client, f"{quay.home}/customers/{quay.account_id}")
        assert set(told(page)) == {*MARKS}
        assert "Shown once claimed" not in page
        for key in ("timeline", "cases", "cooperations"):
            assert SAID in see(quay.client, f"{quay.home}/customers/{quay.account_id}/tab/{key}")
        assert "5550123" in see(quay.client, f"{quay.home}/contacts/{quay.contact_id}")

    @pytest.mark.parametrize("role", ["owner", "manager"])
    def test_hides_nothing_from_whoever_gives_customers_to_anybody(self, context, client, role):
        tenant = make_tenant()
        boss = sign_in(client, tenant, role)
        with scope.enter(tenant.id):
            hidden = hold()
            hide(*EVERYTHING, by=boss)
            db.session.commit()
        page = see(client, f"/{tenant.slug}/customers/{hidden.account_id}")
        assert {"5550123", "Zwieselgasse", "Verborgen", SAID} <= set(told(page))

    @pytest.mark.parametrize(
        ("hidden", "shown"),
        [
            ((Hidden.SAID,), {"5550123", "seegras.example", "Zwieselgasse", "Verborgen", "DE811907980"}),
            ((Hidden.PEOPLE,), {"5550123", "seegras.example", "Zwieselgasse", "DE811907980"}),
            ((Hidden.PEOPLE, Hidden.PLACE), {"5550123", "seegras.example"}),
            ((Hidden.LINES, Hidden.PLACE), {"Verborgen"}),
            ((Hidden.LINES,), {"Verborgen", "Zwieselgasse", "seegras.example", "DE811907980"}),  # its website
        ],
    )
    def test_shows_what_its_pool_does_not_hide(self, quay, hidden, shown):
        with scope.enter(quay.tenant.id):
            hide(*hidden, by=quay.agent)
            db.session.commit()
        page = see(quay.client, f"{quay.home}/customers/{quay.account_id}")
        assert set(told(page)) == shown
        assert "Shown once claimed" in page
        assert f"/contacts/{quay.contact_id}" not in page

    def test_opens_no_other_door_and_says_why(self, quay):
        for door in (f"customers/{quay.account_id}/tab/timeline", f"parts/account/{quay.account_id}/files"):
            answer = quay.client.get(f"{quay.home}/{door}")
            assert answer.status_code == 403
            assert "shown once it is claimed" in answer.get_data(as_text=True)

    def test_says_nothing_of_it_where_nothing_is_hidden(self, quay):
        with scope.enter(quay.tenant.id):
            hide(by=quay.agent)
            db.session.commit()
        assert {*MARKS} == set(told(see(quay.client, f"{quay.home}/customers/{quay.account_id}")))


def token(quay: SimpleNamespace) -> dict[str, str]:
    """What a form of the pool's page sends."""
    return filled(see(quay.client, f"{quay.home}/pool/"), f"{quay.home}/pool/{quay.account_id}/claim")


class TestSearch:
    WORDS = ("5550123", "431 555", "kontor@seegras", "Verborgen", SAID)

    @pytest.mark.shows("PP3")
    def test_finds_a_hidden_customer_by_its_name_alone(self, quay):
        for words in self.WORDS:
            page = see(quay.client, f"{quay.home}/search/?q={words.replace(' ', '+')}")
            assert "Nordlicht" not in page
            assert "Nothing" in page, words
            assert not told(page.replace(words, ""))
        for words in ("Nordlicht", "nordl kiel"):
            page = see(quay.client, f"{quay.home}/search/?q={words.replace(' ', '+')}")
            assert "Nordlicht Reederei" in page
            assert not told(page)

    def test_finds_all_of_it_for_whoever_is_not_kept_from_it(self, quay, app):
        boss = app.test_client()
        sign_in(boss, quay.tenant, "manager")
        for words in self.WORDS:
            page = see(boss, f"{quay.home}/search/?q={words.replace(' ', '+')}")
            assert "Nordlicht" in page or "Verborgen" in page, words

    def test_proposes_it_to_nobody_who_types(self, quay):
        for words in ("Nordlicht", "5550123"):
            assert "Nordlicht" not in see(quay.client, f"{quay.home}/customers/suggest?customer={words}")


class TestLists:
    def test_no_sort_filter_or_column_holds_a_hidden_customer(self, quay):
        asked = (
            "",
            "?columns=name,phone,email,tax_number",
            f"?columns=name,{quay.field_key}&sort={quay.field_key}",
            f"?{quay.field_key}={SAID}",
            "?standing=pool",
        )
        for query in asked:
            page = see(quay.client, f"{quay.home}/customers/{query}")
            assert "Nordlicht Reederei" not in page, query
            assert not told(page.replace(SAID, "") if SAID in query else page)
        assert "Nordlicht Reederei" in see(quay.client, f"{quay.home}/pool/")

    def test_no_file_takes_it_away(self, quay):
        with scope.enter(quay.tenant.id):
            queries.role("agent").rights = WIDE
            db.session.commit()
        for kind in ("accounts", "contacts", "opportunities", "activities", "cases"):
            text = see(quay.client, f"{quay.home}/exports/list/{kind}.csv")
            assert "Elbwerk" in text or kind in {"opportunities", "activities", "cases"}
            assert "Nordlicht" not in text
            assert not told(text)


class TestVeil:
    def test_lifts_for_the_admins_of_a_pool_and_for_no_other_member(self, tenant):
        ann, bo = make_agent(name="Ann"), make_agent(name="Bo")
        south = pool_actions.open_pool("South", by=ann)
        pool_actions.change_pool(south, "South", members={ann.id: True, bo.id: False}, teams=[], by=ann)
        pool_rules.change_rules(Rules(hides=EVERYTHING), by=ann, pool_id=south.id)
        assert veil.over(queries.who_is(ann)).pools == {}
        assert veil.over(queries.who_is(bo)).pools == {south.id: frozenset(Hidden)}
        pool_actions.change_pool(south, "South", members={bo.id: True}, teams=[], by=ann)
        assert veil.over(queries.who_is(ann)).pools.keys() == {south.id}
        assert veil.over(queries.who_is(bo)).pools == {}

    def test_covers_free_customers_of_its_pool_alone(self, tenant):
        ann = make_agent()
        south = pool_actions.open_pool("South", by=ann)
        pool_rules.change_rules(Rules(hides=("lines",)), by=ann, pool_id=south.id)
        here, free, held = make_account(), make_account(), make_account(owner=ann)
        for account in (here, held):
            account.pool_id = south.id
        over = veil.over(queries.who_is(ann))
        assert [over.covers(one) for one in (here, free, held)] == [True, False, False]
        assert over.hides(here) == {Hidden.LINES, Hidden.SAID}

    def test_holds_from_the_day_of_its_rules(self, tenant):
        ann = make_agent()
        tomorrow = clock.now().date().replace(year=clock.now().year + 1)
        pool_rules.change_rules(Rules(hides=EVERYTHING), by=ann, start=tomorrow)
        assert veil.over(queries.who_is(ann)).pools == {}

    def test_takes_what_was_said_along_with_anything_else(self):
        assert veil.whole(["lines"]) == ("said", "lines")
        assert veil.whole(["place", "unknown"]) == ("said", "place")
        assert veil.whole([]) == veil.whole(None) == ()
        assert set(HIDDEN_WORDS) == set(Hidden)


class TestOwn:
    def test_a_case_that_one_was_given_stays_in_reach(self, quay):
        address = f"{quay.home}/cases/{quay.case_id}"
        assert quay.client.get(address).status_code == 404
        with scope.enter(quay.tenant.id):
            cases.lock_case(quay.case_id).owner_id = quay.agent.id
            db.session.commit()
        assert SAID in see(quay.client, address)


class TestRules:
    @pytest.mark.shows("PP6")
    def test_an_owner_chooses_what_is_hidden(self, context, client):
        tenant = make_tenant()
        sign_in(client, tenant)
        address = f"/{tenant.slug}/settings/pool/{MAIN}/rules"
        form = filled(see(client, address), address)
        client.post(address, data=form | {"hides": ["lines"], "start": f"{clock.now().date()}"})
        with scope.enter(tenant.id):
            assert pool_queries.rules().hides == ("said", "lines")
        page = see(client, address)
        assert page.count("checked") >= 2

    def test_a_hidden_customer_is_found_again_as_it_was(self, tenant):
        ann = make_agent()
        hide(*EVERYTHING, by=ann)
        account = make_account(phone=PHONE)
        pool.claim(account.id, by=ann)
        assert customers.lock_account(account.id).phone == PHONE
