"""A table of the terminal shows evidence whole."""

import io

from rich.console import Console

from auditor.cli.grid import add, grid


def shown(*values: str | None) -> str:
    table = grid(*(str(place) for place in range(len(values))))
    add(table, *values)
    out = io.StringIO()
    Console(file=out, width=40).print(table)
    return out.getvalue()


def test_a_long_value_is_folded_and_never_cut() -> None:
    digest = "0123456789abcdef" * 4
    text = shown(digest, "b")
    assert "…" not in text
    assert digest in "".join(line.split()[0] for line in text.splitlines()[2:] if line.strip())


def test_a_missing_value_was_not_seen_and_markup_is_only_text() -> None:
    assert "not seen" in shown(None)
    assert "[bold]x[/bold]" in shown("[bold]x[/bold]")
