"""`python -m migrations customers add_level`: write a version with what the models have and the schema lacks.

It migrates an empty server of its own first, so nothing of yours is read. Look the file over: fence each new tenant's
table with `isolate(…)` in its last line, and say what the change is for.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from migrations.scratch import settings
from migrations.upgrade import HERE, upgrade
from saas import clock
from saas.run.postgres import temporary


def main(area: str, what: str) -> int:
    """Write the version file for `area`; exit status."""
    with temporary() as server:
        config = settings(server)
        upgrade(config)
        engine = create_engine(config.admin_url)
        with engine.connect() as connection:
            connection.execute(text("set role seaport_owner"))
            connection.commit()
            alembic = AlembicConfig(attributes={"connection": connection, "area": area})
            alembic.set_main_option("script_location", str(HERE))
            name = f"{area}_{what}"
            script = command.revision(
                alembic, message=name, rev_id=name, head=_parent(area), splice=True, autogenerate=True
            )
        engine.dispose()
    made = Path(script.path)  # type: ignore[union-attr]
    tidy = re.sub(r",\n\s*info=\{[^}]*\}|, postgresql_where=None|, postgresql_include=\[\]", "", made.read_text())
    tidy = re.sub(r"\n *# ### .*", "", tidy)
    final = made.with_name(f"{clock.now():%Y_%m_%d}_{name}.py")
    made.unlink()
    final.write_text(tidy)
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(final)], check=False)  # noqa: S603 - our own file
    sys.stdout.write(f"{final}\n")
    return 0


def _parent(area: str) -> str:
    """The newest version of the area itself, else the first of all, so that areas grow side by side."""
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(HERE))
    names = [s.revision for s in ScriptDirectory.from_config(settings).walk_revisions()]
    return next((n for n in names if n.startswith(f"{area}_")), "tenants_begin" if names else "base")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.stderr.write(f"{__doc__}\n")
        sys.exit(2)
    sys.exit(main(sys.argv[1], sys.argv[2]))
