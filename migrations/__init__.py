"""Brings a database to the present schema: roles first, then the versions in order, as the owner of the tables."""
