"""What a person may say about a file that comes in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from saas.crm.pool import queries as pools
from saas.crm.pool.models import Pool
from saas.crm.transfer import register, rooms, values
from saas.crm.transfer.kind import EMPTY, NEW, Kind, Match
from saas.crm.transfer.models import ImportRun
from saas.forms import Form
from saas.tenants import scope

SHEETS = ".csv,.txt,.xlsx"
ORDER_WORDS = {
    "mdy": _l("Month, day, year: 3/31/2026"),
    "dmy": _l("Day, month, year: 31/3/2026"),
    "ymd": _l("Year, month, day: 2026-03-31"),
}
OFFERED = 20_000  # choices on one page; with more, only the likely one is offered


class FileForm(Form):
    """A file, and what its rows are."""

    kind = SelectField(_l("What are the rows?"))
    file = FileField(
        _l("File"),
        [FileRequired(_l("Choose a file."))],
        description=_l("CSV or XLSX with the names of the columns in its first row; up to 50 MB and 300,000 rows."),
    )

    def __init__(self, kinds: Sequence[Kind], **options: Any) -> None:
        super().__init__(**options)
        self.kind.choices = [SelectChoice(kind.key, str(kind.label)) for kind in kinds]


def columns_form(run: ImportRun) -> Form:
    """One choice for each column, and how the file is written."""
    kind = register.kind(run.kind)
    choices = [SelectChoice("", _("Leave out")), *[SelectChoice(f.key, str(f.label)) for f in kind.fields]]
    fields: dict[str, Any] = {
        f"c{place}": SelectField(
            str(name) or _("Column %(n)s", n=place + 1), choices=choices, default=run.columns[place]
        )
        for place, name in enumerate(run.header)
    }
    if any(key and kind.field(key).read in {values.day, values.moment} for key in run.columns):
        fields["order"] = RadioField(
            _l("How are dates written?"),
            choices=[SelectChoice(key, str(words)) for key, words in ORDER_WORDS.items()],
            default=run.options.get("order", "ymd"),
            description=_("Recognised from the file.")
            if run.options.get("order_is_sure")
            else _("The file leaves it open, so please look."),
        )
    keys = [f for f in kind.key_fields() if f.key in run.columns]
    if "reference" in kind.keys and "reference" in run.columns:
        keys = [kind.field("reference"), *keys]
    fields["update_by"] = SelectField(
        _l("When a row is here already"),
        choices=[
            SelectChoice("", _("Leave the record as it is")),
            *[SelectChoice(f.key, _("Update it, found by “%(field)s”", field=f.label)) for f in keys],
        ],
        default=run.options.get("update_by", ""),
        description=_l("Cells that are empty never overwrite anything."),
    )
    if run.kind == "accounts":
        fields["owner"] = SelectField(
            _l("New customers without an owner"),
            choices=[
                SelectChoice("", _("go to the public pool")),
                *[SelectChoice(str(one.id), _("go to the pool “%(name)s”", name=one.name)) for one in _open_pools()],
                SelectChoice("me", _("are mine")),
            ],
            default=run.options.get("owner", ""),
        )
        fields[rooms.OPTION] = SelectField(
            _l("New customers of owners who hold as many as they may"),
            choices=[
                SelectChoice("", _("are given to them all the same, beyond the limit")),
                SelectChoice(rooms.SPARE, _("go to the public pool; others stay with whoever has them")),
            ],
            default=run.options.get(rooms.OPTION, ""),
        )
    return _made(fields)


def _open_pools() -> Sequence[Pool]:
    """The pools besides the main one that the reader may use."""
    return pools.doors(scope.me()).open


def names_form(run: ImportRun) -> tuple[Form, list[dict[str, Any]]]:
    """One choice for each unknown name; beside it the groups in which they are shown."""
    kind = register.kind(run.kind)
    fields: dict[str, Any] = {}
    groups = []
    for number, (key, entries) in enumerate(run.matches.items()):
        field = kind.field(key)
        assert field.match is not None
        known = field.match.known()
        rows = []
        for place, (name, entry) in enumerate(entries.items()):
            label = f"n{number}_{place}"
            fields[label] = SelectField(
                entry["said"],
                choices=_meanings(field.match, entry, known, len(entries)),
                default=entry["means"],
            )
            rows.append({"field": label, "name": name} | entry)
        groups.append({"key": key, "label": field.label, "rows": rows})
    return _made(fields), groups


def chosen_names(form: Form, groups: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """What was chosen: field → {folded name → meaning}."""
    return {group["key"]: {row["name"]: form[row["field"]].data for row in group["rows"]} for group in groups}


def _meanings(match: Match, entry: Mapping[str, Any], known: Mapping[str, str], many: int) -> list[SelectChoice]:
    found = []
    if match.can_make:
        found.append(SelectChoice(NEW, _("New: “%(name)s”", name=entry["said"])))
    if match.can_be_empty:
        found.append(SelectChoice(EMPTY, _("Leave empty")))
    shown = known.items() if many * len(known) <= OFFERED else [(n, t) for n, t in known.items() if t == entry["means"]]
    return found + [SelectChoice(token, name) for name, token in shown]


def _made(fields: dict[str, Any]) -> Form:
    form: Form = type("Chosen", (Form,), fields)()
    return form
