"""Results as files: NumPy reads them, and none stands over what was read."""

import io
import os

import numpy as np
import pytest
from PIL import Image

from hebbfast.files import refuse_over_input, write_arrays


def test_an_archive_holds_what_was_given_and_no_more():
    arrays = {"states": np.ones((2, 3), np.int8), "converged": np.array([True]), "epochs": 7}
    write_arrays(file := io.BytesIO(), arrays)
    with np.load(io.BytesIO(file.getvalue()), allow_pickle=False) as found:
        assert sorted(found) == sorted(arrays)
        for name, values in arrays.items():
            np.testing.assert_array_equal(found[name], values)
            assert found[name].dtype == np.asarray(values).dtype


def test_objects_are_refused():
    with pytest.raises(TypeError, match="arrays must hold numbers, got dtype object in 'a'"):
        write_arrays(io.BytesIO(), {"a": [None]})


def test_outputs_over_inputs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("p.npz", a=np.ones(3))
    os.mkdir("pictures")
    Image.new("L", (3, 3)).save("pictures/a.PNG")
    np.savez("pictures/result.npz", np.ones(3))  # of the run before: no picture, not read
    inputs = ["c.npy", "p.npz:a", "pictures"]
    os.symlink("p.npz", "soft")
    os.link("pictures/a.PNG", "hard.png")
    for output in ("p.npz", "./pictures/../p.npz", tmp_path / "p.npz", "soft", "pictures/a.PNG", "hard.png"):
        with pytest.raises(
            ValueError, match=r"--out must not name a file that is read, got '.*': it is '(p\.npz|pict)"
        ):
            refuse_over_input(output, inputs, name="--out")
    for output in ("new.npz", "pictures/new.npz", "pictures/result.npz"):
        refuse_over_input(output, inputs)
