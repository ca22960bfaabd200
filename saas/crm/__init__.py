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
    "inventory",
    "purchases",
    "relations",
    "points",
    "partners",
    "service_desk",
    "transfer",
    "merges",
    "batches",
    "reports",
    "samples",
)
