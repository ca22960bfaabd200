"""The `saas` command: one function per subcommand, loaded when it is asked for.

Exit status: 0 done, 1 refused with a sentence on standard error, 2 wrong usage.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword

import click

from saas.errors import BusinessError, SetupError

# name: (module, what it does). The module holds a click command or group under the same name, `-` written as `_`;
# a word of Python's own has a `_` behind it.
COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("saas.run.commands.up", "Start everything on this machine."),
    "web": ("saas.run.commands.web", "Serve pages."),
    "worker": ("saas.run.commands.worker", "Do the work that events and the clock ask for."),
    "scheduler": ("saas.run.commands.scheduler", "Keep the clock; any number may run, one leads."),
    "migrate": ("saas.run.commands.migrate", "Create the roles and bring the database up to date."),
    "doctor": ("saas.run.commands.doctor", "Say what is missing on this machine, and what mends it."),
    "tenant": ("saas.run.commands.tenant", "Make workspaces."),
    "member": ("saas.run.commands.member", "Make members of a workspace."),
    "portal-user": ("saas.run.commands.portal_user", "Let people of customers and partners into the portals."),
    "operator": ("saas.run.commands.operator", "Make those known who run the service."),
    "role": ("saas.run.commands.role", "List a workspace's roles."),
    "jobs": ("saas.run.commands.jobs", "Show work that waits or was given up, and try it again."),
    "verify-audit": ("saas.run.commands.verify_audit", "Check that nobody tampered with the trail."),
    "check-stock": ("saas.run.commands.check_stock", "Check that stock is the sum of its movements."),
    "reseal": ("saas.run.commands.reseal", "Seal confidential details anew with the first of SEAL_KEYS."),
    "demo": ("saas.run.commands.demo", "Show the sign-ins of the demo workspaces."),
    "import": ("saas.run.commands.transfer", "Bring a CSV or XLSX file into a workspace."),
    "export": ("saas.run.commands.transfer", "Write a whole workspace into a ZIP file."),
    "mail-in": ("saas.run.commands.mail_in", "Take in a mail that a mail server hands over."),
    "load-test-data": ("saas.run.commands.load_test_data", "Fill workspaces with made-up customers by the thousand."),
    "backup": ("saas.run.commands.backup", "Write database and files into a folder, with checksums."),
    "restore": ("saas.run.commands.restore", "Bring database and files back from such a folder."),
    "db": ("saas.run.commands.db", "Spread workspaces over the machines of a Citus cluster."),
    "billing": ("saas.run.commands.billing", "Bring what workspaces rent in line with Stripe."),
    "routes": ("saas.run.commands.routes", "Show every address: for whom it is, and which right it asks for."),
    "config": ("saas.run.commands.config", "Show the settings, secrets masked."),
}


class Commands(click.Group):
    """The subcommands of `COMMANDS`, each imported only when it runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, name = import_module(COMMANDS[cmd_name][0]), cmd_name.replace("-", "_")
        found = getattr(module, f"{name}_" if iskeyword(name) else name)
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List them without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, says) for name, (_, says) in COMMANDS.items()])


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def saas() -> None:
    """Seaport, a hosted CRM that small companies rent by the seat."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand and return its exit status."""
    try:
        done = saas.main(arguments, prog_name="saas", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return 1
    except (SetupError, BusinessError) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        if not error.filename:
            raise
        print(f"{error.filename} can't be used: {(error.strerror or 'no reason given').lower()}.", file=sys.stderr)
        return 1
    return done if isinstance(done, int) else 0


if __name__ == "__main__":
    sys.exit(main())
