"""Alembic for every service: `migrations/env.py` is two lines that call `run()`."""

import importlib
import pkgutil
from types import ModuleType

from alembic import context
from sqlalchemy import MetaData, create_engine, text

LOCK_TIMEOUT = "5s"


def import_models(package: ModuleType) -> None:
    """Import every `*.models` of a service, so that its metadata is whole."""
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if found.name.endswith(".models"):
            importlib.import_module(found.name)


def metadata_of(package_name: str) -> MetaData:
    """The complete metadata of a service: its models and the kit's own tables."""
    package = importlib.import_module(package_name)
    import_models(package)
    metadata: MetaData = importlib.import_module(f"{package_name}.database").Model.metadata
    return metadata


def run(package_name: str) -> None:
    """Migrate online on the connection that the caller configured, or on `sqlalchemy.url`."""
    metadata = metadata_of(package_name)
    connectable = create_engine(context.config.get_main_option("sqlalchemy.url") or "")
    with connectable.connect() as connection:
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text("SET statement_timeout = 0"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=metadata,
            compare_type=True,
            compare_server_default=False,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    connectable.dispose()
