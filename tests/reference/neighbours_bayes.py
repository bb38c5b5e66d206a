"""Naive Bayes, nearest neighbours, k-means, voting and stacking. Data are made by a rule of whole numbers that both
sides follow."""
import warnings

import numpy as np
from sklearn.cluster import KMeans
from sklearn.ensemble import StackingClassifier, StackingRegressor, VotingClassifier, VotingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import BernoulliNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, NearestNeighbors

from common import noise, sample, weights, write

warnings.filterwarnings("ignore")


def in_three(z):
    return (z > -0.4).astype(int) + (z > 0.6)


def stepped(x):
    """Whole numbers from 0 to 4 or so: many rows are equally far from one another."""
    return np.floor((x / [1, 10, 1, 1] + 1) * 2.5)


def bayes():
    x, z = sample(11, 240, 4)
    t, _ = sample(12, 30, 4)
    y, w = in_three(z), weights(13, 240)
    count, count_t = stepped(x), stepped(t)
    fits = []
    for weighted in [False, True]:
        kw = {"sample_weight": w} if weighted else {}
        for smoothing in [1e-9, 1e-2, 0.5]:
            m = GaussianNB(var_smoothing=smoothing).fit(x, y, **kw)
            fits.append({"learner": "gaussian_nb", "param": "var_smoothing", "value": smoothing, "weighted": weighted,
                         "proba": np.round(m.predict_proba(t), 9)})
        for alpha in [1.0, 0.1, 25.0]:
            for binarize in [0.0, 0.3]:
                m = BernoulliNB(alpha=alpha, binarize=binarize).fit(x, y, **kw)
                fits.append({"learner": "bernoulli_nb", "param": "alpha", "value": alpha, "binarize": binarize,
                             "weighted": weighted, "proba": np.round(m.predict_proba(t), 9)})
            m = MultinomialNB(alpha=alpha).fit(count, y, **kw)
            fits.append({"learner": "multinomial_nb", "param": "alpha", "value": alpha, "weighted": weighted,
                         "proba": np.round(m.predict_proba(count_t), 9)})
    return fits


def nearest():
    fits = []
    for ties in [False, True]:
        x, z = sample(21, 300, 4)
        t, _ = sample(22, 40, 4)
        if ties:
            x, t = stepped(x), stepped(t)
        y = in_three(z)
        for k in [1, 5, 16]:
            # Where the k-th and the next row are equally far, which of them counts is anybody's choice.
            far = NearestNeighbors(n_neighbors=k + 1, algorithm="brute").fit(x).kneighbors(t)[0]
            clear = far[:, k] - far[:, k - 1] > 1e-4
            assert clear.sum() >= 4, clear.sum()
            for how in ["uniform", "distance"]:
                c = KNeighborsClassifier(k, weights=how, algorithm="brute").fit(x, y)
                r = KNeighborsRegressor(k, weights=how, algorithm="brute").fit(x, z)
                fits.append({"ties": ties, "k": k, "weights": how, "clear": clear.astype(int),
                             "proba": np.round(c.predict_proba(t), 7), "mean": np.round(r.predict(t), 7)[:, None]})
    return fits


def blobs(seed, n, d, k, spread):
    """Rows around `k` places, the seventh part of them far from any."""
    u = noise(seed, n * d + k * d)
    places = u[n * d:].reshape(k, d) * 10
    x = u[: n * d].reshape(n, d) * spread + places[np.arange(n) % k]
    x[::7] *= 1.5
    return x.astype(np.float32).astype(float)


def means():
    fits = []
    for seed, n, d, k, spread, n_clusters in [(31, 600, 2, 4, 1.0, 4), (32, 900, 6, 5, 4.0, 5), (33, 500, 3, 1, 9.0, 3),
                                              (34, 700, 10, 8, 3.0, 8), (35, 400, 2, 3, 6.0, 7)]:
        x = blobs(seed, n, d, k, spread)
        w = weights(seed + 50, n)
        for weighted in [False, True]:
            sw = w if weighted else None
            found = [KMeans(n_clusters, n_init=30, tol=0, max_iter=1000, random_state=s).fit(x, sample_weight=sw).inertia_
                     for s in range(3)]
            fits.append({"seed": seed, "n": n, "d": d, "k": k, "spread": spread, "n_clusters": n_clusters,
                         "weighted": weighted, "inertia": min(found)})
    return fits


def logistic():
    return LogisticRegression(tol=1e-10, max_iter=5000)


def linear():
    return LinearRegression()


def voting():
    x, z = sample(41, 250, 4)
    t, _ = sample(42, 30, 4)
    fits = []
    for y, name in [((z > 0.2).astype(int), "binary"), (in_three(z), "multiclass")]:
        for w in [None, [1, 2, 0.5]]:
            for weighted in [False, True]:
                # Neighbours take no weights there.
                team = [("logistic", logistic()), ("gaussian_nb", GaussianNB()), ("bernoulli_nb", BernoulliNB())]
                m = VotingClassifier(team, voting="soft", weights=w)
                m.fit(x, y, **({"sample_weight": weights(43, 250)} if weighted else {}))
                fits.append({"task": name, "weights": w, "weighted": weighted, "out": np.round(m.predict_proba(t), 7)})
    for w in [None, [3, 1]]:
        team = [("linear", linear()), ("knn", KNeighborsRegressor(7, algorithm="brute"))]
        m = VotingRegressor(team, weights=w).fit(x, z)
        fits.append({"task": "regression", "weights": w, "weighted": False, "out": np.round(m.predict(t), 7)[:, None]})
    return fits


# Folds as our generator deals them: the test asserts that they still are.
FOLDS = {
    "binary": ("231103231131240321324201130412134413012203113031220243144430231404443424401"
               "032310420333424030202334111004200211340101422114221300302232010444024324043"),
    "multiclass": ("220013311333112012320343020023022222334404330213424134012010013424403401243"
                   "213433041321000011221244421324140431101323241013021102411444443203004204143"),
    "regression": ("222344023133120431440024143230333110030201221001231144334041313101310403230"
                   "143423224422214344424113442440020414201303020121121002104243413100222033103"),
}


def stacking():
    n = 150
    x, z = sample(51, n, 4)
    t, _ = sample(52, 30, 4)
    fits = []
    for task, digits in FOLDS.items():
        fold = np.array([int(c) for c in digits])
        cv = [(np.flatnonzero(fold != f), np.flatnonzero(fold == f)) for f in range(5)]
        if task == "regression":
            team = [("linear", linear()), ("knn", KNeighborsRegressor(7, algorithm="brute"))]
            m = StackingRegressor(team, final_estimator=linear(), cv=cv).fit(x, z)
            out = m.predict(t)[:, None]
        else:
            y = (z > 0.2).astype(int) if task == "binary" else in_three(z)
            team = [("logistic", logistic()), ("gaussian_nb", GaussianNB()),
                    ("knn", KNeighborsClassifier(7, algorithm="brute"))]
            m = StackingClassifier(team, final_estimator=logistic(), cv=cv).fit(x, y)
            out = m.predict_proba(t)
        fits.append({"task": task, "fold": digits, "out": np.round(out, 7)})
    return fits


write(__file__, ["scikit-learn", "numpy"], {
    "bayes": bayes(), "nearest": nearest(), "means": means(), "voting": voting(), "stacking": stacking()})
