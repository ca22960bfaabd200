"""The capabilities of the CRM, in import order: each may import only those before it."""

CAPABILITIES: tuple[str, ...] = (
    "customers",
    "activities",
    "pool",
    "products",
    "leads",
    "opportunities",
    "partners",
    "service_desk",
    "transfer",
    "merges",
    "batches",
    "reports",
    "samples",
)
