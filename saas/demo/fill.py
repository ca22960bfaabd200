"""Fills the demo workspaces, once; a second time finds them filled and changes nothing."""

from __future__ import annotations

from uuid import UUID

from flask import g

from saas import clock
from saas.config import Config
from saas.crm.samples import actions as samples
from saas.db import db
from saas.demo import signins
from saas.demo.people import CASTS, Cast
from saas.demo.story import Story
from saas.tenants import queries, scope
from saas.tenants.actions import people, settings, users, workspaces
from saas.tenants.models import Member, User

FILLED = "demo.filled"


def fill(config: Config) -> None:
    """Make both workspaces with their people and stories. Commits as it goes; what is there stays."""
    known = signins.passwords(config)
    for cast in CASTS:
        g.locale = cast.locale  # stages and events are named in it
        tenant_id = _workspace(cast, known)
        with scope.enter(tenant_id):
            team = _staff(cast, known)
            if not queries.setting(FILLED, {}).get("at"):
                with samples.marking():
                    Story(cast, team, known).tell()
                settings.choose(FILLED, {"at": clock.now().isoformat()}, by=team[0])
                db.session.commit()
    signins.mark_filled(config.data_dir)


def _workspace(cast: Cast, known: dict[str, str]) -> UUID:
    tenant = queries.tenant_by_slug(cast.slug)
    found = tenant.id if tenant else None
    db.session.rollback()
    if found is not None:
        return found
    owner = _user(cast, cast.members[0], known)
    made = workspaces.create(
        cast.slug, cast.name, owner, locale=cast.locale, timezone=cast.timezone, currency=cast.currency
    )
    found = made.id
    db.session.rollback()
    return found


def _user(cast: Cast, member: tuple[str, str, str], known: dict[str, str]) -> User:
    _role, name, mail = member
    email = cast.email(mail)
    found = queries.user_by_email(email)
    if found is None:
        found = users.register(email, name, known[email], locale=cast.locale, timezone=cast.timezone)
        db.session.commit()
    return found


def _staff(cast: Cast, known: dict[str, str]) -> list[Member]:
    there = {m.email: m for m in queries.members()}
    team = []
    for member in cast.members:
        email = cast.email(member[2])
        if email not in there:
            there[email] = people.admit(_user(cast, member, known), member[0])
            db.session.commit()
        team.append(there[email])
    return team
