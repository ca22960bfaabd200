"""The list of competitors: what is shown, sorted."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from saas.crm.opportunities.rival_models import Rival
from saas.lists import Column, Listing

RIVALS = Listing(
    Rival,
    columns=(
        Column("name", _l("Competitor"), Rival.name, "name", sort=Rival.name_key),
        Column("website", _l("Website"), Rival.website),
        Column("open", _l("Open deals"), Rival.id, "number"),
        Column("won", _l("Won"), Rival.id, "number"),
        Column("lost", _l("Lost"), Rival.id, "number"),
        Column("rate", _l("We win"), Rival.id, "number"),
        Column("created", _l("Added"), Rival.created_at, "moment", sort=Rival.created_at, shown=False),
    ),
)
