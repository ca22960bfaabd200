"""`saas routes`."""

from __future__ import annotations

import json
from typing import Any

import click
from flask import Flask

from saas.app import create_app
from saas.portals import guard

UNSAID = {"HEAD", "OPTIONS"}  # methods that every rule answers by itself


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A list of {rule, methods, endpoint, audience, right}.")
def routes(as_json: bool) -> None:
    """Show every address of the service: for whom it is, and which right it asks for."""
    rows = table(create_app())
    if as_json:
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{','.join(row['methods']):9} {row['audience']:9} {row['right']:22} {row['rule']}")


def table(app: Flask) -> list[dict[str, Any]]:
    """Every rule: {rule, methods, endpoint, audience, right}; right is a `capability.verb`, `anyone` or `signed_in`."""
    return [
        {
            "rule": rule.rule,
            "methods": sorted((rule.methods or set()) - UNSAID),
            "endpoint": rule.endpoint,
            "audience": guard.audience_of(app, rule.endpoint).value,
            "right": str(guard.right_of(app, rule.endpoint)),
        }
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint))
    ]
