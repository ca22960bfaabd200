"""A person's way into a portal, as colleagues give and take it on the page of whoever stands behind him."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import EmailField

from saas.forms import Form, attempt, email_checks, lowered
from saas.found import known
from saas.tenants.actions import portal_users
from saas.tenants.models import PortalKind, PortalUser
from saas.tenants.permissions import Permission, allow
from saas.tenants.portal_kinds import Subject
from saas.tenants.scope import me

VERBS: dict[str, tuple[Callable[..., None], Any]] = {
    "resend": (portal_users.resend, _l("The invitation is on its way to %(email)s again.")),
    "revoke": (portal_users.revoke, _l("The invitation of %(name)s is taken back.")),
    "disable": (
        portal_users.disable,
        _l("%(name)s can't come into the portal any more. What they wrote stays."),
    ),
    "enable": (portal_users.enable, _l("%(name)s can come into the portal again.")),
}
"""What is done with somebody who was invited once, by its word in the address → the verb, and what is said then."""


class InviteForm(Form):
    """Where the invitation goes."""

    email = EmailField(_l("Mail address"), email_checks(), filters=[lowered], description=_l("They sign in with it."))


def invited(form: InviteForm, kind: PortalKind, find: Callable[[], Subject | None], *, role: str) -> PortalUser | None:
    """Invite somebody as a form says; None where it was not sent, or comes back with what was wrong.

    Args:
        form: where the invitation goes.
        kind: into whose portal.
        find: who stands behind him, as he is in the books now.
        role: the key of his role there.

    Raises:
        NotFound: he or his company is in the books no more.
    """
    if not form.validate_on_submit():
        return None
    subject = known(find())
    person = attempt(form, lambda: portal_users.invite(kind, subject, email=form.email.data, role=role, by=me()))
    if person is not None:
        flash(_("An invitation is on its way to %(email)s.", email=person.email), "good")
    return person


def add_verbs(bp: Blueprint, rule: str, person: Callable[..., PortalUser], page: Callable[..., str]) -> None:
    """Add the verbs to a blueprint, each under its own word.

    Args:
        bp: the pages of those who stand behind people of a portal.
        rule: the address of one such person, within the blueprint.
        person: what the address names → the person, whom the reader may let in and shut out.
        page: the same → the page on which one sees him afterwards.
    """
    for name, (verb, told) in VERBS.items():
        bp.add_url_rule(f"{rule}/{name}", name, _view(verb, told, person, page), methods=["POST"])


def _view(
    verb: Callable[..., None], told: Any, person: Callable[..., PortalUser], page: Callable[..., str]
) -> Callable[..., ResponseReturnValue]:
    @allow(Permission.PORTAL_INVITE)
    def act(**ids: UUID) -> ResponseReturnValue:
        whom = person(**ids)
        verb(whom, by=me())
        flash(str(told) % {"name": whom.name, "email": whom.email}, "good")
        return redirect(page(**ids), 303)

    return act
