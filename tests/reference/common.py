"""What the reference scripts share: where results go and which tools made them."""
import json
import math
import pathlib
from importlib.metadata import version


def plain(value):
    """JSON has no infinity: it is written as text."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and math.isinf(value):
        return "inf"
    return value


def write(script, tools, body):
    out = pathlib.Path(script).with_suffix(".json")
    body = {"tools": {t: version(t) for t in tools}, **plain(body)}
    out.write_text(json.dumps(body, separators=(",", ":"), allow_nan=False) + "\n")
    print(out.name, out.stat().st_size, "bytes")
