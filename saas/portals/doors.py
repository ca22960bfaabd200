"""Every door of the service: which blueprint is for whom. A capability's pages are added here, one line each."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

from saas.portals import entry, guard, stepup, wrong
from saas.portals.guard import Audience
from saas.portals.platform import context as platform
from saas.portals.public import context as public
from saas.portals.workspace import context as workspace
from saas.portals.workspace import door, standing

DOORS: list[tuple[str, Audience]] = [
    ("saas.portals.public.site:bp", Audience.PUBLIC),
    ("saas.portals.public.health:bp", Audience.PUBLIC),
    ("saas.portals.public.signing:bp", Audience.PUBLIC),
    ("saas.portals.public.links:bp", Audience.PUBLIC),
    ("saas.portals.public.letters:bp", Audience.PUBLIC),
    ("saas.billing.views:webhook", Audience.PUBLIC),
    ("saas.billing.views:bp", Audience.STAFF),
    ("saas.portals.workspace.door:bp", Audience.STAFF),
    ("saas.portals.stepup:bp", Audience.STAFF),
    ("saas.portals.workspace.today:bp", Audience.STAFF),
    ("saas.portals.workspace.profile:bp", Audience.STAFF),
    ("saas.portals.workspace.settings:bp", Audience.STAFF),
    ("saas.portals.workspace.portals:bp", Audience.STAFF),
    ("saas.portals.workspace.members:bp", Audience.STAFF),
    ("saas.portals.workspace.teams:bp", Audience.STAFF),
    ("saas.portals.workspace.roles:bp", Audience.STAFF),
    ("saas.portals.workspace.bell:bp", Audience.STAFF),
    ("saas.portals.workspace.chats:bp", Audience.STAFF),
    ("saas.portals.workspace.jobs:bp", Audience.STAFF),
    ("saas.portals.workspace.files:bp", Audience.STAFF),
    ("saas.portals.workspace.parts:bp", Audience.STAFF),
    ("saas.portals.workspace.search:bp", Audience.STAFF),
    ("saas.crm.customers.views:bp", Audience.STAFF),
    ("saas.crm.customers.contact_views:bp", Audience.STAFF),
    ("saas.crm.customers.label_views:bp", Audience.STAFF),
    ("saas.crm.customers.segment_views:bp", Audience.STAFF),
    ("saas.crm.fields.views:bp", Audience.STAFF),
    ("saas.crm.customers.book_views:bp", Audience.STAFF),
    ("saas.crm.fields.label_views:bp", Audience.STAFF),
    ("saas.crm.fields.custom_views:bp", Audience.STAFF),
    ("saas.crm.customers.portal_views:bp", Audience.STAFF),
    ("saas.crm.customers.twin_views:bp", Audience.STAFF),
    ("saas.crm.customers.number_views:bp", Audience.STAFF),
    ("saas.crm.customers.territory_views:bp", Audience.STAFF),
    ("saas.crm.customers.grid_views:bp", Audience.STAFF),
    ("saas.crm.customers.cell_views:bp", Audience.STAFF),
    ("saas.crm.sealed.views:bp", Audience.STAFF),
    ("saas.crm.activities.views:bp", Audience.STAFF),
    ("saas.crm.activities.history_views:bp", Audience.STAFF),
    ("saas.crm.activities.series_views:bp", Audience.STAFF),
    ("saas.crm.activities.kind_views:bp", Audience.STAFF),
    ("saas.crm.activities.address_views:bp", Audience.STAFF),
    ("saas.crm.activities.memo_views:bp", Audience.STAFF),
    ("saas.crm.activities.promise_views:bp", Audience.STAFF),
    ("saas.crm.activities.work_views:bp", Audience.STAFF),
    ("saas.crm.mails.views:bp", Audience.STAFF),
    ("saas.crm.mails.mailbox_views:bp", Audience.STAFF),
    ("saas.crm.mails.drop_views:bp", Audience.STAFF),
    ("saas.crm.pool.views:bp", Audience.STAFF),
    ("saas.crm.pool.rule_views:bp", Audience.STAFF),
    ("saas.crm.pool.ledger_views:bp", Audience.STAFF),
    ("saas.crm.pool.sweep_views:bp", Audience.STAFF),
    ("saas.crm.pool.route_views:bp", Audience.STAFF),
    ("saas.crm.products.views:bp", Audience.STAFF),
    ("saas.crm.products.cell_views:bp", Audience.STAFF),
    ("saas.crm.products.tax_views:bp", Audience.STAFF),
    ("saas.crm.products.price_views:bp", Audience.STAFF),
    ("saas.crm.products.list_price_views:bp", Audience.STAFF),
    ("saas.crm.products.discount_views:bp", Audience.STAFF),
    ("saas.crm.products.variant_views:bp", Audience.STAFF),
    ("saas.crm.products.bundle_views:bp", Audience.STAFF),
    ("saas.crm.products.coupon_views:bp", Audience.STAFF),
    ("saas.crm.leads.views:bp", Audience.STAFF),
    ("saas.crm.opportunities.views:bp", Audience.STAFF),
    ("saas.crm.opportunities.step_views:bp", Audience.STAFF),
    ("saas.crm.opportunities.rival_views:bp", Audience.STAFF),
    ("saas.crm.opportunities.pace_views:bp", Audience.STAFF),
    ("saas.crm.opportunities.window_views:bp", Audience.STAFF),
    ("saas.crm.opportunities.share_views:bp", Audience.STAFF),
    ("saas.crm.opportunities.stage_views:bp", Audience.STAFF),
    ("saas.crm.opportunities.play_views:bp", Audience.STAFF),
    ("saas.crm.opportunities.pipeline_views:bp", Audience.STAFF),
    ("saas.crm.opportunities.worth_views:bp", Audience.STAFF),
    ("saas.crm.inventory.views:bp", Audience.STAFF),
    ("saas.crm.inventory.movement_views:bp", Audience.STAFF),
    ("saas.crm.inventory.count_views:bp", Audience.STAFF),
    ("saas.crm.inventory.order_views:bp", Audience.STAFF),
    ("saas.crm.inventory.warehouse_views:bp", Audience.STAFF),
    ("saas.crm.purchases.views:bp", Audience.STAFF),
    ("saas.crm.purchases.receipt_views:bp", Audience.STAFF),
    ("saas.crm.forecasts.views:bp", Audience.STAFF),
    ("saas.crm.forecasts.call_views:bp", Audience.STAFF),
    ("saas.crm.forecasts.mark_views:bp", Audience.STAFF),
    ("saas.crm.relations.views:bp", Audience.STAFF),
    ("saas.crm.points.views:bp", Audience.STAFF),
    ("saas.crm.partners.views:bp", Audience.STAFF),
    ("saas.crm.papers.views:bp", Audience.STAFF),
    ("saas.crm.papers.rate_views:bp", Audience.STAFF),
    ("saas.crm.quotes.views:bp", Audience.STAFF),
    ("saas.crm.quotes.approval_views:bp", Audience.STAFF),
    ("saas.crm.quotes.answer_views:bp", Audience.STAFF),
    ("saas.crm.contracts.views:bp", Audience.STAFF),
    ("saas.crm.contracts.state_views:bp", Audience.STAFF),
    ("saas.crm.orders.views:bp", Audience.STAFF),
    ("saas.crm.orders.state_views:bp", Audience.STAFF),
    ("saas.crm.orders.delivery_views:bp", Audience.STAFF),
    ("saas.crm.orders.sale_views:bp", Audience.STAFF),
    ("saas.crm.receivables.views:bp", Audience.STAFF),
    ("saas.crm.receivables.source_views:bp", Audience.STAFF),
    ("saas.crm.receivables.credit_views:bp", Audience.STAFF),
    ("saas.crm.receivables.payment_views:bp", Audience.STAFF),
    ("saas.crm.receivables.bank_views:bp", Audience.STAFF),
    ("saas.crm.receivables.ageing_views:bp", Audience.STAFF),
    ("saas.crm.receivables.statement_views:bp", Audience.STAFF),
    ("saas.crm.receivables.reminder_views:bp", Audience.STAFF),
    ("saas.crm.receivables.setting_views:bp", Audience.STAFF),
    ("saas.crm.expenses.views:bp", Audience.STAFF),
    ("saas.crm.expenses.decision_views:bp", Audience.STAFF),
    ("saas.crm.expenses.sheet_views:bp", Audience.STAFF),
    ("saas.crm.service_desk.views:bp", Audience.STAFF),
    ("saas.portals.entry:customer", Audience.CUSTOMER),
    ("saas.portals.customer.pages:bp", Audience.CUSTOMER),
    ("saas.portals.customer.order_pages:bp", Audience.CUSTOMER),
    ("saas.portals.customer.contract_pages:bp", Audience.CUSTOMER),
    ("saas.portals.entry:partner", Audience.PARTNER),
    ("saas.portals.partner.pages:bp", Audience.PARTNER),
    ("saas.crm.transfer.views:bp", Audience.STAFF),
    ("saas.crm.transfer.export_views:bp", Audience.STAFF),
    ("saas.crm.merges.views:bp", Audience.STAFF),
    ("saas.crm.batches.views:bp", Audience.STAFF),
    ("saas.crm.batches.book_views:bp", Audience.STAFF),
    ("saas.crm.reports.views:bp", Audience.STAFF),
    ("saas.crm.reports.print_views:bp", Audience.STAFF),
    ("saas.crm.reports.list_views:bp", Audience.STAFF),
    ("saas.crm.reports.group_views:bp", Audience.STAFF),
    ("saas.crm.samples.views:bp", Audience.STAFF),
    ("saas.portals.platform.door:bp", Audience.OPERATOR),
    ("saas.portals.platform.pages:bp", Audience.OPERATOR),
]


def open_all(app: Flask) -> None:
    """Mount every blueprint and what its layout needs to know."""
    app.context_processor(public.shown)
    app.after_request(public.keep_language)
    workspace.init_app(app)
    wrong.init_app(app)
    entry.init_app(app)
    app.context_processor(standing.shown)
    app.context_processor(platform.shown)
    guard.when_ended(app, Audience.STAFF, door.ended)
    for path, audience in DOORS:
        module, _, name = path.partition(":")
        guard.mount(app, getattr(import_module(module), name), audience)
    stepup.init_app(app)
