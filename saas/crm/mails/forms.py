"""What a person may type about mails."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from wtforms import BooleanField, IntegerField, PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from saas.crm.mails.mailbox_actions import is_host
from saas.forms import Form, RecordForm, between, choices, email_checks, lowered, optional, trimmed
from saas.imap import PORTS, Security

SECURITY_WORDS = {
    Security.TLS: _l("TLS from the start (usual, port 993)"),
    Security.STARTTLS: _l("STARTTLS (port 143)"),
}
BARE = re.compile(r"[^\s\"\\\x00-\x1f\x7f]+")


class MailboxForm(RecordForm):
    """Where the workspace's mailbox is."""

    address = StringField(
        _l("Mail address of the mailbox"),
        email_checks(),
        filters=[lowered],
        description=_l("Such as sales@example.com. What is sent from it counts as written by us."),
    )
    host = StringField(
        _l("Server"),
        [InputRequired(_l("Please fill this in.")), Length(max=253)],
        filters=[lowered],
        description=_l("The IMAP server, such as imap.example.com."),
    )
    security = SelectField(_l("Encryption"), choices=choices(SECURITY_WORDS), default=Security.TLS)
    port = IntegerField(
        _l("Port"), [InputRequired(_l("Please fill this in.")), between(1, 65535)], default=PORTS["tls"]
    )
    username = StringField(_l("User"), [InputRequired(_l("Please fill this in.")), Length(max=254)], filters=[trimmed])
    password = PasswordField(_l("Password"), [Optional(), Length(max=500)])
    sent_folder = StringField(
        _l("Folder of sent mail"),
        [Optional(), Length(max=200)],
        filters=[optional],
        description=_l("Such as Sent. Left empty, only what comes in is read."),
    )

    def validate_host(self, field: StringField) -> None:
        """A name on the public internet."""
        if field.data and not is_host(field.data):
            raise ValidationError(_("This server can't be used. Type a public name such as imap.example.com."))

    def validate_username(self, field: StringField) -> None:
        """What goes through the protocol as one word."""
        if field.data and not BARE.fullmatch(field.data):
            raise ValidationError(_("Please type it without spaces and quotation marks."))

    def validate_sent_folder(self, field: StringField) -> None:
        """One line."""
        if field.data and re.search(r"[\x00-\x1f\x7f\"\\]", field.data):
            raise ValidationError(_("Please type it without spaces and quotation marks."))

    def values(self) -> dict[str, Any]:
        """Column → value, for the verb."""
        values = {name: value for name, value in super().values().items() if name != "password"}
        return values | {"security": Security(self.security.data)}


class NewPersonForm(Form):
    """The person who wrote a mail, when nobody knows him yet."""

    name = StringField(
        lazy_pgettext("person", "Name"), [InputRequired(_l("Please fill this in.")), Length(max=200)], filters=[trimmed]
    )
    customer = StringField(
        _l("Customer"),
        [InputRequired(_l("Say at which customer.")), Length(max=200)],
        filters=[trimmed],
        description=_l("One of ours by name or number, or the name of a new one."),
    )
    is_new = BooleanField(_l("It is a new customer; I look after it"))
