"""Personal data: no table of any service is forgotten by its register."""

import importlib
from collections.abc import Iterator

from sqlalchemy import JSON, Column, LargeBinary, MetaData, Table, Text, Uuid

from auth_service.privacy.service import ANSWERING
from servicekit.database import new_metadata
from servicekit.migrate import SERVICES, package_of
from servicekit.migrations import metadata_of
from servicekit.privacy import Holding, Register
from servicekit.topology import handler_queues

KIT = set(new_metadata().tables)
"""The kit's own tables, which the kit itself looks after."""

TELLING = (Uuid, Text, LargeBinary, JSON)
"""Types of columns that can hold the id of a person, or something of theirs."""


def registers() -> Iterator[tuple[str, Register, MetaData]]:
    for name in SERVICES:
        package = package_of(name)
        register: Register = importlib.import_module(f"{package}.privacy.register").REGISTER
        yield name, register, metadata_of(package)


def is_key_of_neighbour(column: Column[object], names: set[str]) -> bool:
    """`post_id` beside a table `posts`: by its name no person's."""
    return column.name == "id" or column.name.removesuffix("_id") + "s" in names - {"users"}


def is_said(register: Register, table: Table, column: Column[object], names: set[str]) -> bool:
    """Whether the register says what becomes of a column, or that it is nobody's."""
    if {table.name, f"{table.name}.{column.name}"} & register.not_personal:
        return True
    held = [one for one in register.holdings if one.table.name == table.name]
    if isinstance(column.type, Uuid):
        named = any(column.name in one.people for one in held)
        return named or column.computed is not None or is_key_of_neighbour(column, names)
    return any(not one.stays or column.name in one.blank for one in held)


def test_no_column_is_forgotten() -> None:
    forgotten = [
        f"{name}: {table.name}.{column.name}"
        for name, register, metadata in registers()
        for table in metadata.sorted_tables
        if table.name not in KIT
        for column in table.columns
        if isinstance(column.type, TELLING)
        and not is_said(register, table, column, set(metadata.tables))
    ]

    assert forgotten == []


def test_what_a_register_names_is_there() -> None:
    """A table that was renamed would leave a line that says nothing."""
    named = [
        (name, told, metadata)
        for name, register, metadata in registers()
        for told in register.not_personal
    ]
    assert len(named) > 30
    assert [
        f"{name}: {told}"
        for name, told, metadata in named
        if told.partition(".")[0] not in metadata.tables
        or (
            "." in told
            and told.partition(".")[2] not in metadata.tables[told.partition(".")[0]].columns
        )
    ] == []


def test_whatever_stays_has_a_reason() -> None:
    stays: list[Holding] = [
        one for _, register, _ in registers() for one in register.holdings if one.stays
    ]

    assert len(stays) > 20
    assert [one.table.name for one in stays if not one.why] == []


def test_every_service_answers_an_erasure_and_is_waited_for() -> None:
    erasing = {
        queue.name.partition(".")[0]
        for queue in handler_queues()
        if queue.name.endswith(".privacy.erase_person")
    }

    # auth-service lets go in the transaction that ends the account.
    assert erasing == set(SERVICES) - {"auth-service"}
    assert set(ANSWERING) == set(SERVICES)
