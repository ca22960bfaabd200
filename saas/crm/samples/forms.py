"""What a person types to clear the sample data."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField

from saas.forms import Form, needed, trimmed


class ClearForm(Form):
    """The workspace's name, so that nobody clears by accident."""

    typed_name = StringField(_l("Name of the workspace"), [needed()], filters=[trimmed])
