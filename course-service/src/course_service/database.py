"""The base of every table of course-service."""

from sqlalchemy.orm import DeclarativeBase

from servicekit.database import TYPES, new_metadata


class Model(DeclarativeBase):
    """A row of docfliq_course."""

    metadata = new_metadata()
    type_annotation_map = TYPES
