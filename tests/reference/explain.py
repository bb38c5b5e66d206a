"""Contributions of the package shap, and of LightGBM's own TreeSHAP, for trees that both sides take up node by node.

A node is written as column, threshold, index of the left child (the right one follows; 0 in a leaf), whether missing values
go left, levels that go left or none, values of a leaf, and weight of the training rows.
"""
import json
import warnings

import lightgbm
import numpy as np
import shap
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeRegressor

from common import noise, write

warnings.filterwarnings("ignore")
N, D, N_ROWS, N_BACKGROUND = 400, 5, 24, 70


def data(missing):
    u = noise(41, N * (D + 1)).reshape(N, D + 1)
    x = np.round(u[:, :D] * 20) / 8
    z = x[:, 0] + x[:, 1] * x[:, 2] * 0.5 + 0.3 * np.abs(x[:, 3]) + u[:, D]
    if missing:
        x[np.abs(noise(42, N * D).reshape(N, D)) > 0.85] = np.nan
    return x, z


def flat(nodes, root):
    """Nodes in the order in which both children of each can lie side by side; `nodes(i)` gives children and the rest."""
    order, out = [root], []
    for at in order:
        left, right, rest = nodes(at)
        out.append([len(order) if left is not None else 0, *rest])
        if left is not None:
            order += [left, right]
    return out


def below(threshold):
    """The largest number in single precision that is not above."""
    t = np.float32(threshold)
    return float(np.nextafter(t, np.float32(-np.inf)) if float(t) > threshold else t)


def sklearn_tree(tree):
    def node(i):
        value = tree.value[i, 0].tolist()
        cover = float(tree.weighted_n_node_samples[i])
        if tree.children_left[i] < 0:
            return None, None, [0, 0.0, 1, None, value, cover]
        rest = [int(tree.feature[i]), below(tree.threshold[i]), 1, None, [], cover]
        return tree.children_left[i], tree.children_right[i], rest

    return flat(node, 0)


def lightgbm_tree(structure):
    def node(n):
        if "leaf_value" in n:
            return None, None, [0, 0.0, 1, None, [n["leaf_value"]], float(n["leaf_count"])]
        cover = float(n["internal_count"])
        if n["decision_type"] == "==":
            rest = [n["split_feature"], 0.0, 0, [int(v) for v in n["threshold"].split("||")], [], cover]
        else:
            left = int(n["default_left"]) if n["missing_type"] == "NaN" else int(0 <= n["threshold"])
            rest = [n["split_feature"], below(n["threshold"]), left, None, [], cover]
        return n["left_child"], n["right_child"], rest

    return flat(node, structure)


def boosted(params, x, y, category="auto"):
    given = {"num_leaves": 9, "min_data_in_leaf": 8, "verbosity": -1, "num_threads": 1, "learning_rate": 0.3, **params}
    rows = lightgbm.Dataset(x, y, categorical_feature=category, params={"min_data_per_group": 5, "cat_smooth": 1, "max_cat_to_onehot": 2})
    model = lightgbm.train(given, rows, 5)
    return model, [lightgbm_tree(t["tree_structure"]) for t in model.dump_model()["tree_info"]]


def case(kind, unit, trees, x, values, base, background=None):
    return {"kind": kind, "unit": unit, "trees": trees, "x": gaps(x), "values": values, "base": base, "background": None if background is None else gaps(background)}


def gaps(x):
    return [[None if np.isnan(v) else float(v) for v in row] for row in x]


def cases():
    x, z = data(False)
    rows, behind = x[:N_ROWS], x[-N_BACKGROUND:]
    three = (z > -0.5).astype(int) + (z > 0.8)
    forest = RandomForestClassifier(4, max_depth=4, random_state=0).fit(x.astype(np.float32), three)
    trees = [sklearn_tree(e.tree_) for e in forest.estimators_]
    by_paths = shap.TreeExplainer(forest, feature_perturbation="tree_path_dependent")
    yield case("forest", "paths", trees, rows, by_paths.shap_values(rows)[:, :, 2], by_paths.expected_value[2])
    compared = shap.TreeExplainer(forest, data=behind, feature_perturbation="interventional")
    yield case("forest", "background", trees, rows, compared.shap_values(rows)[:, :, 2], compared.expected_value[2], behind)

    tree = DecisionTreeRegressor(max_depth=6, min_samples_leaf=4).fit(x.astype(np.float32), z)
    by_paths = shap.TreeExplainer(tree, feature_perturbation="tree_path_dependent")
    trees = [sklearn_tree(tree.tree_)]
    yield case("tree", "paths", trees, rows, by_paths.shap_values(rows), float(np.ravel(by_paths.expected_value)[0]))

    x, z = data(True)
    rows, behind = x[:N_ROWS], x[-N_BACKGROUND:]
    model, trees = boosted({"objective": "regression"}, x, z)
    got = model.predict(rows, pred_contrib=True)
    yield case("number", "paths", trees, rows, got[:, :-1], float(got[0, -1]))
    compared = shap.TreeExplainer(model, data=behind, feature_perturbation="interventional")
    yield case("number", "background", trees, rows, compared.shap_values(rows), float(compared.expected_value), behind)

    model, trees = boosted({"objective": "binary"}, x, (z > 0.3).astype(int))
    compared = shap.TreeExplainer(model, data=behind, model_output="probability")
    yield case("probability", "background", trees, rows, compared.shap_values(rows), float(compared.expected_value), behind)

    # The package does not know LightGBM's categories; LightGBM itself does.
    levels = np.floor((noise(43, N) + 1) * 6)
    x[:, 4] = levels
    model, trees = boosted({"objective": "regression"}, x, z + np.sin(levels * 2), category=[4])
    assert any("==" in json.dumps(t) for t in model.dump_model()["tree_info"])
    got = model.predict(x[:N_ROWS], pred_contrib=True)
    yield case("number", "paths", trees, x[:N_ROWS], got[:, :-1], float(got[0, -1]))


write(__file__, ["shap", "scikit-learn", "lightgbm"], {"cases": list(cases())})
