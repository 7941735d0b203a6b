"""The base of this service's tables."""

from sqlalchemy.orm import DeclarativeBase

from servicekit.database import TYPES, new_metadata


class Model(DeclarativeBase):
    """Every table of auth-service, beside the kit's own."""

    metadata = new_metadata()
    type_annotation_map = TYPES
