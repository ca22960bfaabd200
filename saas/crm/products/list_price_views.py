"""What a product costs, on its page: its list prices, the price lists that name it, and what one customer would pay.

And on a customer's page: by which price lists it buys.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from saas import panels, ui
from saas.crm.customers import queries as customers
from saas.crm.fields import queries as words
from saas.crm.products import price_actions as actions
from saas.crm.products import price_queries as queries
from saas.crm.products import queries as products
from saas.crm.products.list_price_queries import list_prices
from saas.crm.products.lists import span
from saas.crm.products.models import Product
from saas.crm.products.price_forms import AskForm, ListPriceForm
from saas.crm.products.price_lists import reason, state, whom
from saas.crm.products.price_models import Price, PriceList
from saas.forms import attempt
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me

bp = Blueprint("list_prices", __name__, url_prefix="/products")

P = Permission


@bp.route("/<uuid:product_id>/prices", methods=["GET", "POST"])
@allow(P.PRODUCT_EDIT)
def show(product_id: UUID) -> ResponseReturnValue:
    """Set the list price in a further currency."""
    product = products.product(product_id)
    form = ListPriceForm()
    if form.validate_on_submit():
        verb = actions.set_list_price
        made = attempt(form, lambda: (verb(product, form.currency.data, form.price.data, by=me()),))
        if made is not None:
            return redirect(url_for(".show", product_id=product.id))
    further = queries.further_prices(product.id)
    return render_template("products/list_prices.html", product=product, form=form, further=further), form.status


@bp.post("/<uuid:product_id>/prices/<currency>/remove")
@allow(P.PRODUCT_EDIT)
def remove(product_id: UUID, currency: str) -> ResponseReturnValue:
    """Take the list price in a further currency out."""
    product = products.product(product_id)
    actions.set_list_price(product, currency, None, by=me())
    flash(_("There is no list price in %(currency)s any more.", currency=currency), "good")
    return redirect(url_for(".show", product_id=product.id))


@bp.get("/<uuid:product_id>/ask")
@allow(P.PRODUCT_VIEW)
def ask(product_id: UUID) -> ResponseReturnValue:
    """What a customer pays for so many on a day, and why."""
    product = products.product(product_id)
    form = AskForm(request.args)
    if not form.validate():  # type: ignore[no-untyped-call]
        return render_template("products/_asked.html", form=form), 422
    return render_template("products/_asked.html", form=form, answer=_answer(product, form))


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _answer(product: Product, form: AskForm) -> dict[str, Any] | None:
    """Price, sum and reason; None where there is no price at all."""
    quantity, on = form.quantity.data or Decimal(), form.on.data
    assert on is not None  # the form asks for it
    (quoted,) = queries.price_for([product.id], form.account, form.currency.data, [quantity], on)
    if quoted is None:
        return None
    return {
        "price": ui.price(quoted.price, quoted.currency),
        "list_price": ui.price(quoted.list_price, quoted.currency) if quoted.list_price != quoted.price else None,
        "reason": reason(quoted, form.currency.data),
        "url": url_for("price_lists.show", list_id=quoted.list_id) if quoted.list_id else None,
    }


def _on_product(product_id: UUID) -> Markup:
    product, today = products.product(product_id), ui.words().today
    listed = list_prices([product.id])[product.id]
    asked = AskForm(None, quantity=Decimal(1), on=today, currency=product.currency)
    return ui.fragment(
        "products/_prices.html",
        product=product,
        prices=[ui.price(price, currency) for currency, price in sorted(listed.prices.items(), key=listed.place)],
        whose=_whose(product),
        lists=[_line(one, steps) for one, steps in queries.of_product(product.id, today)],
        form=asked,
        places=words.places(product.unit),
        can_edit=may(P.PRODUCT_EDIT) and product.archived_at is None,
        sees_customers=may(P.ACCOUNT_VIEW),
    )


def _whose(product: Product) -> str | None:
    """Where the price comes from that a product hasn't itself."""
    if product.price is not None:
        return None
    if product.is_bundle:
        return _("What its parts cost")
    return _("As %(name)s", name=product.parent.name) if product.parent else None


def _line(one: PriceList, steps: list[Price]) -> dict[str, Any]:
    return {
        "name": one.name,
        "url": url_for("price_lists.show", list_id=one.id),
        "for": whom(one.audience, one.account.name if one.account else None, one.level, one.label_id),
        "when": span(one.starts_on, one.ends_on),
        "state": state(one),
        "steps": [_step(one, step) for step in steps],
    }


def _step(one: PriceList, step: Price) -> str:
    shown = ui.price(step.price, one.currency) if step.price is not None else f"−{ui.share(step.percent_off)}"
    if not step.from_quantity:
        return shown
    return _("from %(quantity)s: %(price)s", quantity=ui.exact(step.from_quantity), price=shown)


def _on_account(account_id: UUID) -> Markup:
    account = customers.account(account_id)
    lists = queries.open_lists(account, ui.words().today)
    return ui.fragment("products/_account.html", lists=[_line(one, []) for one in lists])


panels.add("product", panels.Panel("prices", _l("Prices"), _on_product, P.PRODUCT_VIEW, "side", 10, is_later=True))
panels.add(
    "account",
    panels.Panel(
        "prices", _l("Prices"), _on_account, P.PRODUCT_VIEW, "side", 80, is_later=True, is_wanted=queries.has_lists
    ),
)
