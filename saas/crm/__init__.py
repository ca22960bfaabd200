"""The capabilities of the CRM, in import order: each may import only those before it."""

CAPABILITIES: tuple[str, ...] = (
    "customers",
    "activities",
    "pool",
    "products",
    "opportunities",
    "service_desk",
    "transfer",
)
