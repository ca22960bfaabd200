"""What WTForms itself says of what was typed, in our words and the reader's language.

Its own catalogues lack some sentences, and a form within a form has none of them.
"""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

_NO_CHOICE = _l("Choose one of those that are offered.")
_NO_MAIL, _NO_URL = _l("This doesn't look like a mail address."), _l("This doesn't look like an address of the web.")
_NEEDED = _l("Please fill this in.")
_NOT_SENT = _l("The page was open for too long. Please send it again.")

WORDS = {
    "This field is required.": _NEEDED,
    "Not a valid choice.": _NO_CHOICE,
    "Invalid Choice: could not coerce.": _NO_CHOICE,
    "Invalid choice(s): one or more data inputs could not be coerced.": _NO_CHOICE,
    "Not a valid datetime value.": _l("This is no day with a time."),
    "Not a valid date value.": _l("This is no date."),
    "Not a valid time value.": _l("This is no time of day."),
    "Not a valid integer value.": _l("Please type a whole number."),
    "Not a valid decimal value.": _l("Please type a number."),
    "Not a valid float value.": _l("Please type a number."),
    "Number must be at least %(min)s.": _l("Please type a number of at least %(min)s."),
    "Number must be at most %(max)s.": _l("Please type a number of at most %(max)s."),
    "Number must be between %(min)s and %(max)s.": _l("Please type a number from %(min)s to %(max)s."),
    "Field must be equal to %(other_name)s.": _l("This must be the same as above."),
    "Invalid input.": _l("This isn't written as it should be."),
    "Invalid email address.": _NO_MAIL,
    "Invalid URL.": _NO_URL,
    "Invalid CSRF Token.": _NOT_SENT,
    "CSRF token missing.": _NOT_SENT,
    "CSRF failed.": _NOT_SENT,
    "CSRF token expired.": _NOT_SENT,
}
# By the singular that WTForms asks for.
COUNTED: dict[str, Callable[[], str]] = {
    "'%(value)s' is not a valid choice for this field.": lambda: str(_NO_CHOICE),
    "Field must be at least %(min)d character long.": lambda: _("This is shorter than %(min)d characters."),
    "Field cannot be longer than %(max)d character.": lambda: _("This is longer than %(max)d characters."),
    "Field must be exactly %(max)d character long.": lambda: _("This must be %(max)d characters long."),
    "Field must be between %(min)d and %(max)d characters long.": lambda: _(
        "This must be %(min)d to %(max)d characters long."
    ),
}


class Translations:
    """What WTForms asks for its sentences, with their places still open."""

    def gettext(self, sentence: str) -> str:
        """A sentence of WTForms in ours; one that we don't know as it is."""
        if sentence in COUNTED:
            return COUNTED[sentence]()
        return str(WORDS.get(sentence, sentence))

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """The same for one that goes with a number."""
        return COUNTED[singular]() if singular in COUNTED else (singular if number == 1 else plural)


class Meta:
    """Of every form: it says things in our words."""

    def get_translations(self, form: object) -> Translations:
        """Asked by WTForms for each form."""
        return TRANSLATIONS


TRANSLATIONS = Translations()
