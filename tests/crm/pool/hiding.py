"""A customer of whom everything is known and hidden, and the marks by which one tells that some of it got out."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

from flask.testing import FlaskClient

from saas import clock
from saas.crm.activities import actions as activities
from saas.crm.activities import promise_actions as promises
from saas.crm.activities.models import ActivityKind
from saas.crm.customers import contact_actions
from saas.crm.customers.veil import Hidden
from saas.crm.fields import custom_actions as custom
from saas.crm.fields.custom_models import PREFIX, FieldKind
from saas.crm.pool import actions as pool
from saas.crm.pool import rule_actions as pool_rules
from saas.crm.pool.models import ReleaseReason
from saas.crm.pool.rules import Rules
from saas.crm.relations import actions as relations
from saas.crm.relations.models import RelationKind
from saas.crm.sealed import actions as sealed
from saas.crm.sealed.models import Detail
from saas.db import db
from saas.tenants import rights
from saas.tenants.actions import attachments
from saas.tenants.permissions import Permission, Reach
from tests.crm.mails import posting
from tests.factories import (
    make_account,
    make_activity,
    make_case,
    make_contact,
    make_cooperation,
    make_member,
    make_opportunity,
)

P = Permission
EVERYTHING = tuple(one.value for one in Hidden)
PHONE, MAIL, STREET, PERSON = "+49 431 5550123", "kontor@seegras.example", "Zwieselgasse 7", "Jana Verborgen"
SAID = "Quittenbrot"  # in whatever was written of them
MARKS = ("5550123", "seegras.example", "Zwieselgasse", "Verborgen", SAID, "DE811907980")

# Rights over the whole workspace and its trail, which show all.
OF_THE_WORKSPACE = {P.WORKSPACE_SET, P.WORKSPACE_EXPORT, P.WORKSPACE_AUDIT, P.WORKSPACE_JOBS, P.ACCOUNT_ASSIGN}
# Every other right, over everything.
WIDE = {right.value: Reach.ALL.value for right in set(P) - OF_THE_WORKSPACE - rights.PORTAL}


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


def see(client: FlaskClient, address: str) -> str:
    """A page as it comes."""
    return str(client.get(address, follow_redirects=True).get_data(as_text=True))
