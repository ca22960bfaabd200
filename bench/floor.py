"""The floor: the SQL that each page is about, by psycopg in one transaction under row-level security, and a bare page.

No sign-in, rights, layout, translation or trail of its own: what a page of Seaport costs beyond this is Seaport's.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
from flask import Flask, Response, redirect, request
from jinja2 import Environment
from psycopg.types.json import Json

from saas import clock, search
from saas.db import new_id

app = Flask("floor", static_folder=None)
FACTS: dict[str, str] = json.loads(os.environ.get("FLOOR_FACTS", "{}"))  # tenant, member, portal_user, contact, account
_mine = threading.local()
_env = Environment(autoescape=True)

COLUMNS = "id, name, number, standing, level, industry, city, phone, (select m.name from member m where m.tenant_id ="
LIST = f"""
select {COLUMNS} a.tenant_id and m.id = a.owner_id) as owner, last_contact_at, name_key from account a
where archived_at is null"""
TABLE = _env.from_string("""<!doctype html><title>Customers</title><table>
{% for r in rows %}<tr><td><a href="/{{ r[0] }}">{{ r[1] }}</a><td>{{ r[2] }}<td>{{ r[3] }}<td>{{ r[4] }}<td>{{ r[5] }}
<td>{{ r[6] }}<td>{{ r[7] }}<td>{{ r[8] }}<td>{{ r[9] }}{% endfor %}</table>
<a href="?name={{ rows[-1][10] }}&id={{ rows[-1][0] }}">more</a>""")

FOUND = """select kind, subject_id from find_entries(%(grams)s, %(likes)s, %(all)s, '{}', '{}', %(me)s, '{}', 51)"""
HITS = {
    "account": "select id, name, number, city, phone from account where id = any(%s) order by name_key",
    "contact": "select c.id, c.name, a.name, c.email, c.mobile from contact c"
    " join account a on a.tenant_id = c.tenant_id and a.id = c.account_id where c.id = any(%s) order by c.name_key",
    "opportunity": "select o.id, o.name, o.number, a.name, '' from opportunity o"
    " left join account a on a.tenant_id = o.tenant_id and a.id = o.account_id"
    " where o.id = any(%s) order by o.name_key",
    "service_case": "select c.id, c.subject, c.number, a.name, c.kind from service_case c"
    " join account a on a.tenant_id = c.tenant_id and a.id = c.account_id where c.id = any(%s) order by c.id desc",
}
GROUPS = _env.from_string("""<!doctype html><title>Found</title>
{% for kind, rows in groups %}<h2>{{ kind }}</h2>
{% for r in rows %}<a href="/{{ r[0] }}">{{ r[1] }}</a> {{ r[2] }} {{ r[3] }} {{ r[4] }}<br>{% endfor %}{% endfor %}""")

ACCOUNT = f"""select {COLUMNS} a.tenant_id and m.id = a.owner_id) as owner, last_contact_at, email, website, address,
source, employees, founded, revenue from account a where id = %s"""
DEALS = """select o.id, o.name, o.amount, o.currency, o.expected_on, s.key, s.name, o.result from opportunity o
join stage s on s.tenant_id = o.tenant_id and s.id = o.stage_id
where o.account_id = %s and o.archived_at is null order by o.stage_since desc, o.id desc limit 50"""
COMPLAINTS = """select c.id, c.number, c.subject, c.state, c.created_at, m.name from service_case c
left join member m on m.tenant_id = c.tenant_id and m.id = c.owner_id
where c.account_id = %s order by c.state in ('new', 'open', 'waiting') desc, c.id desc limit 20"""
RECORD = _env.from_string("""<!doctype html><title>Customer</title><h1>{{ a[1] }}</h1>
<dl>{% for v in a[2:] %}<dd>{{ v }}{% endfor %}</dl>
{% for r in deals %}<p>{{ r[1] }} {{ r[2] }} {{ r[3] }} {{ r[4] }} {{ r[5] }} {{ r[7] }}{% endfor %}
{% for r in cases %}<p>{{ r[1] }} {{ r[2] }} {{ r[3] }} {{ r[4] }} {{ r[5] }}{% endfor %}""")

SUMS = """select stage_id, currency, count(*), sum(amount), count(amount) from opportunity
where result = 'open' and archived_at is null group by stage_id, currency"""
STAGES = (
    "select id, key, name, position, probability, colour from stage where archived_at is null order by position, id"
)
CARDS = """select c.* from stage s join lateral (
  select o.id, o.name, o.number, o.amount, o.currency, o.stage_id, o.stage_since, o.expected_on, o.next_step, o.version,
    (select a.name from account a where a.tenant_id = o.tenant_id and a.id = o.account_id) as account,
    (select m.name from member m where m.tenant_id = o.tenant_id and m.id = o.owner_id) as owner
  from opportunity o where o.result = 'open' and o.archived_at is null and o.stage_id = s.id
  order by o.stage_since desc, o.id desc limit 21) c on true
where s.archived_at is null order by c.stage_id, c.stage_since desc, c.id desc"""
BOARD = _env.from_string("""<!doctype html><title>Deals</title>
{% for s in stages %}<h2>{{ s[1] }} {{ sums[s[0]][2] }} {{ sums[s[0]][3] }}</h2>{% for r in cards if r[5] == s[0] %}
<p><a href="/{{ r[0] }}">{{ r[1] }}</a> {{ r[3] }} {{ r[4] }} {{ r[10] }} {{ r[11] }} {{ r[7] }}{% endfor %}{% endfor %}
""")

ACTIVITIES = """select v.id, v.kind, v.subject, v.starts_at, v.due_on, a.name, c.name from activity v
left join account a on a.tenant_id = v.tenant_id and a.id = v.account_id
left join contact c on c.tenant_id = v.tenant_id and c.id = v.contact_id
where v.owner_id = %(me)s and v.done_at is null and v.cancelled_at is null
and v.starts_at < now() + interval '8 days' order by v.starts_at, v.id limit 200"""
QUEUE = """select c.id, c.subject, c.number, c.kind, c.state, a.name from service_case c
join account a on a.tenant_id = c.tenant_id and a.id = c.account_id
where c.state in ('new', 'open') and (c.owner_id = %(me)s or c.owner_id is null) order by c.turn, c.id limit 5"""
WAITING = """select count(*) from (select 1 from service_case where state in ('new', 'open')
and (owner_id = %(me)s or owner_id is null) limit 100) w"""
OPEN_CASES = """select kind, state in ('new', 'open'), count(*) from service_case
where state in ('new', 'open', 'waiting') group by 1, 2"""
RETURNING = """select count(*) from (select 1 from account where reclaim_at <= now() + interval '7 days'
and archived_at is null and owner_id is not null limit 1000) r"""
TODAY = _env.from_string("""<!doctype html><title>Today</title>
{% for r in activities %}<p>{{ r[1] }} {{ r[2] }} {{ r[3] }} {{ r[5] }} {{ r[6] }}{% endfor %}
<h2>{{ many }}</h2>{% for r in queue %}<p>{{ r[1] }} {{ r[2] }} {{ r[3] }} {{ r[5] }}{% endfor %}
{% for r in sums %}<p>{{ r[0] }} {{ r[1] }} {{ r[2] }} {{ r[3] }}{% endfor %}
{% for r in cases %}<p>{{ r[0] }} {{ r[1] }} {{ r[2] }}{% endfor %}{{ returning }}""")

NUMBER = """insert into counter (tenant_id, id, kind, next, created_at) values (%s, %s, %s, 2, %s)
on conflict (tenant_id, kind) do update set next = counter.next + 1 returning next - 1"""
CASE = """insert into service_case (tenant_id, id, number, kind, state, priority, channel, subject, text, account_id,
contact_id, portal_user_id, turn, moved_at, created_at, updated_at, version)
values (%s, %s, %s, 'complaint', 'new', 'normal', 'portal', %s, %s, %s, %s, %s, %s, %s, %s, %s, 1)"""
ENTRY = """insert into search_entry (tenant_id, id, kind, subject_id, body, grams, created_at)
values (%s, %s, 'service_case', %s, %s, %s, %s)"""
EVENT = """insert into event (tenant_id, id, name, actor_kind, actor_id, subject_kind, subject_id, account_id, changed,
created_at, mac) values (%s, %s, 'case.filed', 'portal_user', %s, 'service_case', %s, %s, %s, %s, %s)"""
DELIVERY = """insert into delivery (tenant_id, id, handler, key, event_id, payload, due_at, attempts, created_at)
values (%s, %s, %s, %s, %s, '{}', %s, 0, %s)"""


@contextmanager
def transaction() -> Iterator[psycopg.Connection[Any]]:
    """One transaction of the app's role in the workspace, on this thread's connection."""
    connection = getattr(_mine, "connection", None)
    if connection is None:
        connection = _mine.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    with connection.transaction():
        connection.execute(f"set local app.tenant_id = '{UUID(FACTS['tenant'])}'")
        yield connection


@app.get("/healthz")
def healthz() -> str:
    """Alive."""
    return "ok"


@app.get("/list")
def customers() -> str:
    """Fifty customers by name, from the top or from a key on."""
    with transaction() as db:
        if "name" in request.args:
            after = " and (name_key, id) > (%(name)s, %(id)s::uuid) order by name_key, id limit 51"
            rows = db.execute(LIST + after, request.args).fetchall()
        else:
            rows = db.execute(f"{LIST} order by name_key, id limit 51").fetchall()
    return TABLE.render(rows=rows[:50])


@app.get("/search/")
def found() -> str:
    """What holds the words, by kind."""
    words = [search.fold(word) for word in request.args["q"].split()]
    asked = {
        "grams": sorted({gram for word in words for gram in search.grams(word)}),
        "likes": [f"%{word}%" for word in words],
        "all": [*HITS, "lead", "product"],
        "me": FACTS["member"],
    }
    with transaction() as db:
        ids: dict[str, list[UUID]] = {}
        for kind, subject_id in db.execute(FOUND, asked):
            ids.setdefault(kind, []).append(subject_id)
        groups = [(kind, db.execute(HITS[kind], [ids[kind]]).fetchall()) for kind in HITS if kind in ids]
    return GROUPS.render(groups=groups)


@app.get("/account/<uuid:account_id>")
def account(account_id: UUID) -> str:
    """A customer with its deals and complaints."""
    with transaction() as db:
        row = db.execute(ACCOUNT, [account_id]).fetchone()
        deals = db.execute(DEALS, [account_id]).fetchall()
        cases = db.execute(COMPLAINTS, [account_id]).fetchall()
    return RECORD.render(a=row, deals=deals, cases=cases)


@app.get("/board")
def board() -> str:
    """The stages, their sums, and the newest cards of each."""
    with transaction() as db:
        stages = db.execute(STAGES).fetchall()
        sums = {row[0]: row for row in db.execute(SUMS)}
        cards = db.execute(CARDS).fetchall()
    return BOARD.render(stages=stages, sums=sums, cards=cards)


@app.get("/today")
def today() -> str:
    """What is before one, whose turn it is, the deals by stage, the open cases, and who returns to the pool."""
    me = {"me": FACTS["member"]}
    with transaction() as db:
        activities = db.execute(ACTIVITIES, me).fetchall()
        queue = db.execute(QUEUE, me).fetchall()
        many = db.execute(WAITING, me).fetchone()
        sums = db.execute(SUMS).fetchall()
        cases = db.execute(OPEN_CASES).fetchall()
        returning = db.execute(RETURNING).fetchone()
    return TODAY.render(activities=activities, queue=queue, many=many, sums=sums, cases=cases, returning=returning)


@app.post("/complaint")
def complain() -> Response:
    """A complaint with its number, search entry, event and two deliveries."""
    now, tenant, case, event = clock.now(), FACTS["tenant"], new_id(), new_id()
    subject, said = request.form["subject"], request.form["text"]
    with transaction() as db:
        row = db.execute(NUMBER, [tenant, new_id(), f"case.{now:%Y}", now]).fetchone()
        assert row is not None
        number = f"S-{now:%Y}-{row[0]:05}"
        turn = 2 * 10**11 + int(now.timestamp())
        whose = [FACTS["account"], FACTS["contact"], FACTS["portal_user"]]
        db.execute(CASE, [tenant, case, number, subject, said, *whose, turn, now, now, now])
        body = search.fold(number) + "\n" + search.fold(subject)
        db.execute(ENTRY, [tenant, new_id(), case, body, search.grams(body), now])
        facts = Json({"number": number, "subject": subject, "kind": "complaint"})
        db.execute(EVENT, [tenant, event, FACTS["portal_user"], case, FACTS["account"], facts, now, bytes(32)])
        for handler in ("floor.one", "floor.two"):
            db.execute(DELIVERY, [tenant, new_id(), handler, str(event), event, now, now])
    return redirect(f"/account/{FACTS['account']}", 303)  # type: ignore[return-value]
