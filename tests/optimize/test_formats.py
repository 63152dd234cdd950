"""Files: one small problem in every format with the same values, and all the ways in which files are wrong."""

import itertools

import numpy as np
import pytest
from scipy import io, sparse

import hebbfast as hb

RUDY = "3 3 a triangle\r\n1 2 4\r\n2 3\r\n1 3 -2\r\n\r\n"


def read(tmp_path, text, name="problem.txt", kind=None, **options):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return hb.optimize.read(path, kind, **options)


def table(problem):
    """All values."""
    values = (-1, 1) if problem.kind == "ising" else (0, 1)
    return [problem.value(x) for x in itertools.product(values, repeat=problem.variables)]


def quadratic(Q):
    return [int(np.array(x) @ Q @ x) for x in itertools.product((0, 1), repeat=len(Q))]


def test_rudy(tmp_path):
    """Carriage returns, words behind the head, a weight left out, an empty last line."""
    problem = read(tmp_path, RUDY)
    assert (problem.kind, problem.sense, problem.name) == ("maxcut", "max", "problem.txt")
    assert table(problem) == [0, -1, 5, 2, 2, 5, -1, 0]
    spins = read(tmp_path, RUDY, kind="ising")
    assert spins.value([1, 1, 1]) == -3 and spins.sense == "min"
    once = read(tmp_path, "2 2\n1 2 3\n2 2 5", kind="qubo")
    assert table(once) == [0, 5, 0, 8]


def test_rudy_without_edges_and_with_floats(tmp_path):
    empty = read(tmp_path, "4 0\n")
    assert empty.variables == 4 and empty.solve().cut == 0
    assert read(tmp_path, "2 1\n2 1 0.5").value([0, 1]) == 0.5
    assert read(tmp_path, "2 1\n2 1 -1e-3").value([0, 1]) == -1e-3
    assert read(tmp_path, f"2 1\n2 1 {-(2**63)}").value([0, 1]) == -(2**63)


Q = np.array([[-1, 2, 0], [2, 3, -4], [0, -4, -5]])


def test_biq_mac(tmp_path):
    """Q is symmetric, a pair is written once and counts twice; minimised. All of Q, in lines of any length."""
    rows = "# of the library\n3 5\n1 1 -1\n1 2 2\n2 2 3\n3 2 -4\n3 3 -5\n"
    problem = read(tmp_path, rows, "q.sparse")
    assert (problem.kind, problem.sense) == ("qubo", "min")
    assert table(problem) == quadratic(Q)
    assert table(read(tmp_path, "3\n-1 2 0\n2 3 -4 0\n-4\n-5\n", "q.mat")) == quadratic(Q)
    assert table(read(tmp_path, RUDY, "g.sparse", "maxcut")) == [0, -1, 5, 2, 2, 5, -1, 0]
    assert table(read(tmp_path, "3\n0 4 -2\n4 0 1\n-2 1 0", "g.mat", "maxcut")) == [0, -1, 5, 2, 2, 5, -1, 0]


def test_or_library(tmp_path):
    text = " 2\n 3 5\n 1 1 -1\n 1 2 2\n 2 2 3\n 2 3 -4\n 3 3 -5\n 2 1\n 1 2 7\n"
    problem = read(tmp_path, text, number=1)
    assert (problem.kind, problem.sense, problem.name) == ("qubo", "max", "problem.txt 1")
    assert table(problem) == quadratic(Q)
    assert problem.solve(sweeps=20, rng=0).fun == max(quadratic(Q))
    assert table(read(tmp_path, text, number=2)) == [0, 0, 0, 14]
    with pytest.raises(ValueError, match="number must say which of the 2 problems"):
        read(tmp_path, text)
    with pytest.raises(ValueError, match=r"number must be at most 2, the problems in .*, got 3"):
        read(tmp_path, text, number=3)
    alone = read(tmp_path, "1\n2 1\n1 2 7\n")
    assert alone.name == "problem.txt" and alone.value([1, 1]) == 14


def test_qbsolv(tmp_path):
    """Comments anywhere, nodes with gaps, each coefficient once."""
    text = "c a comment\np qubo 0 5 2 2\n0 0 -3\nc one more\n4 4 2\n0 4 5\n1 4 -6\nc the end\n"
    problem = read(tmp_path, text)
    assert (problem.kind, problem.variables) == ("qubo", 5)
    assert problem.value([1, 0, 0, 0, 1]) == 4 and problem.value([1, 1, 1, 1, 1]) == -2
    assert read(tmp_path, "p qubo unconstrained 2 0 1\n0 1 1.5").value([1, 1]) == 1.5
    assert read(tmp_path, "p qubo 0 0 0 0\n").solve().fun == 0


def test_dimod(tmp_path):
    """dimod's energy of spins: h·s + s'Js, each pair once."""
    text = "# vartype={}\n0 0 1.000000\n0 1 -2.000000\n2 1 4\n"
    spins, bits = (read(tmp_path, text.format(word)) for word in ("SPIN", "BINARY"))
    assert (spins.kind, bits.kind) == ("ising", "qubo")
    for s in itertools.product((-1, 1), repeat=3):
        assert spins.value(s) == s[0] - 2 * s[0] * s[1] + 4 * s[1] * s[2]
        x = [(v + 1) // 2 for v in s]
        assert bits.value(x) == x[0] - 2 * x[0] * x[1] + 4 * x[1] * x[2]
    assert read(tmp_path, "# vartype=SPIN\n").solve().fun == 0
    commented = read(tmp_path, "# vartype=SPIN\n# a comment\n0 1 2\n#\n1 1 3\n")
    assert table(commented) == [-1, 1, -5, 5]


@pytest.mark.parametrize("symmetry", ["symmetric", "general"])
def test_matrix_market(tmp_path, symmetry):
    """Written by SciPy: both triangles, or one; a pattern has weights of 1."""
    matrix = sparse.coo_array([[0, 4, -2], [4, 0, 1], [-2, 1, 0]])
    io.mmwrite(tmp_path / "a.mtx", matrix, symmetry=symmetry)
    problem = hb.optimize.read(tmp_path / "a.mtx")
    assert table(problem) == [0, -1, 5, 2, 2, 5, -1, 0]
    assert table(hb.optimize.read(tmp_path / "a.mtx", "qubo")) == quadratic(matrix.toarray())
    io.mmwrite(tmp_path / "b.mtx", matrix.toarray())
    assert table(hb.optimize.read(tmp_path / "b.mtx")) == table(problem)
    pattern = "%%MatrixMarket matrix coordinate pattern symmetric\n3 3 2\n2 1\n3 2\n"
    assert read(tmp_path, pattern).value([0, 1, 0]) == 2
    lower = "%%MatrixMarket matrix array integer symmetric\n3 3\n0\n4\n-2\n0\n1\n0\n"
    assert table(read(tmp_path, lower)) == table(problem)
    added = "%%MatrixMarket matrix coordinate integer symmetric\n2 2 2\n2 1 3\n2 1 4\n"
    assert read(tmp_path, added).value([0, 1]) == 7


HEAD = "%%MatrixMarket matrix coordinate integer general\n"
WRONG = [
    ("", "a", None, "a: it is empty"),
    ("\n \n", "a", None, "a: it is empty"),
    (b"5 1\n1 2\n\xff\xfe", "a", None, "a, line 3: not text"),
    ("3 3\n1 2\n2 3\n", "a", None, "a, line 4: the file ends before edge 3 of 3"),
    ("3 1\n1 2\n2 3\n", "a", None, "a, line 3: nothing may follow the 1 edges that line 1 promises, got '2'"),
    ("3 1\n1 4\n", "a", None, "a, line 2: an index must be an integer from 1 to 3, got '4'"),
    ("3 1\n0 1\n", "a", None, "a, line 2: an index must be an integer from 1 to 3, got '0'"),
    ("3 1\n1 1\n", "a", None, "a, line 2: an edge must have two ends, got 1 twice"),
    ("3 2\n1 2\n\n2 1\n", "a", None, "a, line 4: 2 1 was given before, in line 2"),
    ("3 1\n1 2 nan\n", "a", None, "a, line 2: the weight must be a finite number, got 'nan'"),
    ("3 1\n1 2 1e999\n", "a", None, "a, line 2: the weight must be a finite number, got '1e999'"),
    ("3 1\n1 2 x\n", "a", None, "a, line 2: the weight must be a finite number, got 'x'"),
    ("3 1\n1 2 1_0\n", "a", None, "a, line 2: the weight must be a finite number, got '1_0'"),
    ("3 1\n1 2 9223372036854775808\n", "a", None, "a, line 2: the weight must be an integer of 64 bits or a float"),
    ("3 1\n1 2 " + "9" * 5000, "a", None, "a, line 2: the weight must be an integer of 64 bits or a float"),
    ("3 1\n1 2 3 4\n", "a", None, "a, line 2: an edge must have 2 to 3 numbers, got 4"),
    ("3 1\n1\n", "a", None, "a, line 2: an edge must have 2 to 3 numbers, got 1"),
    ("3 1.5\n1 2\n", "a", None, "a, line 1: the number of edges must be an integer from 0 to 100000000, got '1.5'"),
    ("x y\n", "a", None, "a, line 1: the number of vertices must be an integer"),
    ("0 0\n", "a", None, "a, line 1: the number of vertices must be an integer from 1 to"),
    ("3\n1 2\n", "a", "maxcut", "a, line 1: the first line must have the numbers of vertices and of edges"),
    ("# only a comment\n", "a", None, "a, line 2: the file ends before the number of vertices"),
    ("2\n1 2 3\n", "a.mat", None, "a.mat, line 3: the file ends before number 4 of 4"),
    ("2\n1 2 3 4 5\n", "a.mat", None, "a.mat, line 2: 2 rows must have 4 numbers, got more"),
    ("2\n0 1 2 0\n", "a.mat", "maxcut", "a.mat: graph must be symmetric"),
    ("2\n1 1 1 0\n", "a.mat", "maxcut", "a.mat, line 2: the diagonal of a graph must be zero, got 1 in row 1"),
    (
        "2 1\n1 2 4611686018427387904\n",
        "a.sparse",
        None,
        "a.sparse, line 2: twice the weight, for a pair counts twice,",
    ),
    (
        "2 1\n1 2 1e308\n",
        "a.sparse",
        None,
        "a.sparse, line 2: twice the weight, for a pair counts twice, must be a finite",
    ),
    ("3 2\n1 2 1.7e308\n2 3 1.7e308\n", "a", None, r"a: weights must have sizes that add up to less than 1e\+300"),
    (
        "1\n2 1\n2 1 -4611686018427387905\n",
        "a",
        None,
        "a, line 3: twice the weight, for a pair counts twice, must be an",
    ),
    ("3 1\n1 2 " + "0" * 1000 + "1", "a", None, "a, line 2: the weight must be an integer of 64 bits or a float"),
    ("1\n2 2\n1 2 3\n2 1 4\n", "a", None, "a, line 4: 2 1 was given before, in line 3"),
    ("1\n2 2\n1 2 3\n", "a", None, "a, line 4: the file ends before entry 2 of 2 of problem 1"),
    ("2\n2 1\n1 2 3\n", "a", None, "a, line 4: the file ends before problem 2"),
    ("1\n2 1\n1 2 3\n4 5\n", "a", None, "a, line 4: nothing may follow the last problem, got '4'"),
    ("1\n2 1\n1 2\n", "a", None, "a, line 3: an entry must have 3 numbers, got 2"),
    ("1\n2 1\n1 2 3\n", "a", "ising", "a, line 1: the first line must have"),
    ("p qubo 0 3 1 0\n0 1 1\n", "a", None, "a, line 2: node 1 of 1 must be i i w, got 0 1"),
    ("p qubo 0 3 0 1\n1 1 1\n", "a", None, "a, line 2: coupler 1 of 1 must be i j w with i < j, got 1 1"),
    ("p qubo 0 3 0 1\n1 0 1\n", "a", None, "a, line 2: coupler 1 of 1 must be i j w with i < j, got 1 0"),
    ("p qubo 0 3 0 2\n0 1 1\nc\n0 1 1\n", "a", None, "a, line 4: 0 1 was given before, in line 2"),
    ("p qubo 0 3 0 1\n0 3 1\n", "a", None, "a, line 2: an index must be an integer from 0 to 2, got '3'"),
    ("p qubo 0 3 1 1\n0 0 1\n", "a", None, "a, line 3: the file ends before coupler 1 of 1"),
    ("p qubo 0 3 0 0\n0 0 1\n", "a", None, "a, line 2: nothing may follow the 0 nodes and 0 couplers"),
    ("p qubo chimera 3 0 0\n", "a", None, "a, line 1: the topology must be 0 or unconstrained, got 'chimera'"),
    ("p cnf 3 0\n", "a", None, "a, line 1: the first line must be: p qubo 0 maxNodes"),
    ("c\n", "a", None, "a, line 2: the file ends before the line that begins with p"),
    ("p qubo 0 3 0 0\n", "a", "ising", "kind must be 'qubo' for .*, whose format says so, got 'ising'"),
    ("# vartype=DISCRETE\n", "a", None, "a, line 1: the variable type must be named by # vartype=SPIN or"),
    ("# a comment\n0 1 1\n", "a.coo", None, "a.coo, line 1: the variable type must be named by"),
    ("# vartype=SPIN\n0 1\n", "a", None, "a, line 2: a row must have 3 numbers, got 2"),
    ("# vartype=SPIN\n0 1 1\n1 0 1\n", "a", None, "a, line 3: 1 0 was given before, in line 2"),
    (
        "# vartype=SPIN\n0 1 -9223372036854775808\n",
        "a",
        None,
        "a, line 2: the weight with our sign must be an integer of",
    ),
    ("# vartype=SPIN\n0 -1 1\n", "a", None, "a, line 2: an index must be an integer from 0"),
    (HEAD + "2 2 2\n1 2 1\n2 2 1\n", "a", None, "a, line 4: an edge must have two ends, got 2 twice"),
    (HEAD + "2 2 2\n1 2 1\n2 1 2\n", "a", None, "a: graph must be symmetric"),
    (HEAD + "2 3 1\n1 2 1\n", "a", None, "a, line 2: the matrix must be square, got 2 rows and 3 columns"),
    (HEAD + "2 2 2\n1 2 1\n", "a", None, "a, line 4: the file ends before entry 2 of 2"),
    (HEAD + "2 2 1\n%\n1 3 1\n", "a", None, "a, line 4: an index must be an integer from 1 to 2, got '3'"),
    (HEAD + "2 2 1\n1 2 1\n2 1 1\n", "a", None, "a, line 4: nothing may follow the entries that line 2 promises"),
    (HEAD + "2 2 1\n1 2\n", "a", None, "a, line 3: an entry must have 3 numbers, got 2"),
    (HEAD + "2 2\n", "a", None, "a, line 2: the size of the matrix must have 3 numbers, got 2"),
    (HEAD + "2 2 2\n" + f"1 2 {2**62}\n" * 2, "a", None, "a, line 4: the sum of entries at 1 2 must be an integer of"),
    (
        HEAD.replace("integer", "real") + "2 2 2\n" + "1 2 1.7e308\n" * 2,
        "a",
        None,
        "a, line 4: the sum .* finite number, got inf",
    ),
    (HEAD.replace("integer", "complex"), "a", None, "a, line 1: the field must be one of integer, real, pattern, got"),
    (HEAD.replace("general", "hermitian"), "a", None, "a, line 1: the symmetry must be one of general, symmetric, got"),
    (
        HEAD.replace("coordinate", "array") + "2 2\n0\n2\n",
        "a",
        None,
        "a, line 5: the file ends before row 1 of column 2",
    ),
    ("%%MatrixMarket matrix array pattern general\n", "a", None, "a, line 1: an array must have numbers, got pattern"),
    ("%%MatrixMarket vector\n", "a", None, "a, line 1: the first line must be: %%MatrixMarket matrix FORMAT"),
]


@pytest.mark.parametrize(("text", "name", "kind", "message"), WRONG)
def test_wrong_files_are_refused_by_file_and_line(tmp_path, text, name, kind, message):
    with pytest.raises(ValueError, match=message):
        read(tmp_path, text, name, kind)


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such file: "):
        hb.optimize.read(tmp_path / "a")
    with pytest.raises(ValueError, match="not a regular file"):
        hb.optimize.read(tmp_path)
    with pytest.raises(TypeError, match="path must be a path"):
        hb.optimize.read(3)
    with pytest.raises(ValueError, match="kind must be one of 'ising', 'maxcut', 'qubo', got 'cut'"):
        hb.optimize.read(tmp_path / "a", "cut")
    with pytest.raises(ValueError, match="number must be an integer of at least 1, got 0"):
        hb.optimize.read(tmp_path / "a", number=0)


def test_a_g_set_instance_survives_its_file(tmp_path):
    problem = hb.optimize.gset("G14")
    rows = zip(problem.first + 1, problem.second + 1, problem.weights, strict=True)
    lines = [f"{problem.variables} {len(problem.weights)}", *(f"{i} {j} {w}" for i, j, w in rows)]
    found = read(tmp_path, "\n".join(lines))
    x = np.random.default_rng(0).integers(0, 2, 800)
    assert found.value(x) == problem.value(x)
