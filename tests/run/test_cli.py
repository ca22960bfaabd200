"""The `saas` command."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from saas import cli
from saas.run.commands import routes
from tests.run.conftest import environment, saas


class TestMain:
    def test_wrong_usage_is_2(self, capsys):
        assert cli.main(["frobnicate"]) == 2
        assert "No such command" in capsys.readouterr().err

    def test_a_refusal_is_1_and_one_sentence(self, open_folder):
        done = saas("web", cwd=open_folder, env=environment(open_folder))
        assert done.returncode == 1
        assert done.stderr.strip() == (
            "DATABASE_URL is not set. Start everything on this machine with `make run`, or set it."
        )

    @pytest.mark.parametrize("name", cli.COMMANDS)
    def test_every_command_has_help(self, name, capsys):
        assert cli.main([name, "--help"]) == 0
        assert f"saas {name}" in capsys.readouterr().out

    def test_the_list_of_commands_loads_none(self, open_folder):
        code = "import sys; from saas import cli; cli.main(['--help']); print(*sys.modules)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for heavy in ("flask", "sqlalchemy", "psycopg", "granian", "saas.run.up"):
            assert heavy not in done.stdout.split()

    def test_says_what_file_it_can_not_use(self, monkeypatch, capsys):
        def fails() -> None:
            raise FileNotFoundError(2, "No such file or directory", "/no/such/place")

        monkeypatch.setattr(cli, "saas", type("Fails", (), {"main": staticmethod(lambda *_a, **_o: fails())}))
        assert cli.main(["export"]) == 1
        assert capsys.readouterr().err == "/no/such/place can't be used: no such file or directory.\n"


class TestConfig:
    def test_masks_every_secret(self, open_folder):
        secret = "s3cr3t" * 8
        env = environment(
            open_folder,
            SECRET_KEY=secret,
            DATABASE_URL=f"postgresql://app:{secret}@h/d",
            DATABASE_PLATFORM_URL=f"postgresql://platform:{secret}@h/d",
            DATABASE_ADMIN_URL=f"postgresql://boss:{secret}@h/d",
            REDIS_URL=f"redis://:{secret}@h/0",
            STRIPE_API_KEY=secret,
            STRIPE_WEBHOOK_SECRET=secret,
            METRICS_TOKEN=secret,
            SMTP_URL=f"smtp://me:{secret}@h",
            SAAS_PUBLIC_URL="https://crm.example.com",
        )
        plain = saas("config", cwd=open_folder, env=env)
        as_json = saas("config", "--json", cwd=open_folder, env=env)
        assert plain.returncode == as_json.returncode == 0
        assert "s3cr3t" not in plain.stdout + plain.stderr + as_json.stdout + as_json.stderr
        assert json.loads(as_json.stdout)["admin_url"] == "set"


class TestRoutes:
    def test_names_audience_and_right_of_every_rule(self, app, monkeypatch, capsys):
        monkeypatch.setattr(routes, "create_app", lambda: app)
        assert cli.main(["routes", "--json"]) == 0
        rows = json.loads(capsys.readouterr().out)
        assert len(rows) == len(list(app.url_map.iter_rules()))
        found = {row["endpoint"]: row for row in rows}
        assert found["customers.index"] == {
            "rule": "/<workspace>/customers/",
            "methods": ["GET"],
            "endpoint": "customers.index",
            "audience": "staff",
            "right": "account.view",
        }
        assert found["health.ready"]["right"] == "anyone"
        assert all(row["methods"] and row["audience"] and row["right"] not in {"", "None"} for row in rows)
