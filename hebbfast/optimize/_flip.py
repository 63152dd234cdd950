"""GB_FLIP, the portable random numbers of Knuth's Stanford GraphBase (1993), from which the G-set was drawn."""

__all__ = ["Flip"]

_MASK = 2**31 - 1
_LAGS = 55, 24


class Flip:
    """Integers of 31 bits, x_n = x_{n-55} - x_{n-24} modulo 2³¹.

    Examples
    --------
    >>> numbers = Flip(-314159)  # Knuth's own check
    >>> first = numbers.draw()
    >>> for _ in range(133):
    ...     _ = numbers.draw()
    >>> first, numbers.below(0x55555555)
    (119318998, 748103812)
    """

    def __init__(self, seed: int) -> None:
        """Fill the 55 places, 21 apart, with differences that a rotating seed disturbs; turn all five times."""
        long, _ = _LAGS
        seed = before = seed & _MASK
        value, places = 1, [0] * long
        places[-1] = seed
        for step in range(1, long):
            places[21 * step % long - 1] = value
            seed = seed >> 1 | (seed & 1) << 30
            before, value = value, (before - value - seed) & _MASK
        self._places = places
        for _ in range(5):
            self._turn()
        self._left = long - 1  # the last of the first turn is never given out

    def _turn(self) -> None:
        """The next 55 numbers, to be given out from the last."""
        long, short = _LAGS
        places = self._places
        for i in range(long):
            places[i] = (places[i] - places[i + long - short if i < short else i - short]) & _MASK
        self._left = long

    def draw(self) -> int:
        """The next number, from 0 to 2³¹ - 1."""
        if not self._left:
            self._turn()
        self._left -= 1
        return self._places[self._left]

    def below(self, bound: int) -> int:
        """A number from 0 to ``bound`` - 1, all equally likely: those above the last multiple are passed over."""
        last = 2**31 - 2**31 % bound
        while (drawn := self.draw()) >= last:
            pass
        return drawn % bound
