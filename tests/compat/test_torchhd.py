"""torchhd's memories: the peer's tensors, and formulas in NumPy where torch alone is installed."""

import copy
import pickle
import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")
import hebbfast.compat.torchhd as ours  # noqa: E402


def items(seed, count, units, dtype=torch.float32):
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.choice([-1, 1], size=(count, units))).to(dtype)


def outer(stored, kappa=np.inf):
    made = stored.numpy().astype(float)
    made = made.T @ made
    np.fill_diagonal(made, 0)
    return made.clip(-kappa, kappa)


def direct(stored, cue):
    """ln Σ e^(ξ · q) with each unit at +1, minus the same at -1, from the sums themselves."""
    found = np.empty(len(cue))
    for unit in range(len(cue)):
        ways = np.array([cue, cue], dtype=float)
        ways[:, unit] = 1, -1
        found[unit] = np.subtract(*np.logaddexp.reduce(ways @ stored.T, axis=1))
    return found


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int16, torch.int32, torch.int64])
@pytest.mark.parametrize(("count", "units"), [(1, 1), (5, 64), (8, 100), (200, 33)])
def test_reads(dtype, count, units):
    stored, cues = items(0, count, units, dtype), items(1, 6, units, dtype).reshape(2, 3, units)
    found = ours.hopfield(cues, stored)
    assert (found.dtype, found.shape) == (dtype, cues.shape)
    np.testing.assert_array_equal(found.numpy(), cues.numpy() @ outer(stored))
    np.testing.assert_array_equal(ours.hopfield(cues[0, 0], stored).numpy(), found[0, 0].numpy())
    small = ours.hopfield(cues.to(torch.int8), stored.to(torch.int8))
    assert small.dtype == torch.int32
    np.testing.assert_array_equal(small.numpy(), found.numpy())
    clamped = ours.hopfield(cues, stored, kappa=2)
    np.testing.assert_array_equal(clamped.numpy(), cues.numpy() @ outer(stored, 2))
    if dtype.is_floating_point:
        halves = ours.hopfield(cues / 2, stored)
        np.testing.assert_allclose(halves.numpy(), cues.numpy() / 2 @ outer(stored), atol=1e-4)


def test_gradients_go_the_way_of_torch():
    stored, cues = items(0, 4, 20), items(1, 2, 20).requires_grad_()
    ours.hopfield(cues, stored).sum().backward()
    np.testing.assert_array_equal(cues.grad.numpy(), np.tile(outer(stored).sum(axis=1), (2, 1)))


@pytest.mark.parametrize(("count", "units"), [(1, 1), (5, 30), (40, 12)])
def test_modern_reads(count, units):
    stored, cues = items(2, count, units, torch.float64), items(3, 4, units, torch.float64)
    cues[0] = stored[0]
    found = ours.modern_hopfield(cues, stored)
    expected = [direct(stored.numpy(), cue) for cue in cues.numpy()]
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12, atol=1e-12)
    assert ours.modern_hopfield(cues.int(), stored.int()).dtype == torch.float32
    halves = ours.modern_hopfield(cues / 2, stored)
    expected = [direct(stored.numpy(), cue) for cue in cues.numpy() / 2]
    np.testing.assert_allclose(halves.numpy(), expected, rtol=1e-12, atol=1e-12)


def test_modern_reads_go_the_way_of_torch():
    """Gradients against differences of the formula; shapes alone on the device without numbers."""
    stored, cues = items(2, 5, 8, torch.float64), items(3, 2, 8, torch.float64)
    learned = stored.clone().requires_grad_()
    ours.modern_hopfield(cues, learned).sum().backward()
    ends = []
    for step in (1e-6, -1e-6):
        moved = stored.numpy().copy()
        moved[2, 3] += step
        ends.append(sum(direct(moved, cue).sum() for cue in cues.numpy()))
    assert float(learned.grad[2, 3]) == pytest.approx((ends[0] - ends[1]) / 2e-6, abs=1e-6)
    found = ours.modern_hopfield(cues.to("meta"), stored.to("meta"))
    assert (found.device.type, found.shape) == ("meta", cues.shape)


def test_reads_of_sixteen_bits():
    """Sums up to 70, exact in bfloat16."""
    stored, cues = items(0, 5, 15), items(1, 3, 15)
    small = [values.to(torch.bfloat16) for values in (cues, stored)]
    memory = ours.Hopfield(15, dtype=torch.bfloat16)
    memory.write(small[1])
    for found in (ours.hopfield(*small), ours.hopfield(*small, 9), memory.read(small[0])):
        assert found.dtype == torch.bfloat16
        np.testing.assert_array_equal(found.float().numpy(), cues.numpy() @ outer(stored))
    found = ours.modern_hopfield(*small)
    np.testing.assert_allclose(found.float().numpy(), ours.modern_hopfield(cues, stored).numpy(), rtol=2**-8)


@pytest.mark.parametrize("read", [ours.hopfield, ours.modern_hopfield, lambda query, _: ours.Hopfield(8).read(query)])
def test_refusals_of_queries(read):
    stored = items(0, 3, 8)
    with pytest.raises(TypeError, match=r"query must be a tensor, got \[1, 1\]"):
        read([1, 1], stored)
    for query in (stored[:, :5], torch.ones(())):
        with pytest.raises(ValueError, match=r"query must have shape \(..., 8\), got shape \("):
            read(query, stored)


@pytest.mark.parametrize("read", [ours.hopfield, ours.modern_hopfield])
def test_refusals_of_items(read):
    stored = items(0, 3, 8)
    with pytest.raises(TypeError, match="memory must be a tensor, got None"):
        read(stored, None)
    with pytest.raises(ValueError, match=r"memory must have shape \(n, d\), got shape \(8,\)"):
        read(stored, stored[0])


def test_modern_reads_of_many_units():
    """e^10000 overflows; of a stored vector all fields are +2 or -2."""
    stored = items(4, 50, 10_000)
    np.testing.assert_allclose(ours.modern_hopfield(stored[3], stored).numpy(), 2 * stored[3].numpy())


@pytest.mark.parametrize("kappa", [None, 2])
def test_module(kappa):
    stored, cues = items(5, 7, 24), items(6, 3, 24)
    memory = ours.Hopfield(24, kappa=kappa)
    assert not memory.read(cues).any()
    expected = np.zeros((24, 24))
    for part in (stored[:3], stored[3], stored[4:]):
        memory.write(part)
        expected = (expected + outer(part.reshape(-1, 24))).clip(*((-kappa, kappa) if kappa else (-1e9, 1e9)))
        np.testing.assert_array_equal(memory.memory.numpy(), expected)
        np.testing.assert_array_equal(memory.read(cues).numpy(), cues.numpy() @ expected)
    for twin in (copy.deepcopy(memory), pickle.loads(pickle.dumps(memory))):
        np.testing.assert_array_equal(twin.read(cues).numpy(), memory.read(cues).numpy())
    other = ours.Hopfield(24, kappa=kappa)
    other.load_state_dict(memory.state_dict())
    np.testing.assert_array_equal(other.read(cues).numpy(), memory.read(cues).numpy())
    memory.write(torch.full((24,), 0.5))
    np.testing.assert_allclose(memory.read(cues / 2).shape, (3, 24))
    with pytest.raises(ValueError, match=r"items must have shape \(..., 24\), got shape \(3, 5\)"):
        memory.write(stored[:3, :5])
    learned = ours.Hopfield(24, requires_grad=True)
    learned.write(stored)
    assert [name for name, _ in learned.named_parameters()] == ["memory"]
    np.testing.assert_array_equal(learned.read(cues).detach().numpy(), cues.numpy() @ outer(stored))


@pytest.mark.parametrize("kappa", [None, 2])
def test_the_matrix_of_a_module_is_heard(kappa):
    """Assigned, changed in place, converted, moved: each as a parameter of torch."""
    stored, cues = items(5, 7, 24), items(6, 3, 24)

    def written():
        memory = ours.Hopfield(24, kappa=kappa)
        memory.write(stored)
        return memory

    held = outer(stored, kappa or np.inf)
    memory = written()
    memory.memory[0] *= 3  # no longer symmetric
    np.testing.assert_array_equal(memory.read(cues).numpy(), cues.numpy() @ (held + 2 * np.eye(24)[:, :1] * held).T)
    memory.memory.zero_()
    assert not memory.read(cues).any()
    memory = written()
    memory.memory = torch.nn.Parameter(torch.eye(24), requires_grad=False)
    assert torch.equal(memory.read(cues), cues)
    for query in (cues.double(), cues.double() / 2):
        np.testing.assert_array_equal(written().double().read(query).numpy(), query.numpy() @ held)
    assert written().to("meta").memory.device.type == "meta"


@pytest.mark.parametrize("kappa", [None, 2])
def test_state_dicts_hold_the_matrix(kappa):
    stored, cues = items(5, 7, 24), items(6, 3, 24)
    memory, holder = ours.Hopfield(24, kappa=kappa), torch.nn.Sequential(ours.Hopfield(24, kappa=kappa))
    memory.write(stored)
    assert list(memory.state_dict()) == ["memory"]
    np.testing.assert_array_equal(memory.state_dict()["memory"].numpy(), outer(stored, kappa or np.inf))
    holder.load_state_dict({f"0.{name}": value for name, value in memory.state_dict().items()})
    assert torch.equal(holder[0].read(cues), memory.read(cues))
    for units in (9, 25):
        other = ours.Hopfield(units, kappa=kappa)
        with pytest.raises(RuntimeError, match="size mismatch for memory"):
            other.load_state_dict(memory.state_dict())
        assert not other.memory.any()


def test_reads_are_the_peers():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torchhd = pytest.importorskip("torchhd")
        peer = torchhd.memory

        for count, units in ((6, 64), (9, 100)):
            stored = torchhd.random(count, units)
            cues = torchhd.random(4, units)
            for arguments in ((cues, stored), (cues[0], stored), (cues.as_subclass(torch.Tensor), stored)):
                found, expected = (module.hopfield(*arguments) for module in (ours, peer))
                assert type(found) is type(expected)
                assert torch.equal(found, expected)
                found, expected = (module.modern_hopfield(*arguments) for module in (ours, peer))
                assert (type(found), found.dtype) == (type(expected), expected.dtype)
                np.testing.assert_allclose(found.numpy(), expected.numpy(), atol=1e-4)
            memories = [module.Hopfield(units, kappa=kappa) for kappa in (None, 3) for module in (ours, peer)]
            for memory in memories:
                memory.write(stored[:4])
                memory.write(stored[4:])
            for pair in (memories[:2], memories[2:]):
                assert torch.equal(*(memory.read(cues) for memory in pair))
                assert torch.equal(*(memory.memory for memory in pair))
                for written, module in zip(pair, (peer, ours), strict=True):
                    other = module.Hopfield(units)
                    other.load_state_dict(written.state_dict())
                    assert torch.equal(other.read(cues), written.read(cues))
