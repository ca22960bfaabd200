"""The drawing of docs/architecture.md: arrows only point down, nothing goes in circles, files have their names."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from saas.config import Config
from saas.crm import CAPABILITIES

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "saas").rglob("*.py"))
FLOORS = ("ground", "inside", "tenants", "business", "doors", "roof")
ROOF = {"saas.app", "saas.cli", "saas.run", "saas.demo"}
NOUNS = {"models", "queries", "actions", "forms", "views"}  # the five, or one of them split by noun: contact_views
# Tools that know no business but need a process, a browser or a child of their own.
GROUND_PACKAGES = {"saas.inside"}


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def floor_of(module: str) -> str:
    parts = module.split(".")
    if any(module == r or module.startswith(f"{r}.") for r in ROOF):
        return "roof"
    if len(parts) < 2 or ".".join(parts[:2]) in GROUND_PACKAGES:
        return "ground"
    return {"tenants": "tenants", "crm": "business", "billing": "business", "portals": "doors", "jobs": "doors"}.get(
        parts[1], "ground"
    )


def room_of(module: str) -> str:
    """What may not look sideways: a capability, billing, a door."""
    parts = module.split(".")
    return ".".join(parts[:3]) if parts[1:2] == ["crm"] else ".".join(parts[:2])


def imports(path: Path) -> Iterator[tuple[str, int, bool]]:
    """(module, line, is inside a function) for each import of ours."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = set(map(id, _at_top(tree)))
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            if name.split(".")[0] == "saas":
                yield _known(name), node.lineno, id(node) not in top


def _at_top(tree: ast.Module) -> Iterator[ast.stmt]:
    for node in tree.body:
        yield node
        yield from getattr(node, "body", []) if isinstance(node, ast.If | ast.Try) else []


def _known(name: str) -> str:
    """The module behind `from saas.x import y`, where y may be a module or a name in one."""
    path = ROOT / Path(*name.split("."))
    return name if path.with_suffix(".py").exists() or path.is_dir() else name.rpartition(".")[0]


@pytest.mark.parametrize("path", FILES, ids=[str(p.relative_to(ROOT)) for p in FILES])
def test_arrows_point_down(path):
    mine = module_of(path)
    floor = FLOORS.index(floor_of(mine))
    for other, line, inside in imports(path):
        where = f"{path.relative_to(ROOT)}:{line} imports {other}"
        if floor_of(mine) == "roof":
            continue  # wires everything; its commands load what they start when they start it
        theirs = FLOORS.index(floor_of(other))
        assert theirs <= floor, f"{where}: upwards"
        assert not inside, f"{where}: inside a function"
        if theirs == floor and floor_of(mine) == "business" and other != "saas.crm":
            assert _may_look_at(mine, other), f"{where}: sideways"
        if floor_of(mine) == "doors" and theirs == floor:
            assert room_of(mine) == room_of(other), f"{where}: from one door to the other"


def _may_look_at(mine: str, other: str) -> bool:
    own, their = room_of(mine), room_of(other)
    if own == their:
        return True
    if not (own.startswith("saas.crm.") and their.startswith("saas.crm.")):
        return False  # billing and the CRM don't know each other
    order = list(CAPABILITIES)
    return order.index(their.split(".")[2]) < order.index(own.split(".")[2])


def test_nothing_goes_round_in_circles():
    graph = {module_of(path): {m for m, _line, inside in imports(path) if not inside} for path in FILES}
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " → ".join((*trail[trail.index(module) :], module))
        if module not in done:
            for other in graph.get(module, ()):
                if other in graph and other != module and not module.startswith(f"{other}."):
                    visit(other, (*trail, module))
            done.add(module)

    for module in graph:
        visit(module, ())


@pytest.mark.parametrize("name", CAPABILITIES)
def test_a_capability_has_files_of_known_names(name):
    """The five files, one of them split by noun (`contact_views`), or a noun of its own that touches nothing."""
    for path in (ROOT / "saas" / "crm" / name).glob("*.py"):
        stem = path.stem
        if stem in {"__init__", "stories", *NOUNS} or stem.rpartition("_")[2] in NOUNS:
            continue
        imported = {m for m, _line, _inside in imports(path)}
        assert not {f"saas.crm.{name}.views", f"saas.crm.{name}.forms"} & imported or stem == "lists", path


def test_only_one_module_knows_each_dangerous_tool():
    """WeasyPrint, Stripe, openpyxl and the network have one door each."""
    doors = {
        "weasyprint": {"saas.inside.pdf"},
        "stripe": {"saas.billing.gateway"},
        "apprise": {"saas.chat"},
        "requests": {"saas.chat"},
        "openpyxl": {"saas.inside.workbooks"},
        "imapclient": {"saas.imap"},
        "vobject": {"saas.inside.cards", "saas.crm.customers.cards"},  # the second writes, and reads nothing
        "mailparser_reply": {"saas.inside.messages"},
    }
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                allowed = doors.get(name.split(".")[0])
                assert allowed is None or module_of(path) in allowed, f"{path} imports {name}"


def test_the_clock_is_asked_in_one_place():
    for path in FILES:
        if path.name not in {"clock.py", "limits.py"}:  # the windows of limits are Redis's, by the machine's clock
            source = path.read_text(encoding="utf-8")
            asked = r"\bdatetime\.(utc)?now\(|\bdate\.today\(|(?<!date)time\.time\(\)"
            found = re.search(asked, source)
            assert found is None, f"{path}: {found and found[0]}"


def test_the_web_starts_without_heavy_parts(config):
    """Stripe, Apprise, WeasyPrint, openpyxl and scikit-learn wait until they are needed; Alembic is for migrating."""
    heavy = "stripe", "apprise", "requests", "weasyprint", "openpyxl", "sklearn", "vl_convert", "xlsxwriter", "alembic"
    assert told(config, f"[m for m in {heavy} if m in sys.modules]") == "[]"


def test_the_app_is_made_without_a_connection_or_a_thread(config):
    """It is made before the web's processes are forked, which neither would survive."""
    sockets = "[f for f in os.listdir('/proc/self/fd') if 'socket' in os.path.realpath('/proc/self/fd/' + f)]"
    assert told(config, f"({sockets}, threading.active_count())") == "([], 1)"


def told(config: Config, question: str) -> str:
    """What a process that has made the app answers to an expression."""
    environment = os.environ | {
        "DATABASE_URL": config.database_url,
        "DATABASE_PLATFORM_URL": config.platform_url,
        "REDIS_URL": config.redis_url,
        "SECRET_KEY": config.secret_key,
        "SAAS_PUBLIC_URL": config.public_url,
        "SAAS_DATA_DIR": str(config.data_dir),
    }
    code = f"import os, sys, threading, wsgi; print({question})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
