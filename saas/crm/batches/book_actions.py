"""A leaver's whole book, handed over customer by customer to those who take it on, with all that belongs to each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from saas.crm.batches import queries
from saas.crm.batches.models import Batch, BatchRow, Outcome, Reason, Split
from saas.crm.customers import tenure
from saas.crm.customers.models import Account
from saas.errors import Refused
from saas.tenants import handover, notices, scope
from saas.tenants import queries as tenants
from saas.tenants.handover import Part
from saas.tenants.models import Member, MemberStatus
from saas.tenants.permissions import Permission

TOLD = "account.book"  # the notice
BY_HAND = 200  # customers that somebody shares out one by one, at most

Given = dict[str, list[str]]  # key of a holding → ids of what went over


def lay_out(
    batch: Batch, leaver: Member, split: Split, *, field: str | None, heirs: Sequence[Member], by: Member
) -> None:
    """Say how a book is shared out; who gets what is chosen on the next page.

    Args:
        batch: of all customers of the leaver, nothing done yet.
        leaver: whose book it is.
        split: by which it is shared.
        field: the column of Account by which, where it is by property.
        heirs: among whom.
        by: who hands it over.

    Raises:
        Refused: nobody takes it on, one of them can't, or it is too much to share out by hand.
    """
    able = {one.id for one in tenants.heirs()} - {leaver.id}
    if not heirs or any(one.id not in able for one in heirs):
        raise Refused(_("Choose colleagues who work here and take it on."), field="heirs")
    if split is Split.HAND and batch.total > BY_HAND:
        raise Refused(_("By hand at most %(n)s customers are shared out.", n=BY_HAND), field="split")
    batch.options = {
        "leaver_id": str(leaver.id),
        "leaver": leaver.name,
        "split": split,
        "field": field if split is Split.PROPERTY else None,
        "turns": [str(one.id) for one in heirs],
        "by": by.name,
    }


def group_of(options: Mapping[str, Any], account: Any) -> str:
    """Under which group of its batch a customer falls, where its heir is chosen group by group."""
    if options["split"] == Split.HAND:
        return str(account.id)
    value = getattr(account, options["field"]) if options["field"] else None
    return value or ""


def hand_over_one(batch: Batch, row: BatchRow, account: Account, by: Member) -> dict[str, Any] | Reason:
    """Give one customer of the leaver to its heir, with all of the leaver's that belongs to it.

    Returns:
        The before-image; or why it was left.
    """
    options = batch.options
    leaver_id = UUID(options["leaver_id"])
    if account.owner_id != leaver_id:
        return Reason.CHANGED
    heir = tenants.member(UUID(_heir_of(options, row, account)))
    if heir.status is not MemberStatus.ACTIVE:
        return Reason.NOBODY
    had = tenure.of(account)
    part = Part(account_ids=[account.id], beyond=bool(options.get("beyond")))
    given = _pass_on(leaver_id, heir, by, batch.id, part)
    return {"book": [str(leaver_id), str(heir.id)], "given": given, "tenure": had}


def take_back(batch: Batch, account: Account, image: Mapping[str, Any], by: Member) -> bool:
    """Give a customer back to whom the book was, with what went along and is still the heir's; False where the
    customer isn't, or the leaver has gone."""
    leaver_id, heir_id = (UUID(one) for one in image["book"])
    leaver = tenants.member(leaver_id)
    if account.owner_id != heir_id or leaver.status is MemberStatus.DISABLED:
        return False
    _give_back(heir_id, leaver, by, batch.id, image["given"])
    if "tenure" in image:  # older ones don't say
        tenure.resume(account, image["tenure"])
    return True


def finish(batch: Batch, by: Member) -> None:
    """Once all customers are through: give what belongs to none of them to whoever takes the rest, and tell each
    heir once."""
    options = batch.options
    leaver_id, rest = UUID(options["leaver_id"]), tenants.member(UUID(options["rest"]))
    left = queries.left_with(batch.id, leaver_id)
    given: Given = {}
    if rest.status is MemberStatus.ACTIVE and not left:
        given = _pass_on(leaver_id, rest, by, batch.id, handover.ALL)
    batch.options = options | {"rest_given": given}
    counts = Counter(queries.held_by(batch.id, Outcome.DONE))
    if given:
        counts.setdefault(rest.id, 0)
    _tell_heirs(batch, by, counts)


def finish_undone(batch: Batch, by: Member) -> None:
    """Once all customers are back: give back what belongs to none of them, and tell the heirs what is left with them
    instead of what they got."""
    notices.take_back(TOLD, [f"{TOLD}:{batch.id}"])
    _tell_heirs(batch, by, queries.held_by(batch.id, Outcome.KEPT))
    options = batch.options
    leaver = tenants.member(UUID(options["leaver_id"]))
    if leaver.status is not MemberStatus.DISABLED:
        _give_back(UUID(options["rest"]), leaver, by, batch.id, options.get("rest_given", {}))


def shares(batch: Batch, chosen: Mapping[str, str], rest: str) -> dict[str, list[Any]]:
    """Say who would get which customers: heir → rows of (id, number in the batch, owner_id, pool_id, standing,
    archived_at).

    Args:
        batch: whose book is laid out.
        chosen: group → its heir.
        rest: who takes what falls under none.
    """
    options = batch.options | {"heirs": dict(chosen), "rest": rest}
    found: dict[str, list[Any]] = {one: [] for one in options["turns"]}
    for row in queries.outlines(batch.id, options["field"]):
        found[_heir_of(options, row, row)].append(row)
    return found


def _heir_of(options: Mapping[str, Any], row: Any, account: Any) -> str:
    turns = options["turns"]
    if options["split"] == Split.EVEN:
        return str(turns[(row.number - 1) % len(turns)])
    return str(options["heirs"].get(group_of(options, account), options["rest"]))


def _pass_on(leaver_id: UUID, heir: Member, by: Member, batch_id: UUID, part: Part) -> Given:
    found = {one.key: one.pass_on(leaver_id, heir, by, batch_id, part) for one in handover.every()}
    return {key: [str(one) for one in ids] for key, ids in found.items() if ids}


def _give_back(heir_id: UUID, leaver: Member, by: Member, batch_id: UUID, given: Given) -> None:
    for holding in handover.every():
        if ids := given.get(holding.key):
            holding.pass_on(heir_id, leaver, by, batch_id, Part(ids=[UUID(one) for one in ids]))


def _tell_heirs(batch: Batch, by: Member, counts: Mapping[UUID, int]) -> None:
    """One line for each who took something on, with how many customers."""
    home = f"/{scope.workspace().slug}/customers/?owner=me"
    for heir_id, many in counts.items():
        heir = tenants.member(heir_id)
        if heir.id != by.id:
            facts = {"name": batch.options["leaver"], "by": by.name, "many": many}
            notices.tell(heir, TOLD, f"{TOLD}:{batch.id}", home, **facts)


@notices.sentence(
    TOLD,
    "arrows-exchange",
    _l("Part of a colleague's book is yours"),
    notices.Topic.CUSTOMERS,
    mail=notices.Mail.NOW,
    right=Permission.ACCOUNT_VIEW,
)
def _told(name: str, by: str, many: int) -> str:
    if not many:
        return _("%(by)s gave you what %(name)s had to do besides customers.", by=by, name=name)
    return ngettext(
        "%(by)s gave you %(num)s customer of %(name)s, with deals, cases and plans.",
        "%(by)s gave you %(num)s customers of %(name)s, with deals, cases and plans.",
        many,
        by=by,
        name=name,
    )
