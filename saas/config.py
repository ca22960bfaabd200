"""What the environment says, read once, checked at start, never changed after.

A *local run* is what `saas up` starts on one machine: it keeps generated secrets and the addresses of its own servers
in `local.json` of the data folder. Everything else is production and gets no help: what is not set is refused.

The address that may create roles lies apart, in `admin.json`: only the commands that need it ask for it.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from saas.errors import SetupError

LOCAL_FILE = "local.json"
ADMIN_FILE = "admin.json"
SHORTEST_KEY = 32  # characters
SECRET_FIELDS = {
    "secret_key",
    "seal_keys",
    "database_url",
    "platform_url",
    "admin_url",
    "redis_url",
    "smtp_url",
    "stripe_api_key",
    "stripe_webhook_secret",
    "metrics_token",
}


@dataclass(frozen=True)
class Config:
    """The settings of one process."""

    host: str = "127.0.0.1"
    port: int = 8000
    web_processes: int = 2
    public_url: str = "http://127.0.0.1:8000"
    operator_host: str = ""  # the operators' pages are at this host only; empty: in production nowhere
    trusted_hosts: tuple[str, ...] = ()  # host names answered to; that of public_url and operator_host among them
    proxy_hops: int = 0  # proxies in front whose X-Forwarded-* may be believed
    secret_key: str = ""
    seal_keys: tuple[str, ...] = ()  # confidential details: the first seals, all open; empty: secret_key does
    data_dir: Path = Path("var")
    database_url: str = ""  # the app role, under row-level security
    platform_url: str = ""  # the platform role: users, sign-up, sessions, Stripe inbox
    admin_url: str = ""  # may create roles; only for migrate, db, backup, restore
    redis_url: str = ""
    smtp_url: str = ""  # empty: mail is kept under data_dir/mail
    mail_domain: str = ""  # mail to any address there is handed to `saas mail-in`; empty: none is
    files_url: str = ""  # empty: files are kept under data_dir/files
    stripe_api_key: str = ""  # empty: trial mode, nothing is charged
    stripe_api_base: str = ""
    stripe_webhook_secrets: tuple[str, ...] = ()
    metrics_token: str = ""
    clock_offset: float = 0.0  # seconds
    local: bool = False

    @property
    def is_https(self) -> bool:
        """True when people reach the service over https: cookies are then Secure and carry the __Host- prefix."""
        return self.public_url.startswith("https://")

    @property
    def sealing_keys(self) -> tuple[str, ...]:
        """The keys of confidential details, the one that seals first."""
        return self.seal_keys or (self.secret_key,)

    @property
    def has_billing(self) -> bool:
        """True when a Stripe key is set; without one the workspace stays in trial."""
        return bool(self.stripe_api_key)

    def shown(self) -> dict[str, Any]:
        """The settings with every secret masked, for `saas config`."""
        out = {}
        for name, value in asdict(self).items():
            if name in SECRET_FIELDS or name == "stripe_webhook_secrets":
                out[name] = "set" if value else ""
            else:
                out[name] = str(value) if isinstance(value, Path) else value
        return out


def load(
    environ: Mapping[str, str] | None = None,
    *,
    with_admin: bool = False,
    kept: Mapping[str, Any] | None = None,
) -> Config:
    """Read the settings from `environ` (the process's when left out), filled up by a local run's `local.json`.

    Args:
        environ: the variables.
        with_admin: also read the address that may create roles; for migrate, db, backup and restore alone.
        kept: stands for `local.json`, before that file is written.

    Raises:
        SetupError: a value is not of its form, or production lacks one it needs; names the variable and the remedy.
    """
    env = os.environ if environ is None else environ
    data_dir = data_folder(env)
    kept = local_settings(data_dir) if kept is None else kept
    admin_kept = read_kept(data_dir / ADMIN_FILE).get("admin_url", "") if with_admin and kept else ""
    host = env.get("HOST") or "127.0.0.1"
    port = _port(env.get("PORT") or kept.get("port") or "8000")
    config = Config(
        host=host,
        port=port,
        web_processes=_whole(env, "WEB_PROCESSES", 2, low=1, high=64),
        public_url=_public_url(env.get("SAAS_PUBLIC_URL") or kept.get("public_url") or _local_url(host, port)),
        operator_host=_host(env, "OPERATOR_HOST"),
        trusted_hosts=_words(env.get("TRUSTED_HOSTS", "")),
        proxy_hops=_whole(env, "PROXY_HOPS", 0, low=0, high=10),
        secret_key=env.get("SECRET_KEY") or kept.get("secret_key", ""),
        seal_keys=_words(env.get("SEAL_KEYS", "")),
        data_dir=data_dir,
        database_url=_postgres(env, "DATABASE_URL", kept.get("database_url", "")),
        platform_url=_postgres(env, "DATABASE_PLATFORM_URL", kept.get("platform_url", "")),
        admin_url=_postgres(env, "DATABASE_ADMIN_URL", admin_kept) if with_admin else "",
        redis_url=_scheme(env, "REDIS_URL", kept.get("redis_url", ""), ("redis", "rediss", "unix")),
        smtp_url=_scheme(env, "SMTP_URL", "", ("smtp", "smtps", "smtp+starttls")),
        mail_domain=_host(env, "MAIL_DOMAIN"),
        files_url=_scheme(env, "FILES_URL", "", ("file",)),
        stripe_api_key=env.get("STRIPE_API_KEY", ""),
        stripe_api_base=_scheme(env, "STRIPE_API_BASE", "", ("http", "https")),
        stripe_webhook_secrets=_words(env.get("STRIPE_WEBHOOK_SECRET", "")),
        metrics_token=env.get("METRICS_TOKEN", ""),
        clock_offset=_seconds(env, "SAAS_CLOCK_OFFSET"),
        local=bool(kept),
    )
    config = replace(config, trusted_hosts=tuple(dict.fromkeys((*config.trusted_hosts, *_own_hosts(config)))))
    if not config.local:
        _check_production(config)
    _check_keys(config)
    return config


def data_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Where files, logs and a local run's secrets lie: `SAAS_DATA_DIR`, or `var` where the command is run."""
    env = os.environ if environ is None else environ
    return Path(env.get("SAAS_DATA_DIR") or "var").absolute()


def local_settings(data_dir: Path) -> dict[str, Any]:
    """What `saas up` wrote into `local.json` of this data folder; empty where no local run was made."""
    return read_kept(data_dir / LOCAL_FILE)


def read_kept(path: Path) -> dict[str, Any]:
    """The object in a JSON file that a local run wrote; empty where there is none.

    Raises:
        SetupError: the file can't be read by this user, or is damaged.
    """
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except PermissionError as error:
        raise SetupError(f"{path} can't be read by this user. Run Seaport as the user who owns it.") from error
    except (ValueError, IsADirectoryError) as error:
        raise SetupError(f"{path} is damaged. Restore it from a backup, or move the data folder away.") from error
    if not isinstance(kept, dict):
        raise SetupError(f"{path} is damaged. Restore it from a backup, or move the data folder away.")
    return kept


def names() -> list[str]:
    """The names of all settings, in order."""
    return [f.name for f in fields(Config)]


def _check_keys(config: Config) -> None:
    if 0 < len(config.secret_key) < SHORTEST_KEY:
        raise SetupError(f"SECRET_KEY is too short. Use at least {SHORTEST_KEY} random characters.")
    if any(len(key) < SHORTEST_KEY for key in config.seal_keys):
        raise SetupError(f"A key in SEAL_KEYS is too short. Use at least {SHORTEST_KEY} random characters for each.")


def _check_production(config: Config) -> None:
    if config.clock_offset:
        raise SetupError("SAAS_CLOCK_OFFSET is for tests only. Unset it.")
    if not config.database_url:
        raise SetupError("DATABASE_URL is not set. Start everything on this machine with `make run`, or set it.")
    needed = {
        "DATABASE_PLATFORM_URL": config.platform_url,
        "REDIS_URL": config.redis_url,
        "SECRET_KEY": config.secret_key,
    }
    for name, value in needed.items():
        if not value:
            raise SetupError(f"{name} is not set. In production nothing is made up: set it.")
    if not config.is_https:
        raise SetupError("SAAS_PUBLIC_URL must start with https:// in production. Sign-in cookies need it.")


def _own_hosts(config: Config) -> tuple[str, ...]:
    hosts = {urlsplit(config.public_url).hostname or "", config.operator_host}
    if config.local:
        hosts |= {"127.0.0.1", "localhost", "[::1]"}
    return tuple(sorted(h for h in hosts if h))


def _local_url(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 - compared, not bound
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"


def is_loopback(host: str) -> bool:
    """True for an address or name that only this machine can reach."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _public_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise SetupError(f"SAAS_PUBLIC_URL is {value!r}. It must look like https://crm.example.com, without a path.")
    return value.rstrip("/")


def _postgres(env: Mapping[str, str], name: str, kept: str) -> str:
    value = env.get(name) or kept
    if not value:
        return ""
    value = re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql+psycopg://", value)
    if not value.startswith("postgresql+psycopg://"):
        raise SetupError(f"{name} must start with postgresql://.")
    return _whole_address(name, value)


def _scheme(env: Mapping[str, str], name: str, kept: str, allowed: tuple[str, ...]) -> str:
    value = env.get(name) or kept
    if value and urlsplit(value).scheme not in allowed:
        raise SetupError(f"{name} must start with {' or '.join(f'{a}://' for a in allowed)}.")
    return _whole_address(name, value)


def _whole_address(name: str, value: str) -> str:
    """The address, unless it falls apart; it isn't shown, since it may hold a password."""
    try:
        urlsplit(value).port  # noqa: B018 - it is worked out, and checked, when it is asked for
    except ValueError:
        raise SetupError(
            f"{name} is no whole address: what should be its port is no number. "
            "Write @ : / ? # % in a password as %40 %3A %2F %3F %23 %25."
        ) from None
    return value


def _host(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "").strip().lower()
    if value and urlsplit(f"//{value}").hostname != value:
        raise SetupError(f"{name} is {value!r}. It must be a host name alone, like ops.example.com.")
    return value


def _port(value: object) -> int:
    text = str(value)
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise SetupError(f"PORT is {text!r}. It must be a number from 1 to 65535.")
    return int(text)


def _whole(env: Mapping[str, str], name: str, default: int, *, low: int, high: int) -> int:
    text = env.get(name) or str(default)
    if not text.isdecimal() or not low <= int(text) <= high:
        raise SetupError(f"{name} is {text!r}. It must be a whole number from {low} to {high}.")
    return int(text)


def _seconds(env: Mapping[str, str], name: str) -> float:
    text = env.get(name) or "0"
    try:
        return float(text)
    except ValueError as error:
        raise SetupError(f"{name} is {text!r}. It must be a number of seconds.") from error


def _words(value: str) -> tuple[str, ...]:
    return tuple(word for word in re.split(r"[\s,]+", value) if word)
