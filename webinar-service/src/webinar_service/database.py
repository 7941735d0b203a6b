"""The base of webinar-service's models."""

from sqlalchemy.orm import DeclarativeBase

from servicekit.database import TYPES, new_metadata


class Model(DeclarativeBase):
    """One row of webinar-service's database."""

    metadata = new_metadata()
    type_annotation_map = TYPES
