"""The capabilities of the CRM, in import order: each may import only those before it."""

CAPABILITIES: tuple[str, ...] = (
    "fields",
    "customers",
    "sealed",
    "activities",
    "mails",
    "pool",
    "products",
    "leads",
    "opportunities",
    "relations",
    "points",
    "partners",
    "papers",
    "quotes",
    "service_desk",
    "transfer",
    "merges",
    "batches",
    "reports",
    "samples",
)
