"""How a customer's events are told."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape

from saas.crm.customers import actions, label_actions, private
from saas.crm.customers import contact_actions as people
from saas.crm.customers import purchase_actions as purchases
from saas.crm.customers import territory_actions as territories
from saas.crm.customers.contact_words import told
from saas.crm.customers.models import Standing
from saas.crm.fields import custom_queries as custom
from saas.crm.fields import queries as fields
from saas.crm.fields.custom_models import NAMED
from saas.crm.fields.custom_words import said as said_of
from saas.crm.fields.label_models import LABEL_WORDS
from saas.crm.fields.models import DICTIONARY_WORDS, OF_CUSTOMERS, Dictionary
from saas.tenants.models import Event
from saas.tenants.stories import ACTOR, keep, said, story

FIELD_WORDS: dict[str, Any] = {
    "name": _l("Name"),
    "kind": _l("Kind"),
    **{str(one): DICTIONARY_WORDS[one] for one in OF_CUSTOMERS},
    **{str(one): word for one, word in LABEL_WORDS.items()},
    "phone": _l("Phone"),
    "mobile": _l("Mobile"),
    "fax": _l("Fax"),
    "email": _l("Mail"),
    "website": _l("Website"),
    "tax_number": _l("Tax number"),
    "country": _l("Country"),
    "region": _l("Region"),
    "city": _l("City"),
    "address": _l("Address"),
    "employees": _l("Employees"),
    "revenue": _l("Yearly revenue (millions)"),
    "founded": _l("Founded"),
    "remarks": _l("Remarks"),
    "parent_id": _l("Belongs to"),
    "title": _l("Position"),
    "birthday": _l("Birthday"),
    "is_main": _l("Main contact"),
    "account_id": _l("Customer"),
    "department": _l("Department"),
    "decision": _l("Part in the decision"),
    "lines": _l("More numbers and addresses"),
    "home_phone": _l("Phone at home"),
    "home_address": _l("Address at home"),
    "hobbies": _l("Hobbies and interests"),
    "days": _l("Anniversaries"),
    "channel": _l("Prefers"),
    "language": _l("Language"),
    "phone_wish": _l("Calls"),
    "mail_wish": _l("Mails"),
    "post_wish": _l("Post"),
    "wish_on": _l("Said on"),
    "wish_source": _l("Said where"),
}

STANDING_NOW = {
    Standing.POOL: _l("in the pool again"),
    Standing.TRACKED: _l("not a customer for now"),
    Standing.CUSTOMER: _l("a customer again"),
}


def differences(event: Event, *hidden: str) -> Markup:
    """The fields that an event changed, each with what it was and is; those left out that the reader is kept from."""
    rows, kept_from = [], {*hidden, *(private.hidden() if event.subject_kind == private.CONTACT else ())}
    for field, pair in event.changed.items():
        if field in FIELD_WORDS and field not in kept_from and isinstance(pair, list):
            before, after = (escape(_told(field, v)) if v not in (None, "") else "—" for v in pair)
            if field.endswith("_id"):
                rows.append(Markup("{}").format(FIELD_WORDS[field]))
            else:
                rows.append(Markup("{}: {} → {}").format(FIELD_WORDS[field], before, after))
    rows += _own(event)
    if not rows:
        return Markup("")
    return Markup('<span class="event-note">{}</span>').format(Markup("<br>").join(rows))


def _own(event: Event) -> list[Markup]:
    """The workspace's own fields that an event changed; of one that names somebody only that it did."""
    sides: list[dict[str, Any]] = event.changed.get(actions.CUSTOM) or [{}, {}]
    changed = {key for side in sides for key in side}
    rows = []
    for field in custom.fields_of(event.subject_kind, archived=True) if changed else ():
        if field.key in changed:
            before, after = (said_of(field, side.get(field.key)) or "—" for side in sides)
            told = Markup("{}") if field.kind in NAMED else Markup("{}: {} → {}")
            rows.append(told.format(field.label, before, after))
    return rows


def _told(field: str, value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return fields.label(Dictionary(field), str(value)) if field in set(Dictionary) else told(value, field)


@story(actions.CREATED, "user-plus")
def _created(event: Event, who: str) -> Markup:
    return said(_("%(who)s added this customer", who=ACTOR), who)


@story(actions.CHANGED, "pencil")
def _changed(event: Event, who: str) -> Markup:
    return said(_("%(who)s changed the record", who=ACTOR), who) + differences(event)


@story(actions.ASSIGNED, "user-check")
def _assigned(event: Event, who: str) -> Markup:
    after = (event.changed.get("owner") or [None, ""])[1]
    told = said(_("%(who)s gave this customer to %(owner)s", who=ACTOR, owner=after), who)
    if (beyond := event.changed.get("beyond")) is None:
        return told
    note = _("beyond the limit: %(held)s of at most %(most)s customers", **beyond)
    return told + Markup('<span class="event-note">{}</span>').format(note)


# What a file's deals made of a customer is told by the one line that tells of the file.
_SOLD_BY_HAND = ~((Event.name == purchases.BOUGHT) & Event.changed.has_key("file"))
keep("account", lambda: _SOLD_BY_HAND)


@story(purchases.BOUGHT, "trophy")
def _bought(event: Event, who: str) -> Markup:
    what = event.changed.get("what", "")
    return said(_("%(who)s made the first sale: %(what)s. A customer from now on", who=ACTOR, what=what), who)


@story(purchases.NOT_BOUGHT, "refresh")
def _not_bought(event: Event, who: str) -> Markup:
    if "file" in event.changed:
        return _told_of_undo(event, who)
    return said(_("%(who)s took up the only sale again; not a customer for now", who=ACTOR), who)


@story(purchases.PUT_BACK, "arrow-back-up")
def _put_back(event: Event, who: str) -> Markup:
    return _told_of_undo(event, who)


def _told_of_undo(event: Event, who: str) -> Markup:
    """Deals of a file were taken back, and with them what they had made of the customer."""
    before, now = event.changed.get("standing") or [None, None]
    said_now = STANDING_NOW.get(now) if before != now else None
    note = Markup('<span class="event-note">{}</span>').format(said_now) if said_now else Markup("")
    return said(_("%(who)s undid the import of %(file)s", who=ACTOR, file=event.changed["file"]), who) + note


@story(actions.ARCHIVED, "archive")
def _archived(event: Event, who: str) -> Markup:
    return said(_("%(who)s archived this customer", who=ACTOR), who)


@story(actions.RESTORED, "archive-off")
def _restored(event: Event, who: str) -> Markup:
    return said(_("%(who)s restored this customer", who=ACTOR), who)


@story(actions.CONTACT_CREATED, "address-book")
def _contact_created(event: Event, who: str) -> Markup:
    text = _("%(who)s added the contact %(name)s", who=ACTOR, name=event.changed.get("name", ""))
    return said(text, who)


@story(actions.CONTACT_CHANGED, "address-book")
def _contact_changed(event: Event, who: str) -> Markup:
    name = event.changed.get("name", "")
    shown = name[1] if isinstance(name, list) else name
    text = _("%(who)s changed the contact %(name)s", who=ACTOR, name=shown)
    return said(text, who) + differences(event, "name")


@story(actions.CONTACT_ARCHIVED, "archive")
def _contact_archived(event: Event, who: str) -> Markup:
    text = _("%(who)s archived the contact %(name)s", who=ACTOR, name=event.changed.get("name", ""))
    return said(text, who)


@story(actions.CONTACT_RESTORED, "archive-off")
def _contact_restored(event: Event, who: str) -> Markup:
    text = _("%(who)s restored the contact %(name)s", who=ACTOR, name=event.changed.get("name", ""))
    return said(text, who)


@story(people.JOINED, "building")
def _joined(event: Event, who: str) -> Markup:
    facts = {"name": event.changed.get("name", ""), "account": event.changed.get("account", "")}
    return said(_("%(who)s noted that %(name)s is also at %(account)s", who=ACTOR, **facts), who)


@story(people.LEFT, "building")
def _left(event: Event, who: str) -> Markup:
    facts = {"name": event.changed.get("name", ""), "account": event.changed.get("account", "")}
    return said(_("%(who)s noted that %(name)s is no longer at %(account)s", who=ACTOR, **facts), who)


def _of_label(event: Event) -> dict[str, str]:
    return {"label": str(event.changed.get("label", "")), "name": str(event.changed.get("name", ""))}


@story(label_actions.LABELLED, "tag")
def _labelled(event: Event, who: str) -> Markup:
    return said(_("%(who)s put %(name)s under “%(label)s”", who=ACTOR, **_of_label(event)), who)


@story(label_actions.UNLABELLED, "tag")
def _unlabelled(event: Event, who: str) -> Markup:
    return said(_("%(who)s took “%(label)s” off %(name)s", who=ACTOR, **_of_label(event)), who)


story(label_actions.CONTACT_LABELLED, "tag")(_labelled)
story(label_actions.CONTACT_UNLABELLED, "tag")(_unlabelled)


@story(territories.CREATED, "map")
def _territory_created(event: Event, who: str) -> Markup:
    return said(_("%(who)s added the territory %(name)s", who=ACTOR, name=event.changed["name"]), who)


@story(territories.CHANGED, "map")
def _territory_changed(event: Event, who: str) -> Markup:
    name = event.changed["name"]
    return said(
        _("%(who)s changed the territory %(name)s", who=ACTOR, name=name[1] if isinstance(name, list) else name), who
    )


@story(territories.REMOVED, "map")
def _territory_removed(event: Event, who: str) -> Markup:
    return said(_("%(who)s took the territory %(name)s out", who=ACTOR, name=event.changed["name"]), who)
