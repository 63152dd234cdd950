"""Digits by scikit-learn's estimators and by memories (needs scikit-learn): who reads, and who cleans, best?

Usage: python examples/estimators.py [COMPONENTS]   (of the Boltzmann machines; 50)

1,200 digits of 8 x 8 pixels, black and white, are learned; 597 others are read. Then the learned ones are to be cleaned
of 10 % flipped pixels: the memory lets them move, the neighbour is the nearest learned digit, the BernoulliRBM
goes to its hidden units and back, and the posterior takes the mean over all learned digits. Last, how probable the two
Boltzmann machines find digits that they have not seen.
"""

import sys
import time

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.neural_network import BernoulliRBM
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Binarizer

import hebbfast as hb
from hebbfast.compat.sklearn import AssociativeMemory, AssociativeMemoryClassifier, BoltzmannMachine

components = int(sys.argv[1]) if len(sys.argv) > 1 else 50
grey, labels = load_digits(return_X_y=True)
X, X_test, y, y_test = train_test_split(grey, labels, test_size=597, random_state=0, stratify=labels)

degrees = {"associativememoryclassifier__degree": [3, 10, 20, 30, 40]}
recall = make_pipeline(Binarizer(threshold=7), AssociativeMemoryClassifier("recall"))
machine = BernoulliRBM(components, learning_rate=0.05, n_iter=20, random_state=0)
ours = BoltzmannMachine(components, threshold=7, random_state=0)
models = {
    "memory, posterior of the class": AssociativeMemoryClassifier(threshold=7),
    "memory, class of the digit recalled": GridSearchCV(recall, degrees, cv=3),
    "1 nearest neighbour": make_pipeline(
        Binarizer(threshold=7), KNeighborsClassifier(1, metric="hamming", algorithm="brute")
    ),
    f"BernoulliRBM({components}), logistic regression": make_pipeline(
        Binarizer(threshold=7), machine, LogisticRegression(max_iter=1000)
    ),
    f"BoltzmannMachine({components}), logistic regression": make_pipeline(ours, LogisticRegression(max_iter=1000)),
}
print("read                                       right   learn, read: seconds")
for name, model in models.items():
    start = time.perf_counter()
    model.fit(X, y)
    learned = time.perf_counter()
    score = model.score(X_test, y_test)
    print(f"{name:40} {score:7.1%}   {learned - start:6.2f} {time.perf_counter() - learned:6.2f}")
    if isinstance(model, GridSearchCV):
        print(f"    the search chose {model.best_params_}")

clean = np.where(X > 7, 1, -1).astype(np.int8)
noisy = hb.corrupt(clean, flip=0.1, rng=0)
machine = machine.fit(clean > 0)
hidden = machine.transform(noisy > 0)
neighbours = NearestNeighbors(n_neighbors=1, metric="hamming", algorithm="brute").fit(clean)
cleaned = {
    "as they are": noisy,
    **{f"memory, degree {degree}": AssociativeMemory(degree).fit(clean).transform(noisy) for degree in (2, 3, 10, 30)},
    "memory, posterior mean": hb.DenseAssociativeMemory(clean).denoise(noisy, flip=0.1).states,
    "1 nearest neighbour": clean[neighbours.kneighbors(noisy, return_distance=False)[:, 0]],
    f"BernoulliRBM({components})": np.where(hidden @ machine.components_ + machine.intercept_visible_ > 0, 1, -1),
}
print("\nclean                                      wrong pixels")
for name, states in cleaned.items():
    print(f"{name:40} {(states != clean).mean():7.1%}")


def same_machine(model):
    """BernoulliRBM with units of ±1: x = (1 + s) / 2 in its energy."""
    weights = model.components_.T / 4
    visible, hidden = weights.shape
    couplings = np.zeros((visible + hidden, visible + hidden))
    couplings[:visible, visible:], couplings[visible:, :visible] = weights, weights.T
    own = model.intercept_visible_ / 2 + weights.sum(axis=1), model.intercept_hidden_ / 2 + weights.sum(axis=0)
    return hb.BoltzmannMachine.of(couplings, np.concatenate(own), visible=visible, rng=0)


signs, signs_test = (np.where(values > 7, 1, -1).astype(np.int8) for values in (X, X_test))
learned = {"BernoulliRBM": same_machine(machine), "BoltzmannMachine": ours.fit(X).machine_}
print("\nln p of a digit, nats                      learned    others   error of both")
for name, found in learned.items():
    error = found.log_partition(rng=0).error
    own, others = (found.score_samples(rows).mean() for rows in (signs, signs_test))
    print(f"{name + f'({components})':40} {own:9.1f} {others:9.1f}   {error:.2f}")
