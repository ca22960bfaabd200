"""Mails, under whom they are filed, the mailbox of a workspace and the secret addresses of its members."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "mails_begin"
down_revision = "tenants_begin"
branch_labels = None
depends_on = ("customers_begin",)

WHYS = ("unreachable", "certificate", "refused", "folder", "broken")


def upgrade() -> None:
    """Make and fence the six tables."""
    op.create_table(
        "mail",
        *_keys(),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        _word("direction", "direction", "in", "out"),
        _word("state", "mailstate", "filed", "waiting", "thrown"),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("sender_name", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("recipients", postgresql.JSONB(), nullable=False),
        _moment("sent_at"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("fresh", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("files", sa.BigInteger(), nullable=False),
        sa.Column("left_out", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("is_auto", sa.Boolean(), nullable=False),
        sa.Column("is_doubtful", sa.Boolean(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        _moment("settled_at", nullable=True),
        _moment("thrown_at", nullable=True),
        _moment("created_at"),
        _link("mail", "member_id", "member"),
        _link("mail", "owner_id", "member"),
        _link("mail", "team_id", "team"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_mail")),
    )
    _index("mail", "key", unique=True)
    _index("mail", "thread_id", "sent_at", "id")
    _index("mail", "team_id")
    _index("mail", "id", name="ix_mail_waiting", where="state = 'waiting'")
    _index("mail", "sender", "id", name="ix_mail_waiting_by_sender", where="state = 'waiting'")
    _index("mail", "thrown_at", name="ix_mail_thrown", where="thrown_at is not null")
    unanswered = "settled_at is null and state = 'filed'"
    _index("mail", "owner_id", "sent_at", "id", name="ix_mail_unanswered", where=unanswered)
    op.create_table(
        "mail_ref",
        *_keys(),
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        _moment("created_at"),
        _link("mail_ref", "mail_id", "mail", "CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_mail_ref")),
    )
    _index("mail_ref", "mail_id", "ref", unique=True)
    _index("mail_ref", "ref")
    op.create_table(
        "mail_filing",
        *_keys(),
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        _moment("created_at"),
        _link("mail_filing", "mail_id", "mail", "CASCADE"),
        _link("mail_filing", "account_id", "account"),
        _link("mail_filing", "contact_id", "contact"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_mail_filing")),
    )
    _index("mail_filing", "mail_id")
    _index("mail_filing", "account_id", "id")
    _index("mail_filing", "contact_id", "id", where="contact_id is not null")
    _index("mail_filing", "event_id")
    op.create_table(
        "mailbox",
        *_keys(),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("port", sa.BigInteger(), nullable=False),
        _word("security", "security", "tls", "starttls"),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("password_sealed", postgresql.BYTEA(), nullable=False),
        sa.Column("sent_folder", sa.Text(), nullable=True),
        _moment("read_at", nullable=True),
        sa.Column("failure", sa.Enum(*WHYS, name="why", native_enum=False, length=40), nullable=True),
        _moment("failing_since", nullable=True),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        _moment("created_at"),
        sa.Column("version", sa.BigInteger(), nullable=False),
        _moment("updated_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_mailbox")),
    )
    op.create_index("ix_mailbox_one", "mailbox", ["tenant_id"], unique=True)
    op.create_table(
        "mail_folder",
        *_keys(),
        sa.Column("mailbox_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("validity", sa.BigInteger(), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        _moment("created_at"),
        _link("mail_folder", "mailbox_id", "mailbox", "CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_mail_folder")),
    )
    _index("mail_folder", "mailbox_id", "name", unique=True)
    op.create_table(
        "drop_address",
        *_keys(),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", postgresql.BYTEA(), nullable=False),
        _moment("created_at"),
        _link("drop_address", "member_id", "member", "CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_drop_address")),
    )
    _index("drop_address", "member_id", unique=True)
    _index("drop_address", "secret_hash", unique=True)
    isolate("mail", "mail_ref", "mail_filing", "mailbox", "mail_folder", "drop_address")


def _keys() -> tuple[sa.Column[object], ...]:
    return (sa.Column("tenant_id", sa.Uuid(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False))


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, postgresql.TIMESTAMP(timezone=True), nullable=nullable)


def _word(column: str, name: str, *words: str) -> sa.Column[object]:
    return sa.Column(column, sa.Enum(*words, name=name, native_enum=False, length=40), nullable=False)


def _index(table: str, *columns: str, unique: bool = False, name: str = "", where: str = "") -> None:
    name = name or op.f(f"ix_{table}_tenant_id_{'_'.join(columns)}")
    condition = sa.text(where) if where else None
    op.create_index(name, table, ["tenant_id", *columns], unique=unique, postgresql_where=condition)


def _link(table: str, column: str, to: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_tenant_id_{column}")
    return sa.ForeignKeyConstraint(["tenant_id", column], [f"{to}.tenant_id", f"{to}.id"], name=name, ondelete=ondelete)
