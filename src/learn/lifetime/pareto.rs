//! Formulas of the Pareto/NBD model. The chance to have stopped between the last purchase and the end, `∫ s (alpha +
//! y)^−(r+x) (beta + y)^−(s+1) dy`, is integrated as it stands where it is usually a difference of two hypergeometric
//! functions: positive terms, and a gradient made of integrals of the same kind.
use super::counting::History;

/// Most nodes of a rule.
const MOST: usize = 32;

/// The integral, node by node.
struct Nodes {
    n: usize,
    /// Logarithm of the integrand over the likelihood of being alive at the end, weight included.
    ln: [f64; MOST],
    /// Logarithms of `alpha + y` and `beta + y`.
    at: [(f64, f64); MOST],
    /// The greatest of `ln`.
    most: f64,
}

impl Nodes {
    fn of(params: [f64; 4], h: History, rule: &[(f64, f64)]) -> Self {
        let [r, alpha, s, beta] = params;
        let mut out = Self {
            n: 0,
            ln: [f64::NEG_INFINITY; MOST],
            at: [(0.0, 0.0); MOST],
            most: f64::NEG_INFINITY,
        };
        let since = (h.age - h.recency).max(0.0);
        if since <= 0.0 {
            return out;
        }
        let power = r + f64::from(h.frequency);
        let (at_a, at_b) = (alpha + h.recency, beta + h.recency);
        // y = recency + unit · (e^u − 1), on which the integrand falls nearly evenly; the smaller of both sums is then
        // unit · e^u. Where it is below e^−depth of its start, which a rule takes up well, it is left out.
        let unit = at_a.min(at_b);
        let fall = power * unit / at_a + (s + 1.0) * unit / at_b;
        let depth = 1.4 * rule.len() as f64;
        let most = (since / unit).ln_1p().min(depth / (fall - 1.0).max(0.1));
        let (ln_unit, other) = (unit.ln(), at_a.max(at_b));
        let (end_a, end_b) = ((alpha + h.age).ln(), (beta + h.age).ln());
        let factor = (s * most * unit).ln();
        for (node, weight) in rule.iter().take(MOST) {
            let u = most * node;
            let near = ln_unit + u;
            let far = (other + unit * (u.exp() - 1.0)).ln();
            let (a, b) = if at_a <= at_b {
                (near, far)
            } else {
                (far, near)
            };
            let ln = power * (end_a - a) + s * (end_b - b) - b + factor + weight.ln() + u;
            out.ln[out.n] = ln;
            out.at[out.n] = (a, b);
            out.most = out.most.max(ln);
            out.n += 1;
        }
        out
    }
}

/// Logarithm of the chance to have stopped over the chance to be alive.
pub(super) fn ln_dead_over_alive(params: [f64; 4], h: History, rule: &[(f64, f64)]) -> f64 {
    let nodes = Nodes::of(params, h, rule);
    if nodes.most == f64::NEG_INFINITY {
        return nodes.most;
    }
    let sum: f64 = nodes.ln[..nodes.n]
        .iter()
        .map(|ln| (ln - nodes.most).exp())
        .sum();
    nodes.most + sum.ln()
}

/// Log-likelihood without the factor `Γ(r + x) / Γ(r)`, and its derivatives by the parameters.
pub(super) fn log_likelihood(params: [f64; 4], h: History, rule: &[(f64, f64)]) -> (f64, [f64; 4]) {
    let [r, alpha, s, beta] = params;
    let power = r + f64::from(h.frequency);
    let (ln_alpha, ln_beta) = (alpha.ln(), beta.ln());
    let (ln_a, ln_b) = ((h.age / alpha).ln_1p(), (h.age / beta).ln_1p());
    let alive = -power * ln_a - f64::from(h.frequency) * ln_alpha - s * ln_b;
    let nodes = Nodes::of(params, h, rule);
    let most = nodes.most.max(0.0);
    // Alive, then every time to have stopped at.
    let mut sum = (-most).exp();
    let by_alive = [
        -ln_a,
        r / alpha - power / (alpha + h.age),
        -ln_b,
        s / beta - s / (beta + h.age),
    ];
    let mut slope = by_alive.map(|d| d * sum);
    for (ln, (a, b)) in nodes.ln[..nodes.n].iter().zip(nodes.at) {
        let part = (ln - most).exp();
        sum += part;
        slope[0] += part * (ln_alpha - a);
        slope[1] += part * (r / alpha - power * (-a).exp());
        slope[2] += part * (1.0 / s + ln_beta - b);
        slope[3] += part * (s / beta - (s + 1.0) * (-b).exp());
    }
    (alive + most + sum.ln(), slope.map(|v| v / sum))
}

/// Expected purchases within `t` of a customer who is alive.
pub(super) fn expected_alive(params: [f64; 4], h: History, t: f64) -> f64 {
    let [r, alpha, s, beta] = params;
    let left = (t / (beta + h.age)).ln_1p();
    let k = (s - 1.0) * left;
    // (1 − e^−k) / (s − 1), also where s is 1.
    let time = if k.abs() < 1e-8 {
        left * (1.0 - 0.5 * k)
    } else {
        -(-k).exp_m1() / (s - 1.0)
    };
    (r + f64::from(h.frequency)) / (alpha + h.age) * (beta + h.age) * time
}
