"""Stratified folds and splits."""
import numpy as np
from sklearn.model_selection import StratifiedKFold, train_test_split

from common import write

rng = np.random.default_rng(12)
folds, splits = [], []
for n, k, shares in [(50, 5, [0.5, 0.5]), (103, 5, [0.73, 0.27]), (97, 3, [0.9, 0.1]), (211, 10, [0.5, 0.3, 0.2]), (64, 2, [0.2, 0.8])]:
    y = rng.choice(len(shares), n, p=shares)
    fold = np.empty(n, int)
    for i, (_, test) in enumerate(StratifiedKFold(k).split(np.zeros(n), y)):
        fold[test] = i
    shuffled = np.empty(n, int)
    for i, (_, test) in enumerate(StratifiedKFold(k, shuffle=True, random_state=42).split(np.zeros(n), y)):
        shuffled[test] = i
    counts = [[int(((shuffled == f) & (y == c)).sum()) for c in range(len(shares))] for f in range(k)]
    folds.append({"y": y, "n_classes": len(shares), "n_splits": k, "fold": fold, "shuffled_counts": counts})
for n, positive, size in [(100, 30, 0.2), (7043, 1869, 0.2), (10000, 2037, 0.2), (1001, 77, 0.33), (53, 7, 0.25), (999, 500, 0.1)]:
    y = np.r_[np.zeros(n - positive, int), np.ones(positive, int)]
    seen = set()
    for seed in range(8):
        train, test = train_test_split(y, test_size=size, stratify=y, random_state=seed)
        seen.add((int((train == 0).sum()), int(train.sum()), int((test == 0).sum()), int(test.sum())))
    splits.append({"n": n, "n_positive": positive, "test_size": size, "counts": sorted(seen)})
write(__file__, ["scikit-learn", "numpy"], {"folds": folds, "splits": splits})
