"""The passwords of the demo people: made up at the first start, kept beside the data for whoever may read it."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

from saas.config import Config
from saas.demo.people import CASTS, Cast
from saas.errors import SetupError

FILE = "demo.json"
DOORS = {"staff": "sign-in", "customer": "portal/sign-in", "partner": "partner/sign-in"}


def passwords(config: Config) -> dict[str, str]:
    """Mail address → password, made where there are none yet.

    Raises:
        SetupError: this isn't a local run, where alone passwords may be shown.
    """
    if not config.local:
        raise SetupError("The demo workspaces belong to a run by `make run`. In production, make your own.")
    kept = _read(config.data_dir)
    known: dict[str, str] = kept["passwords"]
    wanted = [email for cast in CASTS for email in _emails(cast)]
    missing = [email for email in wanted if email not in known]
    if missing:
        known |= {email: _password() for email in missing}
        _write(config.data_dir / FILE, kept)
    return known


def is_filled(data_dir: Path) -> bool:
    """True when the demo workspaces of this data folder were made."""
    return bool(_read(data_dir)["filled"])


def mark_filled(data_dir: Path) -> None:
    """Note that the demo workspaces are made, so that later starts needn't look."""
    _write(data_dir / FILE, _read(data_dir) | {"filled": True})


def table(config: Config) -> list[dict[str, Any]]:
    """Every demo sign-in: {workspace, audience, role, url, email, password}; url is the page with the form."""
    known = passwords(config)
    rows = []
    for cast in CASTS:
        people = [("staff", role, name) for role, _name, name in cast.members]
        people += [("customer", "customer", cast.customer[1]), ("partner", "partner", cast.partner[1])]
        for audience, role, name in people:
            email = cast.email(name)
            rows.append(
                {
                    "workspace": cast.slug,
                    "audience": audience,
                    "role": role,
                    "url": f"{config.public_url}/{cast.slug}/{DOORS[audience]}",
                    "email": email,
                    "password": known[email],
                }
            )
    return rows


def _emails(cast: Cast) -> list[str]:
    return [cast.email(n) for n in (*(m[2] for m in cast.members), cast.customer[1], cast.partner[1])]


def _password() -> str:
    letters = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that look alike
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def _read(data_dir: Path) -> dict[str, Any]:
    path = data_dir / FILE
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {"passwords": {}, "filled": False} | kept


def _write(path: Path, kept: dict[str, Any]) -> None:
    half = path.with_suffix(".new")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(kept, file, indent=1)
    half.replace(path)
