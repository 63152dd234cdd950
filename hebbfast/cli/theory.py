"""The command ``hebbfast theory``: what theory says about one network, in one table."""

from collections.abc import Iterator
from typing import Any

import click

from hebbfast.cli._shared import JSON, answer, blamed, examples, interaction_option, show, table

Row = tuple[str, Any, Any, Any]  # a quantity: exact, Gaussian, for many units


@click.command(
    epilog=examples("theory --units 1000 --patterns 100", "theory --units 500 --interaction polynomial:3 --json")
)
@interaction_option("polynomial:2")
@click.option("--units", type=click.IntRange(min=2), required=True, help="D, the units of a pattern.")
@click.option("--patterns", type=click.IntRange(min=1), help="K, the stored patterns.  [default: capacities alone]")
@click.option("--flips", type=click.IntRange(min=0), default=0, show_default=True, help="Units flipped in the cue.")
@click.option(
    "--error", type=click.FloatRange(0, 0.5, min_open=True, max_open=True), default=0.005, show_default=True,
    help="Allowed error of a unit.",
)  # fmt: skip
@JSON
def theory(interaction: Any, units: int, patterns: int | None, flips: int, error: float) -> None:
    """Show what theory says about D units and K random patterns: errors of one update, capacities, retrieval phase.

    Exact: the law of the noise of one update. Gaussian: its exact variance alone. Large D: leading order, and
    mean-field theory at temperature zero.
    """
    with blamed("theory"):
        rows = list(theory_rows(units, patterns, interaction, flips, error))
    said = table(described(interaction, units, patterns), "exact", "Gaussian", "large D", left=1)
    for quantity, *values in rows:
        said.add_row(quantity, *("" if value is None else shown(value) for value in values))
    show(said)
    answer(
        interaction=interaction, units=units, patterns=patterns, flips=flips, error=error,
        rows=[dict(zip(("quantity", "exact", "gaussian", "large D"), row, strict=True)) for row in rows],
    )  # fmt: skip


def theory_rows(D: int, K: int | None, interaction: Any, flips: int = 0, error: float = 0.005) -> Iterator[Row]:
    """The rows of the table, as numbers; None where there is nothing to say."""
    from hebbfast import theory

    if K is not None:
        yield "signal / noise of one update", theory.snr(D, K, interaction, flips), None, None
        wrong, gaussian = (theory.unit_error(D, K, interaction, how, "keep", flips) for how in ("exact", "gaussian"))
        halves = theory.unit_error(D, K, interaction, "exact", "plus", flips)
        if wrong == halves:  # no ties, or half of each counts anyway
            yield "unit wrong", wrong, gaussian, None
        else:
            yield "unit wrong, a zero field being right", wrong, None, None
            yield "unit wrong, a zero field half of the time", halves, gaussian, None
        yield "wrong units of a pattern, expected", D * halves, D * gaussian, None
        yield "no wrong unit, were they independent", (1 - halves) ** D, (1 - gaussian) ** D, None
    for criterion, allowed, quantity in (
        ("unit", error, f"K: {error:.4g} of the units wrong"),
        ("pattern", 0.5, "K: half of the patterns with a wrong unit"),
        ("all", 0.5, "K: half a unit of all patterns wrong"),
    ):
        exact, gaussian = (
            theory.capacity(D, interaction, criterion, allowed, how, flips) for how in ("exact", "gaussian")
        )
        large = None if flips else theory.asymptotic_capacity(D, interaction, criterion, error)
        yield quantity, exact, gaussian, large
    try:
        end = theory.mean_field.critical_load(interaction=interaction)
    except ValueError:
        return  # no mean-field equations for this interaction
    n = interaction.degree
    load = "K/D" if n == 2 else f"K/D^{n - 1}"
    yield "K: the retrieval phase ends", None, None, theory.asymptotic_capacity(D, interaction, "retrieval")
    yield f"  load {load} there", None, None, end.alpha
    yield "  overlap per unit there", None, None, end.overlap
    if K is not None:
        alpha = K / float(D) ** (n - 1)
        yield f"load {load} of these patterns", None, None, alpha
        yield "  overlap per unit, recalled", None, None, theory.mean_field.solve(alpha, 0.0, interaction).overlap
        yield "  retrieval states", None, None, _kind(theory, alpha, end.alpha, n)


def _kind(theory: Any, alpha: float, end: float, n: int) -> str:
    """What the retrieval states of a load are at temperature zero."""
    if alpha > end:
        return "none"
    if n > 2:
        return "present"
    return "ground states" if alpha < theory.mean_field.thermodynamic_load(0.0) else "metastable"


def described(interaction: Any, D: int, K: int | None) -> str:
    """The network in short."""
    return f"{interaction}, D = {D:,}" + (f", K = {K:,}" if K else "")


def shown(value: Any) -> str:
    """A number with five digits, a word as it is."""
    if isinstance(value, str):
        return value
    return f"{value:,.1f}" if 1000 <= value < 1e9 else f"{value:.5g}"
