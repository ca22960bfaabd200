"""How events of dictionaries are told."""

from __future__ import annotations

from flask_babel import gettext as _
from markupsafe import Markup

from saas.crm.fields import actions, custom_actions, label_actions, segment_actions
from saas.crm.fields.models import DICTIONARY_WORDS, Dictionary
from saas.tenants.models import Event
from saas.tenants.stories import ACTOR, said, story


def _facts(event: Event) -> dict[str, str]:
    dictionary = event.changed.get("dictionary", "")
    known = DICTIONARY_WORDS[Dictionary(dictionary)] if dictionary in set(Dictionary) else dictionary
    return {"word": str(event.changed.get("word", "")), "dictionary": str(known)}


@story(actions.WORD_ADDED, "plus")
def _added(event: Event, who: str) -> Markup:
    return said(_("%(who)s added “%(word)s” to the words of %(dictionary)s", who=ACTOR, **_facts(event)), who)


@story(actions.WORD_CHANGED, "pencil")
def _changed(event: Event, who: str) -> Markup:
    return said(_("%(who)s changed “%(word)s” among the words of %(dictionary)s", who=ACTOR, **_facts(event)), who)


@story(actions.WORD_RETIRED, "archive")
def _retired(event: Event, who: str) -> Markup:
    return said(_("%(who)s retired “%(word)s” among the words of %(dictionary)s", who=ACTOR, **_facts(event)), who)


@story(actions.WORD_BROUGHT_BACK, "archive-off")
def _brought_back(event: Event, who: str) -> Markup:
    return said(_("%(who)s offers “%(word)s” again among the words of %(dictionary)s", who=ACTOR, **_facts(event)), who)


@story(actions.WORD_REMOVED, "trash")
def _removed(event: Event, who: str) -> Markup:
    return said(_("%(who)s took a word out of a dictionary, with the import that had brought it", who=ACTOR), who)


def _label(event: Event) -> str:
    return str(event.changed.get("label", ""))


@story(label_actions.LABEL_ADDED, "tag")
def _label_added(event: Event, who: str) -> Markup:
    return said(_("%(who)s made the label “%(label)s”", who=ACTOR, label=_label(event)), who)


@story(label_actions.LABEL_CHANGED, "tag")
def _label_changed(event: Event, who: str) -> Markup:
    return said(_("%(who)s changed the label “%(label)s”", who=ACTOR, label=_label(event)), who)


@story(label_actions.LABEL_ARCHIVED, "trash")
def _label_archived(event: Event, who: str) -> Markup:
    return said(_("%(who)s took the label “%(label)s” out", who=ACTOR, label=_label(event)), who)


@story(label_actions.LABEL_RESTORED, "archive-off")
def _label_restored(event: Event, who: str) -> Markup:
    return said(_("%(who)s put the label “%(label)s” back", who=ACTOR, label=_label(event)), who)


def _name(event: Event) -> str:
    return str(event.changed.get("name", ""))


@story(segment_actions.CREATED, "bookmark")
def _segment_created(event: Event, who: str) -> Markup:
    return said(_("%(who)s saved the view “%(name)s”", who=ACTOR, name=_name(event)), who)


@story(segment_actions.CHANGED, "bookmark")
def _segment_changed(event: Event, who: str) -> Markup:
    if "first" in event.changed:
        return said(_("%(who)s chose what the list of customers opens with", who=ACTOR), who)
    return said(_("%(who)s changed the view “%(name)s”", who=ACTOR, name=_name(event)), who)


@story(segment_actions.ARCHIVED, "trash")
def _segment_archived(event: Event, who: str) -> Markup:
    return said(_("%(who)s took the view “%(name)s” out", who=ACTOR, name=_name(event)), who)


@story(segment_actions.RESTORED, "archive-off")
def _segment_restored(event: Event, who: str) -> Markup:
    return said(_("%(who)s put the view “%(name)s” back", who=ACTOR, name=_name(event)), who)


def _field(event: Event) -> str:
    return str(event.changed.get("field", ""))


@story(custom_actions.ADDED, "forms")
def _field_added(event: Event, who: str) -> Markup:
    return said(_("%(who)s made the field “%(name)s”", who=ACTOR, name=_field(event)), who)


@story(custom_actions.CHANGED, "forms")
def _field_changed(event: Event, who: str) -> Markup:
    return said(_("%(who)s changed the field “%(name)s”", who=ACTOR, name=_field(event)), who)


@story(custom_actions.ARCHIVED, "archive")
def _field_archived(event: Event, who: str) -> Markup:
    return said(_("%(who)s archived the field “%(name)s”", who=ACTOR, name=_field(event)), who)


@story(custom_actions.RESTORED, "archive-off")
def _field_restored(event: Event, who: str) -> Markup:
    return said(_("%(who)s brought the field “%(name)s” back", who=ACTOR, name=_field(event)), who)


@story(custom_actions.REMOVED, "trash")
def _field_removed(event: Event, who: str) -> Markup:
    return said(_("%(who)s removed the field “%(name)s”", who=ACTOR, name=_field(event)), who)
