"""What is learned every night of the pace of deals."""

from __future__ import annotations

from sqlalchemy import update

from saas.crm.opportunities import pace_queries
from saas.crm.opportunities import pipeline_queries as pipelines
from saas.crm.opportunities.models import Stage
from saas.db import db


def learn() -> None:
    """Note at each stage how long won deals stand there. Its version stays: whoever edits it isn't overtaken."""
    found = pace_queries.usual()
    for stage in pipelines.every_stage():
        days = found.get(stage.id)
        if stage.usual != days:
            db.session.execute(update(Stage).where(Stage.id == stage.id).values(usual=days))
