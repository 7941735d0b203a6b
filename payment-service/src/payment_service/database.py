"""The base of payment-service's models."""

from sqlalchemy.orm import DeclarativeBase

from servicekit.database import TYPES, new_metadata


class Model(DeclarativeBase):
    """One row of payment-service's database."""

    metadata = new_metadata()
    type_annotation_map = TYPES
