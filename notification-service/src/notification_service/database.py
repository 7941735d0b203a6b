"""notification-service's tables."""

from sqlalchemy.orm import DeclarativeBase

from servicekit.database import TYPES, new_metadata


class Model(DeclarativeBase):
    """What every table of notification-service shares."""

    metadata = new_metadata()
    type_annotation_map = TYPES
