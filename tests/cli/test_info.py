"""`hebbfast info`: what one needs for a report."""

import numpy as np

import hebbfast as hb


def test_info(started):
    lines = dict(line.split(maxsplit=1) for line in started("info").stdout.splitlines())
    text = started("info", env={"HEBBFAST_NUM_THREADS": "3"}).stdout
    for level in hb.available_simd_levels():
        assert level in text
    assert lines["NumPy"] == np.__version__
    assert text.split()[-1] == "3"


def test_settings_of_the_environment_are_named(started):
    for value in ("many", "0", "-1", "2.5", "1e3"):
        errors = started("info", env={"HEBBFAST_NUM_THREADS": value}, code=1).stderr
        assert "HEBBFAST_NUM_THREADS" in errors and value in errors and len(errors.splitlines()) == 1
    errors = started("info", env={"HEBBFAST_SIMD": "AVX2!"}, code=1).stderr
    assert "HEBBFAST_SIMD" in errors and "AVX2!" in errors and len(errors.splitlines()) == 1


def test_settings_of_others_do_no_harm(started):
    plain = started("theory", "--units", 30).stdout
    for name, value in (
        ("COLUMNS", "abc"),
        ("COLUMNS", "0"),
        ("COLUMNS", "²"),
        ("COLUMNS", "9" * 30),
        ("TERM", "dumb"),
        ("NO_COLOR", "1"),
    ):
        assert started("theory", "--units", 30, env={name: value}).stdout == plain
        assert started("--help", env={name: value}).stdout.startswith("Usage: hebbfast")
