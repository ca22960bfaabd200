"""Labels: the tags and groups that customers and contacts lie under."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column

from saas.crm.fields.models import LOOKS
from saas.db import TenantModel, Versioned, link, linked, unique

LIVE = "archived_at is null"


class LabelKind(StrEnum):
    """A tag is made in passing, by anybody; groups are kept by an admin, in two levels."""

    TAG = "tag"
    GROUP = "group"


LABEL_WORDS = {LabelKind.TAG: _l("Tags"), LabelKind.GROUP: _l("Groups")}


class Label(Versioned, TenantModel):
    """One tag or group."""

    __tablename__ = "label"
    __kept__ = True
    __table_args__ = (
        unique("kind", "name_key", where=f"parent_id is null and {LIVE}", name="uq_label_top"),
        unique("parent_id", "name_key", where=f"parent_id is not null and {LIVE}", name="uq_label_below"),
    )

    kind: Mapped[LabelKind]
    name: Mapped[str]
    name_key: Mapped[str]  # folded
    colour: Mapped[str] = mapped_column(default="grey")
    parent_id: Mapped[UUID | None] = link("label", index=True)  # the group it is a part of; a part has none of its own
    archived_at: Mapped[datetime | None]  # taken out, with all that lay under it until it is put back

    parent: Mapped[Label | None] = linked("parent_id", lazy="joined", join_depth=1)

    @property
    def path(self) -> str:
        """Its name, after that of the group it is a part of."""
        return f"{self.parent.name} / {self.name}" if self.parent else self.name

    @property
    def look(self) -> str:
        """The look of its chip."""
        return LOOKS.get(self.colour, self.colour)


class Labelled(TenantModel):
    """A customer or contact that lies under a label."""

    __tablename__ = "labelled"
    __table_args__ = (
        unique("label_id", "account_id", where="account_id is not null", name="uq_labelled_account"),
        unique("label_id", "contact_id", where="contact_id is not null", name="uq_labelled_contact"),
    )

    label_id: Mapped[UUID] = link("label", index=True)
    account_id: Mapped[UUID | None] = link("account", index=True, ondelete="CASCADE")
    contact_id: Mapped[UUID | None] = link("contact", index=True, ondelete="CASCADE")
