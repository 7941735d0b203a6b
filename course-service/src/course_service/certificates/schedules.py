"""The printer: certificates that were promised get their PDF."""

from functools import cache

from course_service.certificates import service
from course_service.certificates.pdf import Printer
from course_service.settings import Settings
from servicekit.storage import new_storage
from servicekit.worker import WorkerContext


async def print_certificates(context: WorkerContext[Settings]) -> None:
    """Print every certificate that waits."""
    settings = context.settings
    storage = new_storage(settings)
    printer = _printer(settings.certificate_issuer, settings.fonts_dir)
    while await service.print_pending(context.sessions, storage=storage, printer=printer):
        pass


async def remove_withdrawn_prints(context: WorkerContext[Settings]) -> None:
    """Remove the PDFs of learners who are no more."""
    storage = new_storage(context.settings)
    while await service.remove_withdrawn_print(context.sessions, storage=storage):
        pass


_printer = cache(Printer)
