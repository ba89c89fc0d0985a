"""How an organisation's own reports look: its logo, its accent colour, templates of its own."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

from reportgen.config import Config
from reportgen.errors import ConfigError

NAVY = "#0B2545"
_MOST_BYTES = 500_000
_KINDS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


@dataclass(frozen=True)
class Look:
    """``logo`` is a data URL or empty; ``accent`` a colour as #RRGGBB."""

    accent: str = NAVY
    logo: str = ""
    templates: Path | None = None


def load_look(config: Config) -> Look:
    """Read the branding of reportgen.yaml.

    Raises ConfigError for a logo that is missing, too large or neither PNG nor JPEG (an SVG could
    ask for other files), and for a folder of templates that is not there.
    """
    settings = config.settings
    logo = ""
    if settings.branding.logo:
        path = config.folder / settings.branding.logo
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ConfigError(
                f"branding: logo: {path} cannot be read: {error.strerror}.",
                "Mend the path, which is relative to reportgen.yaml, or remove the line.",
            ) from error
        kind = next((k for start, k in _KINDS.items() if content.startswith(start)), None)
        if kind is None:
            raise ConfigError(f"branding: logo: {path} is neither PNG nor JPEG.")
        if len(content) > _MOST_BYTES:
            raise ConfigError(f"branding: logo: {path} is larger than {_MOST_BYTES // 1000} kB.")
        logo = f"data:{kind};base64,{base64.b64encode(content).decode()}"
    templates = config.folder / settings.templates if settings.templates else None
    if templates is not None and not templates.is_dir():
        raise ConfigError(
            f"templates: {templates} is not a folder.",
            "It holds a folder report/ with files that replace sections of the same name.",
        )
    return Look(settings.branding.accent or NAVY, logo, templates)
