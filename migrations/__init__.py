"""Brings a database to the present schema: roles first, then the versions in order, as the owner of the tables."""

from migrations.upgrade import current, heads, is_current, upgrade

__all__ = ["current", "heads", "is_current", "upgrade"]
