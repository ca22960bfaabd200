"""Every layout and macro with sample data, on a small app of its own: what test_ui.py walks, and what one looks at.

`python -m tests.ui_gallery` serves it on 127.0.0.1:5099.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, flash, g, render_template, request
from flask_wtf import CSRFProtect, FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    EmailField,
    FileField,
    RadioField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length

from saas import assets, clock, i18n, ui
from saas.templating import Templates

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-n'; style-src 'self' 'nonce-n'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)
ERRORS = ("400", "403", "404", "409", "413", "419", "422", "429", "500", "502", "503", "507")
PAGES = (
    "record",
    "list",
    "form",
    "board",
    "queue",
    "wizard",
    "parts",
    "settings",
    "portal",
    "sign-in",
    "public",
    "found-nothing",
    "charts",
    "calendar",
)


class CustomerForm(FlaskForm):
    """One field of each kind."""

    name = StringField("Name", [DataRequired("A customer needs a name."), Length(max=200)])
    email = EmailField("Mail", description="For quotes and invoices.")
    phone = TelField("Phone")
    level = SelectField("Level", choices=[("a", "A"), ("b", "B"), ("c", "C")])
    industry = SelectField("Industry", choices=[("", "—"), ("m", "Machinery"), ("f", "Food"), ("s", "Software")])
    limit = DecimalField("Credit limit", places=2)
    since = DateField("Customer since")
    kind = RadioField("What is it?", choices=[("company", "A company"), ("person", "A person")])
    news = BooleanField("May get news by mail", description="They can say no at any time.")
    note = TextAreaField("Note", description="Only colleagues see it.")
    paper = FileField("Signed paper")


PLACES = (  # section, label, Chinese section, Chinese label, icon, count
    ("", "Today", "", "今日", "home", 7),
    ("", "Customers", "", "客户", "users", None),
    ("", "Public pool", "", "公海", "beach", 128),
    ("", "Contacts", "", "联系人", "address-book", None),
    ("", "Calendar", "", "日历", "calendar", None),
    ("Sales", "Deals", "销售", "商机", "layout-kanban", None),
    ("Sales", "Quotes", "销售", "报价单", "file-text", None),
    ("Sales", "Contracts", "销售", "合同", "signature", None),
    ("Sales", "Orders", "销售", "订单", "package", None),
    ("Sales", "Receivables", "销售", "应收款", "cash", 3),
    ("Service", "Cases", "服务", "工单", "headset", 12),
    ("Growth", "Campaigns", "增长", "营销活动", "speakerphone", None),
    ("Growth", "Forecast", "增长", "预测", "chart-dots", None),
    ("Growth", "Reports", "增长", "报表", "report", None),
    (" ", "Settings", " ", "设置", "settings", None),
)


def places(zh: bool) -> tuple[SimpleNamespace, ...]:
    """The menu of a staff page."""
    return tuple(
        Item(
            section=(row[2] if zh else row[0]).strip(),
            label=row[3] if zh else row[1],
            icon=row[4],
            url=f"#{row[4]}",
            key=row[1][0].lower(),
            active=row[1] == "Customers",
            count=row[5],
        )
        for row in PLACES
    )


class Item(SimpleNamespace):
    """A line of a menu, told apart from others by being itself, as those of the service are."""

    __hash__ = object.__hash__


def sample(zh: bool) -> dict[str, Any]:
    """What the context processors give a staff page."""
    return {
        "me": {"name": "Mira Olsen", "email": "mira@harbor.example", "company": "Nordlicht"},
        "workspace": Item(name="海湾贸易" if zh else "Harbor Trading", slug="harbor"),
        "workspaces": [
            {"name": "Harbor Trading", "slug": "harbor", "url": "#"},
            {"name": "Elbe Tools", "slug": "elbe", "url": "#"},
        ],
        "menu": places(zh),
        "search_url": "/search",
        "new_items": (
            Item(label="Customer", url="#", icon="users", key="c"),
            Item(label="Deal", url="#", icon="layout-kanban"),
        ),
        "bell_url": "#bell",
        "bell_count": 3,
        "me_items": [{"label": "Profile", "url": "#", "icon": "user"}],
        "sign_out_url": "/echo",
        "settings_menu": [
            Item(section="You", label="Profile", url="#", active=True),
            Item(section="You", label="Signing in", url="#"),
            Item(section="Workspace", label="Members", url="#"),
            Item(section="Workspace", label="Public pool", url="#"),
        ],
        "portal_name": "客户门户" if zh else "Customer portal",
        "public_menu": [{"label": "Prices", "url": "#"}, {"label": "Help", "url": "#"}],
        "languages": [{"label": "简体中文", "url": "?lang=zh", "lang": "zh-Hans"}],
        "sign_in_url": "#",
        "sign_up_url": "#",
        "theme": request.args.get("theme", "auto"),
        "shortcuts": True,
    }


bp = Blueprint("gallery", __name__, template_folder=str(HERE / "gallery"))


@bp.before_app_request
def choose_reader() -> None:
    """Language and zone, by ?lang=."""
    zh = request.args.get("lang") == "zh"
    g.locale, g.timezone = ("zh", "Asia/Shanghai") if zh else ("en", "Europe/Berlin")


@bp.after_app_request
def guard(response: Response) -> Response:
    """The policy of the service."""
    response.headers["Content-Security-Policy"] = POLICY
    return response


@bp.app_context_processor
def context() -> dict[str, Any]:
    """What every page knows."""
    return sample(g.locale == "zh")


@bp.get("/<page>")
def show(page: str) -> str:
    """One page of the gallery, or one of the errors."""
    if page not in PAGES + ERRORS:
        abort(404)
    now, form = clock.now(), CustomerForm()
    if "wrong" in request.args:
        form.name.errors = ["A customer needs a name."]
    if page == "parts":
        flash("Nordlicht Apparatebau is yours until 3 December.", "good")
        flash({"text": "12 customers went back to the pool.", "undo_url": "/echo"}, "good")
    template = f"errors/{page}.html" if page in ERRORS else f"gallery_{page.replace('-', '_')}.html"
    return render_template(
        template,
        form=form,
        now=now,
        yesterday=now - timedelta(days=1, hours=3),
        earlier=now - timedelta(days=40),
        soon=now.date() + timedelta(days=20),
        request_id="r-7f3a",
    )


@bp.get("/search")
def search() -> str:
    """Results while typing."""
    if not request.args.get("q"):
        return ""
    return '<h2>Customers</h2><ul><li><a href="#a">Nordlicht</a></li><li><a href="#b">Nordstern</a></li></ul>'


@bp.route("/echo", methods=["GET", "POST"])
def echo() -> str:
    """Keeps what was sent in `app.extensions["echoed"]`."""
    kept = current_app.extensions.setdefault("echoed", [])
    kept.append({**request.form.to_dict(flat=False), "header": request.headers.get("X-CSRFToken", "")})
    return '<p id="echoed">echoed</p>'


@bp.get("/entries")
def entries() -> list[dict[str, str]]:
    """The entries of a calendar."""
    today = clock.now().date()
    return [{"id": "1", "title": "Call Jana", "start": f"{today}T10:00:00Z", "end": f"{today}T10:30:00Z"}]


@bp.get("/panel")
def panel() -> str:
    """A panel that loads."""
    return '<div class="card"><p>loaded</p></div>'


@bp.get("/broken")
def broken() -> tuple[str, int]:
    """A panel that fails."""
    if "said" in request.args:
        return render_template("errors/_error.html", sentence="This is not open to you."), 403
    return "<!doctype html><h1>broken</h1>", 500


@bp.post("/refused")
def refused() -> tuple[str, int]:
    """An action refused in words."""
    status = request.args.get("status", 409, int)
    return render_template("errors/_error.html", sentence="Mira claimed it a second ago."), status


@bp.post("/wrong")
def wrong() -> tuple[str, int]:
    """A form that comes back."""
    return '<div id="wrong-form"><div class="summary" tabindex="-1" data-summary>Look again</div></div>', 422


class Gallery(Flask):
    """Templates as the service reads them, and nothing else of it."""

    jinja_environment = Templates


def create_gallery() -> Flask:
    """The app: /<page>?lang=zh&theme=dark."""
    app = Gallery(__name__, template_folder=str(assets.SOURCES / "templates"), static_folder=None)
    app.config.update(SECRET_KEY="gallery", TESTING=True)
    CSRFProtect(app)
    i18n.init_app(app)
    assets.init_app(app)
    app.extensions["assets"] = assets.load(assets.PACKAGES, assets.SOURCES, HERE)
    ui.init_app(app)
    app.register_blueprint(bp)
    return app


if __name__ == "__main__":
    create_gallery().run(port=5099)
