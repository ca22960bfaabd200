"""Bar 56: whatever is done to a trail past the service is found."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Connection, create_engine, func, select, text

from saas import clock
from saas.db import RealmSession, current_tenant, db
from saas.jobs import sealer
from saas.tenants import events, scope
from saas.tenants.actions import chain
from saas.tenants.actions.chain import Head, Wrong
from saas.tenants.models import EventSeal
from tests.factories import make_agent, make_tenant


@pytest.fixture
def owner(config) -> Iterator[Connection]:
    """The owner of the tables, held by no fence and no key; rolled back."""
    engine = create_engine(config.admin_url)
    with engine.connect() as connection:
        connection.execute(text("set session_replication_role = replica"))
        yield connection
        connection.rollback()
    engine.dispose()


def happen(count: int) -> None:
    """So many events, committed."""
    agent = make_agent()
    for number in range(count):
        events.record("thing.happened", agent, by=scope.SYSTEM, changed={"n": number, "amount": "12.50"})
    db.session.commit()


def sealed(count: int) -> Head:
    """A chain of so many links; its head."""
    happen(count)
    head, made = chain.extend(count + 1)
    db.session.commit()
    assert made == count
    assert head is not None
    return head


class TestExtend:
    def test_chains_without_a_gap_in_the_order_of_ids(self, tenant):
        happen(5)
        assert chain.extend(3)[1] == 3
        db.session.commit()
        assert chain.extend(3)[1] == 2
        db.session.commit()
        rows = db.session.execute(select(EventSeal.seq, EventSeal.event_id).order_by(EventSeal.seq)).all()
        assert [row.seq for row in rows] == [1, 2, 3, 4, 5]
        assert [row.event_id for row in rows] == sorted(row.event_id for row in rows)
        assert chain.verify().is_whole

    def test_leaves_old_events_for_the_look_at_all(self, tenant):
        happen(2)
        assert chain.extend(9, since=clock.now() + timedelta(minutes=1))[1] == 0
        assert chain.extend(9)[1] == 2

    def test_one_at_a_time(self, app, tenant):
        happen(3)
        chain.extend(9)  # not committed: the other finds the workspace taken
        tenant_id, other = tenant.id, []

        def work():
            with app.app_context(), scope.enter(tenant_id):
                other.append(chain.extend(9))

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        db.session.commit()
        assert other == [(None, 0)]
        assert chain.verify().sealed == 3

    def test_fifty_writers_make_no_fork(self, app, context):
        tenant_id = make_tenant().id

        def write():
            with app.app_context(), scope.enter(tenant_id):
                happen(3)

        writers = [threading.Thread(target=write) for _ in range(50)]
        for at_once in (writers[n : n + 5] for n in range(0, 50, 5)):
            for writer in at_once:
                writer.start()
            while any(writer.is_alive() for writer in at_once):
                sealer.seal(tenant_id)
        while sealer.seal(tenant_id):
            pass
        with scope.enter(tenant_id):
            assert db.session.scalar(select(func.count()).select_from(EventSeal)) == 150
            assert chain.verify(sealer.anchor_of(tenant_id)).is_whole


class TestVerify:
    def test_names_the_unsealed_tail(self, tenant):
        head = sealed(3)
        happen(2)
        found = chain.verify(head)
        assert (found.is_whole, found.sealed, found.unsealed, found.anchored) == (True, 3, 2, 3)
        assert len(found.tail) == 2

    def test_finds_a_forged_event_even_before_it_is_chained(self, tenant, owner):
        sealed(3)
        slip_in(owner, tenant.id)
        owner.commit()
        assert chain.extend(9)[1] == 0
        assert [found.wrong for found in chain.verify().findings] == [Wrong.FORGED]

    def test_an_end_cut_off_shows_by_the_anchor(self, tenant, owner):
        head = sealed(6)
        within(owner, tenant.id, "delete from event where id in (select event_id from event_seal where seq > 4)")
        within(owner, tenant.id, "delete from event_seal where seq > 4")
        owner.commit()
        assert chain.verify().is_whole
        assert [found.wrong for found in chain.verify(head).findings] == [Wrong.CUT]

    @pytest.mark.quick
    def test_finds_whatever_is_done(self, tenant, owner, monkeypatch):
        seed = random.randrange(2**32)
        print(f"seed {seed}")
        chance = random.Random(seed)
        head = sealed(40)
        tampering = {
            "edit": edit,
            "edit seal": edit_seal,
            "delete": delete,
            "close the gap": close_gap,
            "slip in": lambda connection, _chance: slip_in(connection, current_tenant()),
            "swap": swap,
            "cut": cut,
        }
        missed = []
        for number in range(70):
            name = list(tampering)[number % len(tampering)]
            tampering[name](owner, chance)
            db.session.rollback()
            if on_connection(owner, head, monkeypatch).is_whole:
                missed.append(name)
            owner.rollback()
            owner.execute(text("set session_replication_role = replica"))
        assert missed == []
        assert chain.verify(head).is_whole


def on_connection(owner: Connection, head: Head, monkeypatch: pytest.MonkeyPatch) -> chain.Check:
    """Verify what the owner's open transaction shows."""
    with monkeypatch.context() as patched:
        patched.setattr(RealmSession, "get_bind", lambda *_, **__: owner)
        found = chain.verify(head)
        db.session.rollback()
        db.session.expunge_all()
    return found


def within(connection: Connection, tenant_id, statement: str, **values) -> None:
    """Run a statement on one workspace's rows, past every fence."""
    connection.execute(text(f"{statement} and tenant_id = :t"), {"t": tenant_id, **values})


def edit(connection, chance):
    change = chance.choice(
        [
            "changed = jsonb_set(changed, '{amount}', '\"99.50\"')",
            "changed = changed || '{\"more\": 1}'",
            "actor_id = gen_random_uuid()",
            "name = 'thing.else'",
            "created_at = created_at - interval '1 microsecond'",
            "subject_id = gen_random_uuid()",
            "mac = sha256('x')",
        ]
    )
    seq = chance.randint(1, 40)
    what = f"(select event_id from event_seal where seq = {seq} and tenant_id = :t)"
    within(connection, current_tenant(), f"update event set {change} where id = {what}")


def edit_seal(connection, chance):
    within(
        connection, current_tenant(), f"update event_seal set hmac = sha256('x') where seq = {chance.randint(1, 40)}"
    )


def delete(connection, chance):
    seq = chance.randint(1, 39)
    what = f"(select event_id from event_seal where seq = {seq} and tenant_id = :t)"
    within(connection, current_tenant(), f"delete from event where id = {what}")
    if chance.random() < 0.5:
        within(connection, current_tenant(), f"delete from event_seal where seq = {seq}")


def close_gap(connection, chance):
    seq = chance.randint(1, 39)
    what = f"(select event_id from event_seal where seq = {seq} and tenant_id = :t)"
    within(connection, current_tenant(), f"delete from event where id = {what}")
    within(connection, current_tenant(), f"delete from event_seal where seq = {seq}")
    within(connection, current_tenant(), f"update event_seal set seq = -(seq - 1) where seq > {seq}")
    within(connection, current_tenant(), "update event_seal set seq = -seq where seq < 0")


def slip_in(connection, tenant_id):
    connection.execute(
        text(
            "insert into event select tenant_id, gen_random_uuid(), name, actor_kind, actor_id, subject_kind,"
            " subject_id, account_id, changed, batch_id, request_id, created_at, mac from event"
            " where tenant_id = :t limit 1"
        ),
        {"t": tenant_id},
    )


def swap(connection, chance):
    one, other = chance.sample(range(1, 41), 2)
    within(connection, current_tenant(), f"update event_seal set seq = -{one} where seq = {one}")
    within(connection, current_tenant(), f"update event_seal set seq = {one} where seq = {other}")
    within(connection, current_tenant(), f"update event_seal set seq = {other} where seq = -{one}")


def cut(connection, chance):
    seq = chance.randint(1, 40)
    within(connection, current_tenant(), f"delete from event_seal where seq >= {seq}")


@pytest.mark.parametrize("kept", ["", "{}", '{"seq": "x", "hmac": ""}'])
def test_a_damaged_anchor_is_none(app, tenant, kept):
    file = sealer.anchor_file(uuid4())
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(kept)
    assert sealer.anchor_of(file.stem) is None
