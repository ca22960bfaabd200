"""Whether a webhook is Stripe's: the `Stripe-Signature` header, `t=<unix>,v1=<hex>[,v1=<hex>]`. No session, no clock.

Written out here and not left to Stripe's library, whose check reads the machine's clock and would load the whole
library into every web process.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

TOLERANCE = 300  # s, older or newer


def is_genuine(body: bytes, header: str, secrets: Iterable[str], now: datetime) -> bool:
    """True when one of the secrets made a `v1` signature of this body, at most `TOLERANCE` seconds from `now` (UTC).

    Two secrets are valid at once while one is being replaced.
    """
    pairs = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _sign, value in pairs if name == "t"]
    given = [value for name, _sign, value in pairs if name == "v1"]
    if len(times) != 1 or not times[0].isascii() or not times[0].isdecimal() or len(times[0]) > 12:
        return False
    if abs(now.timestamp() - int(times[0])) > TOLERANCE:
        return False
    signed = times[0].encode() + b"." + body
    made = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets if secret]
    # All are compared, whichever fits: the time it takes tells nothing.
    return sum(hmac.compare_digest(one.encode(), other.encode()) for one in made for other in given) > 0
