"""Lines of numbers: what programs write, and every way in which a line can be wrong, named by its number."""

import csv
import subprocess
import sys

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import files
from hebbfast.files import blocks

PATTERNS = hb.random_patterns(5, 12, rng=0)


@pytest.fixture
def read(tmp_path):
    def write_and_read(content, name="a.csv", **options):
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return files.read(tmp_path / name, **options)

    return write_and_read


@pytest.mark.parametrize("size", [1, 2**26])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", " ", ", ", "  "])
@pytest.mark.parametrize("form", ["%d", "%+.3f", "%.18e"])
def test_what_numpy_writes(tmp_path, monkeypatch, size, delimiter, form):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", size)
    for newline in ("\n", "\r\n"):
        np.savetxt(tmp_path / "a", PATTERNS, form, delimiter, newline, header="a comment\nof two lines", footer="end")
        patterns, names = files.read(tmp_path / "a")
        np.testing.assert_array_equal(patterns.unpack(), PATTERNS)
        assert names == ["0", "1", "2", "3", "4"]


def test_what_the_csv_module_writes(tmp_path):
    with open(tmp_path / "a.txt", "w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows([[f"pixel {j} µ" for j in range(12)], *PATTERNS.tolist()])
    np.testing.assert_array_equal(files.read(tmp_path / "a.txt")[0].unpack(), PATTERNS)


def test_what_pandas_writes(tmp_path):
    pandas = pytest.importorskip("pandas")
    pandas.DataFrame(PATTERNS, columns=list("abcdefghijkl")).to_csv(tmp_path / "a.csv", index=False)
    np.testing.assert_array_equal(files.read(tmp_path / "a.csv")[0].unpack(), PATTERNS)


def test_what_pandas_writes_unasked_is_refused(tmp_path):
    """Columns counted from 0 look like a pattern, as does an index."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(PATTERNS)
    for options, message in (({}, "line 1, column 1: a number is wanted, got ''"), ({"index": False}, "0 to 11")):
        frame.to_csv(tmp_path / "a.csv", **options)
        for threshold in (None, "mean"):
            with pytest.raises(ValueError, match=message) as caught:
                files.read(tmp_path / "a.csv", threshold=threshold)
            assert "in pandas by to_csv(header=False, index=False)" in str(caught.value)
    frame.to_csv(tmp_path / "a.csv", index=False, header=False)
    np.testing.assert_array_equal(files.read(tmp_path / "a.csv")[0].unpack(), PATTERNS)


def test_counting_columns_need_three(read):
    for content, expected in (("0,1\n1,0\n", [[-1, 1], [1, -1]]), ("0.0,1,2\n2,1,0\n", [[-1, 1, 1], [1, 1, -1]])):
        assert read(content, threshold=0.5)[0].unpack().tolist() == expected


@pytest.mark.parametrize(
    ("names", "mark"),
    [
        ("a b", " "),
        ("  unit_1   unit_2 ", " "),
        ('"unit 1" "unit 2"  # both', " "),
        ('a,"b, or c"', ","),
        ('"#1", "#2"', ","),
        ('"a;b";c # c, d', ";"),
        ('a\t"b,c"', "\t"),
    ],
)
def test_a_line_of_names_is_passed_over(read, names, mark):
    for newline in ("\n", "\r\n"):
        lines = ["# comment", "", names, f"1{mark}-1", f"-1{mark}-1  # the second"]
        assert read(newline.join(lines))[0].unpack().tolist() == [[1, -1], [-1, -1]]


def test_empty_lines_and_comments_are_passed_over(read):
    for content in (
        "1 -1 # 1\n-1 -1# 2 -1\n\t# 3",
        "1,-1 # one, two\n-1,-1\t#",
        "1\t-1\t# first\n-1\t-1",
        "1 -1\n-1 -1",
        "\ufeff\n\n1,-1\n\n \t \n-1,-1\n\n",
        "# 3\n1;-1\r\n#\r\n-1;-1\r\n",
        "\r1\t-1\r-1\t-1\r",
        "  1   -1 \n -1   -1 \n",
    ):
        patterns, names = read(content)
        assert (patterns.unpack().tolist(), names) == ([[1, -1], [-1, -1]], ["0", "1"])


def test_a_line_longer_than_a_look_at_the_beginning(read):
    wide = hb.random_patterns(2, 2**19, rng=1)
    np.testing.assert_array_equal(read("\n".join(" ".join(map(str, row)) for row in wide.tolist()))[0].unpack(), wide)


def test_thresholds_as_of_arrays(tmp_path):
    """Each as the same values in a .npy file: signs stay, others are cut row by row."""
    grey = np.random.default_rng(0).integers(0, 256, (6, 9))
    for values in (grey, grey % 2, grey / 7 - 20, PATTERNS):
        np.save(tmp_path / "a.npy", values.astype(float))
        np.savetxt(tmp_path / "a.csv", values, "%.17g", ",")
        for threshold in ("balanced", "mean", 0.5, 100):
            expected, found = (files.read(tmp_path / name, threshold=threshold)[0] for name in ("a.npy", "a.csv"))
            assert found == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("1,-1\n1,0\n", "line 2, column 2: without a threshold only +1 and -1 are taken, got 0"),
        ("\n# of zeros\n0,1\n", "line 3, column 1: without a threshold only +1 and -1 are taken, got 0"),
        ("1,-1\n\n1\n", "line 3 has 1 value, but line 1 has 2"),
        ("1,-1\n1,1,-1\n", "line 2 has 3 values, but line 1 has 2"),
        ("a,b,c\n1,-1\n", "line 2 has 2 values, but line 1 has 3"),
        ("1,-1\n1,", "line 2, column 2: a number is wanted, got ''"),
        ("1,-1\n1,-", "line 2, column 2: a number is wanted, got '-'"),
        ("1,-1\nx,y\n1,1\n", "line 2, column 1: a number is wanted, got 'x'"),
        ("a,b\nc,d\n1,1\n", "neither .npy, .npz, .mat, lines of numbers"),
        (",b\n1,1\n", "line 1, column 1: a number is wanted, got ''"),
        ("1;-1\n1,0;-1\n", "line 2, column 1: a number is wanted, got '1,0'"),
        ("1 -1\n1,-1\n", "line 2, column 1: a number is wanted, got '1,-1'"),
        ("1,-1\n1,nan\n", "line 2, column 2: a finite number is wanted, got nan"),
        ("NaN,1\n", "line 1, column 1: a finite number is wanted, got nan"),
        ("1,-1\n-inf,1\n", "line 2, column 1: a finite number is wanted, got -inf"),
        ("1,1e999\n", "line 1, column 2: a finite number is wanted, got inf"),
        ("1,1_0\n", "line 1, column 2: a number is wanted, got '1_0'"),
        ("1,\u0661\n", "line 1, column 2: a number is wanted, got '\u0661'"),
        (b"1,1\xff\n", "line 1, column 2: a number is wanted, got '1\\udcff'"),
        (b"1,1\x00\n", "neither .npy, .npz, .mat, lines of numbers"),
        ("\ufeff", "none of theirs"),
        ("no numbers\n", "none of theirs"),
        ("1 -1\n".encode("utf-16"), "it is text of UTF-16, UTF-8 is wanted"),
    ],
)
def test_wrong_lines_are_named(read, content, message):
    with pytest.raises(ValueError, match=r"a\.csv: ") as caught:
        read(content)
    assert message in str(caught.value)


def test_values_are_finite_with_a_threshold_too(read):
    with pytest.raises(ValueError, match="line 2, column 1: a finite number is wanted, got nan"):
        read("0,1\nnan,1\n", threshold=0.5)


def test_a_text_cut_short_is_read_or_named(read):
    """Cut anywhere: whole lines, or an error that names the last line."""
    text = "\n".join(",".join(map(str, row)) for row in PATTERNS.tolist())
    read_whole = 0
    for end in range(len("1,-1"), len(text)):
        whole = text[:end].count("\n")  # lines
        try:
            found = read(text[:end])[0].unpack().tolist()
        except ValueError as error:
            wrong = str(error)
        else:
            wrong, read_whole = "", read_whole + 1
            assert found[:whole] == PATTERNS[:whole].tolist()
        assert not wrong or f"line {whole + 1}" in wrong
    assert read_whole >= 4  # behind a line


def test_text_needs_no_pillow_and_a_picture_of_text_stays_one(read, tmp_path):
    pytest.importorskip("PIL")
    for text in ("P1\n2 1\n1 0\n", "P1 # of two, or so\n2 1\n1 0\n", "P1 2 1\n1 0\n", "P1\n# a b\n2 1\n1 0\n"):
        assert read(text, "bits.pbm")[0].unpack().tolist() == [[-1, 1]]
    (tmp_path / "a.txt").write_text("1 -1\n")
    code = "import sys; sys.modules['PIL'] = None; from hebbfast import files; print(len(files.read('a.txt')[0]))"
    done = subprocess.run([sys.executable, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
