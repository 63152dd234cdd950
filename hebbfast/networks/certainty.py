"""What a memory knows about a damaged pattern: which it is, with what probability, and what each unit was."""

from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from hebbfast.bits import PackedPatterns

if TYPE_CHECKING:
    from hebbfast.networks._channel import Denoised, Diffused, Drawn, Posterior

__all__ = ["Certainty"]


class Certainty:
    """What a memory with ``patterns`` answers about the noise of cues; its interaction has no part in it."""

    patterns: PackedPatterns
    units: int

    def posterior(
        self,
        cues: ArrayLike | PackedPatterns,
        *,
        flip: float | str,
        prior: ArrayLike | None = None,
        known: ArrayLike | None = None,
        top: int | None = None,
        threads: int | None = None,
    ) -> "Posterior":
        """Which stored pattern a cue comes from, if its units flipped independently: exact for any patterns.

        Parameters
        ----------
        cues : array_like or PackedPatterns
            (D,) or (Q, D) of ±1.
        flip : float or "fit"
            The probability p in (0, ½) with which each unit flipped. ``"fit"`` finds the p under which all these cues
            together are most probable (expectation and maximisation).
        prior : array_like, optional
            (K,): the probability π_μ of each pattern, 1 / K if None; kept as multiples of 2^-62.
        known : array_like of bool, optional
            (D,); units that are False are not known, and left out.
        top : int, optional
            Patterns to name, at most K; 8, or all where they are fewer, when None.
        threads : int, optional
            At most so many; by default HEBBFAST_NUM_THREADS or the CPUs of the process.

        Returns
        -------
        Posterior
            ``.index``, ``.probability``, ``.log_evidence``, ``.novelty``, ``.flip``.

        Raises
        ------
        ValueError
            If an argument is not as described.

        Notes
        -----
        P(μ | σ) ∝ π_μ e^(β m_μ) with β = ½ ln((1 - p) / p): the exponential memory is the likelihood of its state
        (Ambrogioni 2023, arXiv:2309.17290, for real patterns). The interaction of the memory has no part in it.
        **Where units do not flip independently, it is too sure**: see ``docs/certainty.md``.

        Examples
        --------
        >>> import hebbfast as hb
        >>> patterns = hb.random_patterns(1000, 100, rng=0)
        >>> cue = hb.corrupt(patterns[7], flip=0.2, rng=1)
        >>> known = hb.DenseAssociativeMemory(patterns).posterior(cue, flip=0.2)
        >>> int(known.index[0]), bool(known.probability[0] > 0.99), bool(known.novelty > 0)
        (7, True, True)
        """
        from hebbfast.networks import _channel

        return _channel.posterior(self, cues, flip=flip, prior=prior, known=known, top=top, threads=threads)

    def calibrate(
        self,
        cues: ArrayLike | PackedPatterns,
        index: ArrayLike,
        *,
        known: ArrayLike | None = None,
        threads: int | None = None,
    ) -> float:
        """The flip with which `posterior` is as sure as it is right, for cues whose patterns are known.

        Where units do not flip independently, the flip that one counts makes it too sure; a larger one, found here,
        takes fewer units at their word.

        Parameters
        ----------
        cues, known, threads
            As in `posterior`.
        index : array_like of int
            (Q,): the pattern that each cue comes from.

        Returns
        -------
        float
            The p in (0, ½) under which the patterns that are right have the largest product of probabilities.

        Raises
        ------
        ValueError
            If an argument is not as described.

        Notes
        -----
        Guo, Pleiss, Sun and Weinberger (2017), "On calibration of modern neural networks", section 4.2: β is the
        inverse of their temperature. ln P(right) is concave in β, so there is one best value.

        Examples
        --------
        >>> import hebbfast as hb
        >>> patterns = hb.random_patterns(2000, 60, rng=0)
        >>> memory = hb.DenseAssociativeMemory(patterns)
        >>> round(memory.calibrate(hb.corrupt(patterns, flip=0.2, rng=1), range(2000)), 1)
        0.2
        """
        from hebbfast.networks import _channel

        return _channel.calibrate(self, cues, index, known=known, threads=threads)

    def denoise(
        self,
        cues: ArrayLike | PackedPatterns,
        *,
        flip: float,
        known: ArrayLike | None = None,
        threads: int | None = None,
    ) -> "Denoised":
        """The mean of each unit over the patterns that a cue may come from, E[ξ_i | σ] = Σ_μ P(μ | σ) ξ_i^μ.

        Parameters
        ----------
        cues, flip, known, threads
            As in `posterior`; ``flip`` is a number.

        Returns
        -------
        Denoised
            ``.mean`` float32 (D,) or (Q, D), of all units, known or not; ``.states``, its signs.

        Raises
        ------
        ValueError
            If an argument is not as described.

        Notes
        -----
        Each weight e^(β (m_μ - max m)) is rounded to a multiple of 2^-s, s = min(52, 62 - bit length of K), as in
        `Exponential`; the sums are exact from there on.

        Examples
        --------
        >>> import hebbfast as hb
        >>> memory = hb.DenseAssociativeMemory([[1, 1, 1, 1], [1, 1, -1, -1]])
        >>> memory.denoise([1, 1, 1, 1], flip=0.25).mean.round(6).tolist()
        [1.0, 1.0, 0.800000011920929, 0.800000011920929]
        """
        from hebbfast.networks import _channel

        return _channel.denoise(self, cues, flip=flip, known=known, threads=threads)

    def draw(
        self, cues: ArrayLike | PackedPatterns, *, flip: float, known: ArrayLike | None = None, rng: Any = None
    ) -> "Drawn":
        """A stored pattern for each cue, drawn with the probability that the cue comes from it.

        Parameters
        ----------
        cues, flip, known
            As in `posterior`; ``flip`` is a number.
        rng : seed, SeedSequence or Generator, optional
            Passed to `numpy.random.default_rng`; each cue gets one stream from it.

        Returns
        -------
        Drawn
            ``.index`` and ``.states``.

        Raises
        ------
        ValueError
            If an argument is not as described.

        Notes
        -----
        First an overlap, from the histogram, then one of the patterns that have it. A sweep that draws one unit after
        another, given those drawn before and the cue, has the same law.

        Examples
        --------
        >>> import hebbfast as hb
        >>> memory = hb.DenseAssociativeMemory([[1, 1, 1, 1], [1, 1, -1, -1]])
        >>> drawn = memory.draw([[1, 1, 1, 1]] * 1000, flip=0.25, rng=0)
        >>> abs(float((drawn.index == 0).mean()) - 0.9) < 0.05
        True
        """
        from hebbfast.networks import _channel

        return _channel.draw(self, cues, flip=flip, known=known, rng=rng)

    def diffuse(
        self,
        cues: ArrayLike | PackedPatterns | None = None,
        *,
        flip: float | None = None,
        steps: int = 100,
        samples: int = 1,
        rng: Any = None,
    ) -> "Diffused":
        """Let the noise of cues flow backwards, or make patterns from nothing but noise: reverse diffusion.

        Parameters
        ----------
        cues : array_like or PackedPatterns, optional
            (D,) or (Q, D) of ±1; fair bits when None.
        flip : float, optional
            The noise p of the cues; given with them.
        steps : int, default 100
            Steps from p to 0, in each of which 1 - 2 p grows by the same.
        samples : int, default 1
            States to make when there are no cues.
        rng : seed, SeedSequence or Generator, optional
            Passed to `numpy.random.default_rng`; each state gets one stream from it.

        Returns
        -------
        Diffused
            ``.states``.

        Raises
        ------
        ValueError
            If an argument is not as described.

        Notes
        -----
        In each step all units are drawn from their means (`denoise`) by Bayes' rule, independently; as steps become
        many, a cue ends in pattern μ with probability P(μ | cue), fair bits in each one with probability 1 / K. With
        few steps, units may end in different patterns; `draw` is exact and needs no steps.

        Examples
        --------
        >>> import hebbfast as hb
        >>> patterns = hb.random_patterns(10, 200, rng=0)
        >>> made = hb.DenseAssociativeMemory(patterns).diffuse(samples=5, rng=1).states
        >>> bool((made.astype(int) @ patterns.T == 200).any(axis=1).all())
        True
        """
        from hebbfast.networks import _channel

        return _channel.diffuse(self, cues, flip=flip, steps=steps, samples=samples, rng=rng)
