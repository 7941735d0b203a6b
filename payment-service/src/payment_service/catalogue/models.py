"""The catalogue: one row for each course and webinar that other services announced."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from contracts.course import CourseVisibility
from contracts.payment import ItemType
from payment_service.database import Model
from servicekit.database import AmountMinor


class ItemStatus(StrEnum):
    """Whether an item can be bought now."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"


class CatalogueItem(Model):
    """The newest that is known of an item; `version` is its aggregate's."""

    __tablename__ = "catalogue_items"

    item_type: Mapped[ItemType] = mapped_column(primary_key=True)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str]
    owner_id: Mapped[UUID]
    amount_minor: Mapped[AmountMinor]
    currency: Mapped[str]
    visibility: Mapped[CourseVisibility]
    status: Mapped[ItemStatus]
    version: Mapped[AmountMinor]
    changed_at: Mapped[datetime]
