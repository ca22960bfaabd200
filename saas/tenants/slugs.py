"""A workspace's place in the address: which words can be one."""

from __future__ import annotations

import re

SHAPE = re.compile(r"^[a-z0-9](-?[a-z0-9]){1,39}$")

# Words that the service's own pages use or may come to use, and names that could pass for us.
_WORDS = """
    about account accounts admin api app apps assets auth billing blog cdn changelog contact customer customers data
    demo developer developers docs download email example export favicon features feedback files forgot healthz help
    home hooks host html images imprint index info invitation jobs join languages legal letter login logout
    look-into-your-mail mail metrics new-address news notices null oauth operator partner partners platform portal
    press prices pricing privacy profile public readyz register reset robots root saas seaport search secure
    security service services session settings sign-in sign-out sign-up signin signout signup site sitemap static
    status stripe support system team terms test trial undefined webhook webhooks well-known workspace workspaces
    www
"""
RESERVED = frozenset(_WORDS.split())


def is_free_to_choose(slug: str) -> bool:
    """True when a word has the right form and isn't kept for the service itself."""
    return bool(SHAPE.match(slug)) and slug not in RESERVED


def suggested(name: str) -> str:
    """A place in the address made from a company's name; empty where none can be (中文公司)."""
    word = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:40].strip("-")
    return word if is_free_to_choose(word) else ""
