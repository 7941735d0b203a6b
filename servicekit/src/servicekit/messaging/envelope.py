"""CloudEvents 1.0 over AMQP, binary mode: an event's headers, written and read."""

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from pydantic import ValidationError

from contracts.event import Event
from servicekit.messaging.errors import NotAnEvent, Permanent

PREFIX = "cloudEvents:"
SCHEMAS = "https://docfliq.com/schemas"
BASE64 = "x-body-base64"
_ID, _TYPE, _SUBJECT, _TIME, _SCHEMA = (
    f"{PREFIX}{name}" for name in ("id", "type", "subject", "time", "dataschema")
)

Headers = dict[str, Any]
EventClasses = Mapping[tuple[str, int], type[Event]]

_traces = TraceContextTextMapPropagator()


def routing_key(event: type[Event]) -> str:
    """`payment.captured`; from the second version on `payment.captured.v2`."""
    version = event.schema_version
    return event.name if version == 1 else f"{event.name}.v{version}"


def headers_of(event: Event) -> Headers:
    """The AMQP headers of a stamped event and the current trace; the relay adds `source`."""
    headers: Headers = {
        f"{PREFIX}specversion": "1.0",
        _ID: str(event.event_id),
        _TYPE: event.name,
        _SUBJECT: event.subject,
        _TIME: event.happened_at.isoformat(),
        _SCHEMA: f"{SCHEMAS}/{event.name}/v{event.schema_version}",
        f"{PREFIX}sequence": f"{event.version:020d}",
    }
    _traces.inject(headers)
    return headers


def headers_as_json(headers: Mapping[str, Any]) -> str:
    """AMQP headers as JSON that PostgreSQL accepts; what JSON does not know becomes text."""
    return json.dumps(headers, default=str).replace("\\u0000", "")


def body_as_text(body: bytes) -> tuple[str, Headers]:
    """`body` for a text column, byte for byte, and the header that tells how to get it back."""
    try:
        payload = body.decode()
    except UnicodeDecodeError:
        payload = "\x00"
    if "\x00" in payload:
        return base64.b64encode(body).decode(), {BASE64: True}
    return payload, {}


def body_from_text(payload: str, headers: Headers) -> bytes:
    """The inverse of `body_as_text`; takes its header away."""
    encoded = headers.pop(BASE64, False)
    return base64.b64decode(payload) if encoded else payload.encode()


class Envelope(NamedTuple):
    """One message as it came, and what its headers say of it."""

    event_id: UUID
    type: str
    schema_version: int
    subject: str
    time: datetime
    headers: Headers
    body: bytes

    @classmethod
    def read(cls, headers: Headers, body: bytes) -> "Envelope":
        """Raises NotAnEvent when an attribute that the kit lives on is absent or unreadable."""
        try:
            return cls(
                event_id=UUID(headers[_ID]),
                type=str(headers[_TYPE]),
                schema_version=int(headers[_SCHEMA].rpartition("/v")[2]),
                subject=str(headers[_SUBJECT]),
                time=datetime.fromisoformat(headers[_TIME]),
                headers=headers,
                body=body,
            )
        except (KeyError, ValueError, AttributeError, TypeError) as error:
            raise NotAnEvent(str(error)) from error

    @classmethod
    def of(cls, event: Event) -> "Envelope":
        """The envelope of a stamped event."""
        return cls.read(headers_of(event), event.model_dump_json().encode())

    def parse(self, known: EventClasses) -> Event:
        """The event inside. Raises Permanent if its version is unknown or its body is not of it."""
        event = known.get((self.type, self.schema_version))
        if event is None:
            raise Permanent(f"this handler does not read {self.type}/v{self.schema_version}")
        try:
            return event.model_validate_json(self.body).stamped(self.event_id, self.time)
        except ValidationError as error:
            places = ", ".join(
                f"{'.'.join(map(str, wrong['loc'])) or 'body'}: {wrong['type']}"
                for wrong in error.errors(include_input=False, include_url=False)[:5]
            )
            raise Permanent(f"not a {self.type}/v{self.schema_version} ({places})") from None
