"""Tables for the terminal that never cut a value: what does not fit is folded."""

from rich import box
from rich.table import Table
from rich.text import Text


def grid(*names: str) -> Table:
    """A table with these columns."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in names:
        table.add_column(name, overflow="fold")
    return table


def add(table: Table, *values: str | None) -> None:
    """A row of plain texts; nothing in them is markup, and a value that is missing was not seen."""
    table.add_row(*(Text("not seen" if value is None else value) for value in values))
