"""Parts of an export as events."""

from contracts.privacy import ExportPartReady
from servicekit.privacy import Part


def part_of(part: Part) -> ExportPartReady:
    """`export.part_ready`."""
    return ExportPartReady(version=1, service="webinar-service", **part._asdict())
