"""Signs in as people do, and knows what each operation of the benchmark asks of Seaport and of the floor."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

import psycopg

from bench.load import ONCE, Request, once
from bench.stage import EMAIL, PASSWORD, Size, Stage
from saas.lists import _encode
from saas.run import postgres

DEEP = 0.9  # of the customers lie before the deep page
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Operation:
    """One thing that people do, and what the first landing must reach: ours ÷ floor, p50 at 1 client."""

    name: str
    ours: Request
    floor: Request
    bar: float
    goal: float


class Visitor:
    """A browser: the cookies it was given, and the page's token."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    @property
    def headers(self) -> dict[str, str]:
        """What it sends with each request."""
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def get(self, path: str) -> str:
        """A page; keeps its cookies."""
        return self._send(Request(path, self.headers))

    def form(self, page: str, path: str, **fields: str) -> Request:
        """The form of `page` as it would be sent to `path`, with a key that differs each time."""
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(page))
        assert found, f"{page} has no form"
        body = urlencode({"csrf_token": found[1], **fields}) + f"&_once={ONCE}"
        return Request(path, self.headers | FORM, "POST", body, expected=303)

    def sign_in(self, page: str, email: str, password: str) -> None:
        """Sign in at `page`."""
        before = set(self.cookies)
        self._send(self.form(page, page, email=email, password=password))
        assert set(self.cookies) - before - {"seaport"}, f"{page} didn't let {email} in"

    def _send(self, request: Request) -> str:
        status, answer = once(request, self.port)
        assert status < 400, f"{request.method} {request.path} answers {status}"
        text = answer.decode()
        for name, value in re.findall(r"(?im)^set-cookie: ([^=]+)=([^;\r]*)", text.partition("\r\n\r\n")[0]):
            self.cookies[name] = value
        return text


def facts(stage: Stage, size: Size) -> dict[str, str]:
    """What the floor must know of the workspace, and where the deep page begins."""
    with psycopg.connect(postgres.dsn(stage.config().admin_url)) as admin:

        def row(question: str, *given: Any) -> Any:
            return admin.execute(question, given).fetchone()

        (tenant,) = row("select id from tenant where slug = %s", size.slug())
        user, contact, account = row(
            "select id, subject_id, account_id from portal_user where tenant_id = %s and email = %s", tenant, EMAIL
        )
        (member,) = row("select id from member where tenant_id = %s and email = %s", tenant, stage.reader(size)[0])
        busy = row(
            "select account_id from opportunity o where tenant_id = %s and result = 'open' and exists (select 1"
            " from service_case c where c.tenant_id = o.tenant_id and c.account_id = o.account_id) order by id limit 1",
            tenant,
        )
        name, key = row(
            "select name_key, id from account where tenant_id = %s and archived_at is null"
            " order by name_key, id offset %s limit 1",
            tenant,
            int(size.accounts * DEEP),
        )
    found = {"tenant": tenant, "portal_user": user, "contact": contact, "account": account, "member": member}
    return {name: str(value) for name, value in (found | {"busy": busy[0], "name": name, "key": key}).items()}


def operations(stage: Stage, size: Size, known: dict[str, str]) -> list[Operation]:
    """What is measured, with the sessions of a member and of a customer. Asks the web processes, which must run."""
    place = f"/{size.slug()}"
    staff, customer = Visitor(stage.port), Visitor(stage.port)
    staff.sign_in(f"{place}/sign-in", *stage.reader(size))
    customer.sign_in(f"{place}/portal/sign-in", EMAIL, PASSWORD)
    said = {"subject": "Two spindles arrived damaged", "text": "The boxes were wet when they came."}
    filed = customer.form(f"{place}/portal/complaint", f"{place}/portal/complaint", **said)
    after = _encode(known["name"], UUID(known["key"]))
    floor_after = urlencode({"name": known["name"], "id": known["key"]})
    word, pair = quote("zebbermont"), quote("王伟")

    def asked(name: str, path: str, floor: str, bar: float, goal: float) -> Operation:
        return Operation(name, Request(place + path, staff.headers), Request(floor), bar, goal)

    def typed(name: str, word: str) -> Operation:
        path = f"/search/?q={word}"  # what the box asks for while one types
        return Operation(name, Request(place + path, staff.headers | {"HX-Request": "true"}), Request(path), 2.5, 1.5)

    return [
        asked("list of 50", "/customers/", "/list", 4, 2.5),
        asked("list, row 90 %", f"/customers/?after={after}", f"/list?{floor_after}", 4, 2.5),
        typed("search, rare word", word),
        typed("search, 王伟", pair),
        asked("account", f"/customers/{known['busy']}", f"/account/{known['busy']}", 5, 3),
        Operation("complaint filed", filed, replace(filed, path="/complaint", headers=FORM), 4, 2.5),
        asked("board, 10,000 open", "/deals/", "/board", 4, 3),
        asked("dashboard", "/", "/today", 3, 1.5),
    ]


def growing(stage: Stage, size: Size, known: dict[str, str]) -> list[tuple[str, Request, float]]:
    """What must cost the same however many customers there are: (name, request, most that a hundredfold may cost)."""
    place = f"/{size.slug()}"
    staff = Visitor(stage.port)
    staff.sign_in(f"{place}/sign-in", *stage.reader(size))
    typed = staff.headers | {"HX-Request": "true"}
    after = _encode(known["name"], UUID(known["key"]))
    alike = urlencode({"name": "Bench Customer", "phone": "+49 431 5550199", "website": "bench.example"})

    def asked(name: str, path: str, bar: float = 1.3, headers: dict[str, str] = staff.headers) -> Any:
        return name, Request(place + path, headers), bar

    return [
        asked("list of 50", "/customers/"),
        asked("list, row 90 %", f"/customers/?after={after}"),
        asked("list, pool", "/customers/?standing=pool"),
        asked("list, mine", "/customers/?owner=me"),
        asked("search, rare word", f"/search/?q={quote('zebbermont')}", 3, typed),
        asked("search, 王伟", f"/search/?q={quote('王伟')}", 3, typed),
        asked("who is alike", f"/twins/alike/account?{alike}", 1.3, typed),
        asked("account", f"/customers/{known['busy']}"),
    ]
