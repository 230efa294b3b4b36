"""What all parts of the file share: how spans, addresses, names and secrets are written."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from monitor.config.units import SIZE_PATTERN, SPAN_PATTERN, parse_duration, parse_instant, parse_size
from monitor.core.addresses import is_file


def _http_url(url: str) -> str:
    """Refuse what is not an address on the web."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected an address that begins with http:// or https://")
    return url


def _feed_url(url: str) -> str:
    """Refuse what is neither on the web nor a file; whether a file may be read depends on `feed_folders`."""
    return url if is_file(url) else _http_url(url)


def _secret_url(url: SecretStr) -> SecretStr:
    """Refuse what is not an address, without repeating it."""
    _http_url(url.get_secret_value())
    return url


Span = Annotated[
    timedelta, BeforeValidator(parse_duration), WithJsonSchema({"type": "string", "pattern": SPAN_PATTERN})
]

Size = Annotated[
    int, BeforeValidator(parse_size), WithJsonSchema({"type": ["string", "integer"], "pattern": SIZE_PATTERN})
]

Instant = Annotated[datetime, BeforeValidator(parse_instant), WithJsonSchema({"type": "string"})]

Url = Annotated[str, AfterValidator(_http_url)]

FeedUrl = Annotated[str, AfterValidator(_feed_url)]

SecretUrl = Annotated[SecretStr, AfterValidator(_secret_url)]

Name = Annotated[str, Field(min_length=1, max_length=100)]


def one_or_many(value: object) -> object:
    """Let a single value stand for a list of one."""
    return [value] if isinstance(value, str | int | float) else value


def _some(value: object) -> object:
    """Let nothing stand for an empty list, and words in one text, as a file of secrets has them, for a list."""
    return () if value is None else value.split() if isinstance(value, str) else value


Secrets = Annotated[tuple[SecretStr, ...], BeforeValidator(_some)]

Names = Annotated[tuple[str, ...], BeforeValidator(one_or_many)]


class Model(BaseModel):
    """What all parts of the file share: unknown keys are errors, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, arbitrary_types_allowed=False)

    @model_validator(mode="before")
    @classmethod
    def _read_secret_files(cls, data: Any, info: ValidationInfo) -> Any:  # noqa: ANN401 - pydantic's signature
        """Replace each `<key>_file` by `<key>` with what the file says."""
        if not isinstance(data, dict) or not info.context:
            return data
        data = dict(data)
        for key in [key for key in data if isinstance(key, str) and key.endswith("_file")]:
            name = key.removesuffix("_file")
            if key not in cls.model_fields and name in cls.model_fields:
                if data.get(name) is not None:
                    raise ValueError(f"{name} and {key} are both given; keep one")
                data[name] = _read_secret(str(data.pop(key)), key, info.context)
        return data


def _read_secret(name: str, key: str, context: Mapping[str, Any]) -> str:
    """Return what a secret's file says, without the line break at its end."""
    path = Path(context["folder"]) / name
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "is not text"
        raise ValueError(f"{key}: {path} cannot be read ({said}); check its path, owner and mode") from error
    context["files"].append(path)
    if not text.strip():
        raise ValueError(f"{key}: {path} is empty")
    return text.rstrip("\r\n")
