"""Drop-in adapters: names, arguments, random numbers and results of other packages, on hebbfast.

A user changes the import line. One file a host: `dimod`, `hopfieldkit`, `hopfieldnetwork`, `neurodynex3`, `torchhd`;
``docs/adapters.md`` says what is equal bit for bit, and what is not and why. The hosts need not be installed, but for
`dimod` and `torchhd`, whose objects go in and out. `sklearn` has estimators (``docs/estimators.md``).
"""
