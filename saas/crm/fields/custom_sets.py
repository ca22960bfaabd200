"""Ready-made fields, which a workspace takes over by one button and then changes as it likes."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

# Fields and words by their origin: translated for each reader until the workspace names them itself.
NAMES: dict[str, Any] = {
    "gender": _l("Gender"),
    "gender.female": lazy_pgettext("gender", "Female"),
    "gender.male": lazy_pgettext("gender", "Male"),
    "gender.other": lazy_pgettext("gender", "Another"),
    "birthday": _l("Birthday"),
    "household": _l("Household (people)"),
    "delivery": _l("Prefers delivery"),
    "delivery.morning": lazy_pgettext("delivery", "Mornings"),
    "delivery.afternoon": lazy_pgettext("delivery", "Afternoons"),
    "delivery.evening": lazy_pgettext("delivery", "Evenings"),
    "delivery.weekend": lazy_pgettext("delivery", "Weekends"),
    "height": _l("Height (cm)"),
    "clothes": _l("Clothing size"),
    "shoes": _l("Shoe size"),
}

# What one knows of a customer who is a person: (origin, kind, origins of its words).
PERSON: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("gender", "choice", ("gender.female", "gender.male", "gender.other")),
    ("birthday", "date", ()),
    ("household", "number", ()),
    ("delivery", "choices", ("delivery.morning", "delivery.afternoon", "delivery.evening", "delivery.weekend")),
    ("height", "number", ()),
    ("clothes", "text", ()),
    ("shoes", "number", ()),
)
BIRTHDAY = "birthday"  # beside which the age stands
