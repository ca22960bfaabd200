"""Pages of mails: the tray, one mail, and what can be done with it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from saas import http, panels, toasts, ui
from saas.crm.customers import actions as customer_actions
from saas.crm.customers import contact_queries, giving, veil
from saas.crm.customers import queries as customers
from saas.crm.customers.models import Account, Contact
from saas.crm.mails import actions, people_queries, queries, record
from saas.crm.mails.forms import NewPersonForm
from saas.crm.mails.models import Direction, Mail, MailState
from saas.errors import NotFound, Refused
from saas.forms import attempt
from saas.tenants import pages
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, require

bp = Blueprint("mails", __name__, url_prefix="/mails")

P = Permission
MOST = 99  # that the menu counts
PEOPLE = 8  # proposed while one types
AT_ONCE = 500  # mails thrown away together


# ── the tray ────────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.get("/")
@allow(P.ACTIVITY_EDIT)
def index() -> ResponseReturnValue:
    """Mails of which nobody knows yet whom they are with."""
    found = queries.waiting(ui.asked_id("before"))
    shown = found[: queries.PAGE]
    following = shown[-1].id if len(found) > queries.PAGE else None
    return render_template(
        "mails/index.html",
        mails=shown,
        more_url=url_for(".index", before=following) if following else None,
        has_machines=bool(shown) and queries.has_machines(),
        has_mailbox=people_queries.mailbox() is not None,
        may_set=may(P.WORKSPACE_SET),
    )


@bp.get("/count")
@allow(P.ACTIVITY_EDIT)
def count() -> ResponseReturnValue:
    """How many these are, for the menu."""
    found = queries.count_waiting(MOST + 1)
    return "" if not found else f"{found}" if found <= MOST else f"{MOST}+"


@bp.post("/throw-machines")
@allow(P.ACTIVITY_EDIT)
def throw_machines() -> ResponseReturnValue:
    """Throw away what machines sent: newsletters, answers of those who are away."""
    found = queries.machines(AT_ONCE)
    at = actions.throw_all(found, by=me())
    if at is not None:
        told = ngettext("%(num)s mail is thrown away.", "%(num)s mails are thrown away.", len(found))
        toasts.undoable(told, url_for(".put_back_all", at=at.isoformat()))
    return redirect(url_for(".index"), 303)


@bp.post("/put-back")
@allow(P.ACTIVITY_EDIT)
def put_back_all() -> ResponseReturnValue:
    """Undo that."""
    try:
        found = queries.thrown_at(datetime.fromisoformat(request.args.get("at", "").replace(" ", "+")), AT_ONCE)
    except ValueError:
        raise NotFound from None
    actions.put_back_all(found, by=me())
    told = ngettext("%(num)s mail is in the tray again.", "%(num)s mails are in the tray again.", len(found))
    flash(told, "good")
    return redirect(url_for(".index"), 303)


# ── one mail ────────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.get("/<uuid:mail_id>")
@allow(P.ACTIVITY_VIEW)
def show(mail_id: UUID) -> ResponseReturnValue:
    """One mail, with its conversation; one of the tray with what can be done about it."""
    return _page(queries.mail(mail_id), NewPersonForm(formdata=None))


@bp.get("/<uuid:mail_id>/text")
@allow(P.ACTIVITY_VIEW)
def text(mail_id: UUID) -> ResponseReturnValue:
    """The whole text, for a timeline that tells only its beginning."""
    mail = queries.mail(mail_id)
    return render_template("mails/_text.html", mail=mail) if http.is_fragment() else redirect(_at(mail))


@bp.get("/<uuid:mail_id>/people")
@allow(P.ACTIVITY_EDIT)
def people(mail_id: UUID) -> ResponseReturnValue:
    """Contacts under whom it could be filed, while one types."""
    mail = _own(mail_id)
    words = request.args.get("q", "")
    if not http.is_fragment():
        return _page(mail, NewPersonForm(formdata=None), words=words)
    return render_template("mails/_people.html", mail=mail, found=_found(words), words=words)


@bp.post("/<uuid:mail_id>/file")
@allow(P.ACTIVITY_EDIT)
def file(mail_id: UUID) -> ResponseReturnValue:
    """File it under a contact or a customer."""
    mail = queries.lock_mail(_own(mail_id).id)
    contact_id, account_id = (_id_sent(name) for name in ("contact_id", "account_id"))
    contact = customers.contact(contact_id) if contact_id else None
    if contact is None and account_id is None:
        raise Refused(_("Say who it is."))
    account = contact.account if contact else customers.account(account_id)  # type: ignore[arg-type]
    return _filed(mail, account, contact)


@bp.post("/<uuid:mail_id>/person")
@allow(P.CONTACT_CREATE)
def add_person(mail_id: UUID) -> ResponseReturnValue:
    """Make a contact of whoever it is with, and file it there."""
    mail = _own(mail_id)
    form = NewPersonForm()
    if not form.validate_on_submit():
        return _page(mail, form), form.status
    made = attempt(form, lambda: _person(mail, form))
    if made is None:
        return _page(mail, form), 422
    return _filed(queries.lock_mail(mail.id), made.account, made)


@bp.post("/<uuid:mail_id>/throw")
@allow(P.ACTIVITY_EDIT)
def throw(mail_id: UUID) -> ResponseReturnValue:
    """Throw it away."""
    mail = queries.lock_mail(_own(mail_id).id)
    actions.throw(mail, by=me())
    toasts.undoable(_("%(subject)s is thrown away.", subject=mail.title), url_for(".put_back", mail_id=mail.id))
    return redirect(url_for(".index"), 303)


@bp.post("/<uuid:mail_id>/put-back")
@allow(P.ACTIVITY_EDIT)
def put_back(mail_id: UUID) -> ResponseReturnValue:
    """Undo that."""
    mail = queries.lock_mail(_own(mail_id, MailState.THROWN).id)
    actions.put_back(mail, by=me())
    flash(_("%(subject)s is in the tray again.", subject=mail.title), "good")
    return redirect(url_for(".index"), 303)


@bp.post("/<uuid:mail_id>/take-off")
@allow(P.ACTIVITY_EDIT)
def take_off(mail_id: UUID) -> ResponseReturnValue:
    """It isn't with this customer: back to the tray."""
    mail = _own(mail_id, MailState.FILED)
    actions.take_off(queries.lock_mail(mail.id), by=me())
    flash(_("%(subject)s is in the tray again. Say now whom it is with.", subject=mail.title), "good")
    return redirect(_at(mail), 303)


@bp.post("/<uuid:mail_id>/settle")
@allow(P.ACTIVITY_EDIT)
def settle(mail_id: UUID) -> ResponseReturnValue:
    """It needs no answer any more."""
    mail = _own(mail_id, MailState.FILED)
    actions.settle(queries.lock_mail(mail.id), by=me())
    toasts.undoable(_("%(subject)s is settled.", subject=mail.title), url_for(".unsettle", mail_id=mail.id))
    return redirect(url_for("today.index") if "today" in request.form else _at(mail), 303)


@bp.post("/<uuid:mail_id>/unsettle")
@allow(P.ACTIVITY_EDIT)
def unsettle(mail_id: UUID) -> ResponseReturnValue:
    """Undo that."""
    mail = _own(mail_id, MailState.FILED)
    actions.unsettle(queries.lock_mail(mail.id), by=me())
    flash(_("%(subject)s waits for an answer again.", subject=mail.title), "good")
    return redirect(_at(mail), 303)


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _own(mail_id: UUID, state: MailState = MailState.WAITING) -> Mail:
    """A mail that the reader may do something about; one that he may see only is Forbidden."""
    mail = queries.mail(mail_id) if state is not MailState.THROWN else queries.thrown(mail_id)
    if mail.state is not state:
        raise actions.Elsewhere(_("A colleague has dealt with this mail a moment ago."))
    if mail.owner_id is not None and mail.member_id != me().id:
        require(P.ACTIVITY_EDIT, mail)
    return mail


def _page(mail: Mail, form: NewPersonForm, *, words: str = "") -> str:
    is_waiting = mail.state is MailState.WAITING
    can_edit = may(P.ACTIVITY_EDIT) and (
        mail.owner_id is None or mail.member_id == me().id or may(P.ACTIVITY_EDIT, mail)
    )
    if is_waiting and not form.is_submitted():
        form.name.data, form.customer.data = _proposed(mail)
    return render_template(
        "mails/show.html",
        mail=mail,
        about=_about(mail),
        laid_out=record.laid_out(mail),
        filings=[] if is_waiting else queries.filings_within(mail.id),
        conversation=queries.conversation(mail),
        left=pages.drawn("mail", "left", mail.id),
        can_edit=can_edit,
        form=form if is_waiting and may(P.CONTACT_CREATE) else None,
        proposals=_proposals(mail) if is_waiting and can_edit else [],
        words=words,
        found=_found(words) if words else [],
        needs_answer=mail.direction is Direction.IN and mail.settled_at is None and not is_waiting,
    )


def _about(mail: Mail) -> list[tuple[Any, Any]]:
    def named(people: list[dict[str, Any]]) -> Markup:
        return Markup(", ").join(record.person(one["name"], one["address"]) for one in people)

    by_kind = {kind: [one for one in mail.recipients if one["kind"] == kind] for kind in ("to", "cc", "bcc")}
    rows = [
        (_("From"), record.person(mail.sender_name, mail.sender)),
        (_("To"), named(by_kind["to"])),
        (_("Copy"), named(by_kind["cc"] + by_kind["bcc"])),
        (_("Sent"), ui.moment(mail.sent_at)),
        (_("Looked after by"), mail.owner.name if mail.owner else None),
        (_("Not kept"), ", ".join(mail.left_out)),
    ]
    return [(label, value) for label, value in rows if value]


def _proposals(mail: Mail) -> list[tuple[Account, Contact | None]]:
    """Under whom it may belong: whom its conversation is with, then the companies in whose domains it was written."""
    pairs = queries.people_of_thread(mail.thread_id)
    contacts = {one.id: one for one in people_queries.contacts({key for _account, key in pairs if key})}
    accounts = {one.id: one for one in people_queries.accounts({key for key, _contact in pairs})}
    found = [(accounts[key], contacts.get(one) if one else None) for key, one in pairs if key in accounts]
    known = {account.id for account, _contact in found}
    found += [(account, None) for account in people_queries.likely(mail.others) if account.id not in known]
    return [pair for pair in found if _is_shown(pair[0])][:PEOPLE]


def _is_shown(account: Account) -> bool:
    return may(P.ACCOUNT_VIEW, account) and not veil.here().covers(account)


def _proposed(mail: Mail) -> tuple[str, str]:
    """What a new person may be called, and at which customer."""
    name = mail.sender_name if mail.direction is Direction.IN else ""
    others = {one["address"]: one["name"] for one in mail.recipients if one["address"] in mail.others}
    accounts = [one for one in people_queries.likely(mail.others) if _is_shown(one)]
    first = accounts[0].label if len(accounts) == 1 else ""
    return name or next(iter(others.values()), "") or "", first


def _found(words: str) -> list[Any]:
    rows, _following = contact_queries.book(words, many=PEOPLE) if words.strip() else ([], None)
    return [row for row in rows if row.kind == "contact"]


def _person(mail: Mail, form: NewPersonForm) -> Contact:
    account = customers.account_typed(form.customer.data)
    if account is None:
        if not (form.is_new.data and may(P.ACCOUNT_CREATE)):
            raise Refused(
                _("No customer has this name or number. Tick the box below to add it as a new one."), field="customer"
            )
        account = customer_actions.create_for({"name": form.customer.data}, owner=me(), by=me())
        if said := giving.own_sentence(me(), account.owner):
            flash(said, "waiting")
    others = mail.others
    values = {"name": form.name.data, "email": others[0] if len(others) == 1 else None}
    return customer_actions.create_contact(account, values, by=me())


def _filed(mail: Mail, account: Account, contact: Contact | None) -> ResponseReturnValue:
    remember = contact is not None and may(P.CONTACT_EDIT, contact)
    count = actions.assign(mail, account, contact, remember=remember, by=me())
    name = contact.name if contact else account.name
    told = ngettext("The mail is filed under %(name)s.", "%(num)s mails are filed under %(name)s.", count, name=name)
    flash(told, "good")
    return redirect(url_for(".index"), 303)


def _at(mail: Mail) -> str:
    return url_for(".show", mail_id=mail.id)


def _id_sent(name: str) -> UUID | None:
    try:
        return UUID(request.form.get(name, ""))
    except ValueError:
        return None


panels.add("today", panels.Panel("replies", record.REPLIES, record.replies, P.ACTIVITY_VIEW, "main", 12, is_later=True))
