"""Every route as somebody from whom a customer is hidden: none tells anything of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from saas import panels
from saas.crm.customers import ownership
from saas.crm.pool import pool_actions
from saas.crm.pool import rule_actions as pool_rules
from saas.crm.pool.rules import Rules
from saas.db import db
from saas.errors import BusinessError
from saas.portals import guard
from saas.portals.guard import Audience
from saas.tenants import queries
from tests.crm.pool.hiding import EVERYTHING, WIDE, hide, hold, told
from tests.pages import filled
from tests.walk import PARAMETERS, World, owner

LEFT_OUT = {"pool.claim", "pool.claim_many"}  # what claims the customer


@pytest.fixture
def trusting(app) -> Iterator[Any]:
    """The app without the CSRF check."""
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    app.config["WTF_CSRF_ENABLED"] = True


class Walk:
    """A workspace with one hidden customer, and a reader with every right but those over the whole pool."""

    def __init__(self, app: Any, *, in_main: bool) -> None:
        self.world = World(app)
        with self.world.inside(), app.test_request_context(base_url="https://seaport.test"):
            boss = owner()
            self.hidden = vars(hold())
            if in_main:
                hide(*EVERYTHING, by=boss)
            else:
                south = pool_actions.open_pool("South", by=boss)
                ownership.move_to_pool([self.hidden["account_id"]], south.id)
                pool_rules.change_rules(Rules(hides=EVERYTHING), by=boss, pool_id=south.id)
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
                    yield self.made(self.world.address, rule, **named, **({"key": panel.key} if panel else {}))
        elif rule.endpoint == "customers.tab":
            for panel in ("timeline", *(one.key for one in panels._panels["account"])):
                yield self.made(self.world.address, rule, account_id=self.hidden["account_id"], key=panel)
        elif rule.arguments - {"workspace"} <= {*PARAMETERS, *given, *(n for n in rule._converters)}:
            yield self.made(self.world.address, rule, **given)

    def made(self, make: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """An example; made anew where an answer before has changed what it stands on."""
        try:
            return make(*args, **named)
        except BusinessError:
            self.world.made.clear()
            return make(*args, **named)

    def _records(self) -> list[tuple[str, str]]:
        kinds = {"account": "account_id", "contact": "contact_id", "opportunity": "opportunity_id"}
        return [*kinds.items(), ("service_case", "case_id"), ("activity", "activity_id"), ("mail", "mail_id")]

    def form(self, rule: Any, address: str) -> dict[str, Any]:
        """What is sent to a rule: what its form holds as it comes, with the hidden records wherever one is named."""
        form = self.made(self.world.form, rule)
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
    @pytest.mark.parametrize("in_main", [True, False])
    def test_tells_nothing_of_a_hidden_customer(self, trusting, in_main):
        walk, wrong, many = Walk(trusting, in_main=in_main), [], 0
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
