"""The keyed hashes of the trail."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from saas.db import db
from saas.tenants import events, scope, seal
from saas.tenants.models import Event
from tests.factories import make_agent

KEY = seal.key("a secret that is long enough for a test", uuid4())
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc 中", max_size=4), inner, max_size=4),
    max_leaves=12,
)


def row(**given):
    return dict.fromkeys(seal.FIELDS) | {"id": uuid4(), "created_at": datetime(2026, 5, 6, tzinfo=UTC)} | given


class TestMark:
    def test_differs_when_any_field_does(self):
        one = row()
        marks = {seal.mark(KEY, one)} | {seal.mark(KEY, one | {field: "other"}) for field in seal.FIELDS}
        assert len(marks) == len(seal.FIELDS) + 1

    def test_differs_for_another_workspace(self):
        one = row()
        assert seal.mark(KEY, one) != seal.mark(seal.key("a secret that is long enough for a test", uuid4()), one)

    @given(JSON)
    def test_takes_any_number_as_the_database_gives_it_back(self, value):
        def stored(inner):
            if isinstance(inner, float) and inner.is_integer():
                return int(Decimal(str(inner)))
            if isinstance(inner, dict):
                return {k: stored(v) for k, v in inner.items()}
            return [stored(v) for v in inner] if isinstance(inner, list) else inner

        one = row(changed=value)
        assert seal.canonical(one) == seal.canonical(one | {"changed": stored(value)})


class TestEvent:
    def test_is_marked_as_it_is_read_back(self, app, tenant):
        changed = {"amount": 1e22, "rate": 0.1, "many": [1, 2.50, None, True], "名": "中文 'ü"}
        events.record("a.changed", make_agent(), by=scope.SYSTEM, changed=changed)
        db.session.commit()
        db.session.expunge_all()
        found = db.session.query(Event).one()
        key = seal.key(app.extensions["config"].secret_key, tenant.id)
        assert seal.mark(key, {field: getattr(found, field) for field in seal.FIELDS}) == found.mac
