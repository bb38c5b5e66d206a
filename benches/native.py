"""The native side of `make bench`: reads one task a line from stdin, answers one line of JSON on stdout.

A task names an estimator by its dotted path, so that what is compared with stands in `benches/rows.mjs` alone.
Times are taken inside, around `fit` or `predict` only.
"""
import importlib.metadata
import json
import pathlib
import sys
import time
import warnings

import numpy as np
import threadpoolctl

FOLDER = pathlib.Path(sys.argv[1])
SETS, MODELS = {}, {}
warnings.filterwarnings("ignore")


def load(name):
    if name not in SETS:
        meta = json.loads((FOLDER / f"{name}.json").read_text())
        x = np.fromfile(FOLDER / f"{name}.x.f32", np.float32).reshape(meta["rows"], meta["columns"])
        SETS[name] = meta, x, np.fromfile(FOLDER / f"{name}.y.f32", np.float32)
    return SETS[name]


def train(task):
    meta, x, y = load(task["data"])
    n = task.get("rows") or meta["train"]
    y = y[:n].astype(np.float32 if task.get("target") == "number" else np.int64)
    return x[:n].astype(task.get("dtype", "float32"), copy=False), y


def held_out(task):
    meta, x, y = load(task["data"])
    rows = slice(meta["train"], meta["train"] + (task.get("answers") or meta["rows"]))
    return x[rows].astype(task.get("dtype", "float32"), copy=False), y[rows]


def find(path):
    module, name = path.rsplit(".", 1)
    return getattr(importlib.import_module(module), name)


def lightgbm_fitter(task, x, y):
    import lightgbm

    params = {"objective": "binary", "verbosity": -1, "num_threads": 1, "seed": task["seed"], **task["params"]}
    rounds = params.pop("n_estimators")
    levels = load(task["data"])[0]["levels"]
    category = [j for j, n in enumerate(levels) if n] or "auto"
    # Binning is part of a fit, as it is on our side.
    return lambda: lightgbm.train(params, lightgbm.Dataset(x, y, categorical_feature=category), rounds)


def estimator(path, params, seed):
    made = find(path)(**params)
    if "random_state" in made.get_params():
        made.set_params(random_state=seed)
    return made


def grid_fitter(task, x, y):
    from sklearn.model_selection import GridSearchCV, StratifiedKFold

    inner = task["params"]

    def fit():
        folds = StratifiedKFold(inner["cv"], shuffle=True, random_state=task["seed"])
        inside = estimator(inner["estimator"], inner["params"], task["seed"])
        return GridSearchCV(inside, inner["grid"], cv=folds, scoring="roc_auc", n_jobs=1).fit(x, y)

    return fit


def fitter(task):
    x, y = train(task)
    if task["call"] == "lightgbm.train":
        return lightgbm_fitter(task, x, y)
    if task["call"] == "GridSearchCV":
        return grid_fitter(task, x, y)
    if task.get("target") == "none":
        return lambda: estimator(task["call"], task["params"], task["seed"]).fit(x)
    return lambda: estimator(task["call"], task["params"], task["seed"]).fit(x, y)


def scores(model, x):
    if hasattr(model, "decision_function"):
        return model.decision_function(x)
    if hasattr(model, "predict_proba"):
        return model.predict_proba(x)[:, 1]
    return model.predict(x)


def timed(work, repeats):
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(repeats):
        out = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return out, {"ms": wall * 1e3 / repeats, "cpu_ms": cpu * 1e3 / repeats}


def fit(task):
    work = fitter(task)
    if task.get("answers"):
        x, _ = held_out(task)

        def answered(fit=work):
            model = fit()
            scores(model, x)
            return model

        work = answered
    MODELS[task["key"]], times = timed(work, task["repeats"])
    return times


def adopt(task):
    """Takes up trees written in LightGBM's own format, so that both sides score with the same model."""
    import lightgbm

    MODELS[task["key"]] = lightgbm.Booster(model_file=str(FOLDER / task["file"]))
    return {"n_trees": MODELS[task["key"]].num_trees()}


def predict(task):
    _, x, _ = load(task["data"])
    out, times = timed(lambda: MODELS[task["key"]].predict(x, num_threads=1), task["repeats"])
    np.asarray(out, np.float64).tofile(FOLDER / f"{task['key']}.f64")
    return times


def explain(task):
    """Contributions by shap's own TreeSHAP for trees it takes up node by node, so that both sides explain the same model."""
    import shap

    if task["key"] not in MODELS:
        told = json.loads((FOLDER / task["file"]).read_text())
        lists = {name: np.array(told[name]) for name in ["features", "thresholds", "lefts", "values", "covers"]}
        ends = told["roots"][1:] + [len(told["lefts"])]
        MODELS[task["key"]] = shap.TreeExplainer({"trees": [one_tree(lists, a, b) for a, b in zip(told["roots"], ends)]})
    x = load(task["data"])[1][: task["rows"]]
    out, times = timed(lambda: MODELS[task["key"]].shap_values(x, check_additivity=False), task["repeats"])
    np.asarray(out, np.float64).reshape(len(x), -1).tofile(FOLDER / f"{task['key']}.f64")
    return times


def one_tree(lists, start, end):
    """Nodes `start` to `end` as shap takes them; a leaf's left child is itself on our side."""
    own = {name: values[start:end] for name, values in lists.items()}
    left = own["lefts"] - start
    leaf = left == np.arange(end - start)
    return {
        "children_left": np.where(leaf, -1, left).astype(np.int32),
        "children_right": np.where(leaf, -1, left + 1).astype(np.int32),
        "children_default": np.where(leaf, -1, left).astype(np.int32),
        "features": np.where(leaf, -2, own["features"]).astype(np.int32),
        "thresholds": np.where(leaf, 0, own["thresholds"]).astype(np.float64),
        "values": own["values"].astype(np.float64).reshape(-1, 1),
        "node_sample_weight": own["covers"].astype(np.float64),
    }


def apart(task):
    """How far two files of figures are apart at most."""
    ours, theirs = (np.fromfile(FOLDER / f"{key}.f64", np.float64) for key in task["keys"])
    if ours.shape != theirs.shape or not np.abs(theirs).max() > 0:
        raise ValueError("nothing to compare")
    return {"largest_difference": float(np.abs(ours - theirs).max())}


def exact(task):
    """Coefficients of the same problem, solved far beyond what either side is asked for."""
    x, y = train(task)
    made = find(task["exact"]["call"])(**task["exact"]["params"]).fit(x.astype(np.float64), y)
    return {"coef": np.ravel(made.coef_).tolist()}


def quality(task):
    from sklearn import metrics

    model, name = MODELS[task["key"]], task["quality"]
    if name == "coef":
        return {"quality": float(np.abs(np.ravel(model.coef_) - np.array(task["coef"])).max())}
    if name == "inertia":
        x = train(task)[0].astype(np.float64)
        return {"quality": float(sum(((x[model.labels_ == k] - x[model.labels_ == k].mean(0)) ** 2).sum() for k in np.unique(model.labels_)))}
    x, y = held_out(task)
    if name == "accuracy":
        return {"quality": float((model.predict(x) == y).mean())}
    s = scores(model, x)
    return {"quality": float(metrics.roc_auc_score(y, s) if name == "auc" else metrics.r2_score(y, s))}


def order(task):
    """Share of rows that stand at the same place in the order of both files of scores, ties by row; and the AUC of both."""
    from sklearn.metrics import roc_auc_score

    ours, theirs = (np.fromfile(FOLDER / f"{key}.f64", np.float64) for key in task["keys"])
    same = np.argsort(ours, kind="stable") == np.argsort(theirs, kind="stable")
    y = load(task["data"])[2]
    return {"same_place": float(same.mean()), "largest_difference": float(np.abs(ours - theirs).max()), "auc": [float(roc_auc_score(y, s)) for s in (ours, theirs)]}


def info(_):
    import lightgbm
    import sklearn

    np.ones((2, 2)) @ np.ones((2, 2))
    pools = threadpoolctl.threadpool_info()
    return {
        "sklearn": sklearn.__version__,
        "lightgbm": lightgbm.__version__,
        "shap": importlib.metadata.version("shap"),
        "threads": max(p["num_threads"] for p in pools),
        "pools": sorted({f"{p['internal_api']} {p.get('architecture', '')}".strip() for p in pools}),
    }


OPS = {"fit": fit, "adopt": adopt, "predict": predict, "explain": explain, "apart": apart, "exact": exact, "quality": quality, "order": order, "info": info}
for line in sys.stdin:
    task = json.loads(line)
    try:
        answer = OPS[task["op"]](task)
    except Exception as error:  # The bench prints it beside the row.
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
