//! Formulas of the Pareto/NBD model. The chance to have stopped between the last purchase and the end, `∫ s (alpha +
//! y)^−(r+x) (beta + y)^−(s+1) dy`, is integrated as it stands where it is usually a difference of two hypergeometric
//! functions: positive terms, and a gradient made of integrals of the same kind.
use super::counting::History;

/// Where the integrand is below `e^−30` of its start it is left out.
const DEPTH: f64 = 30.0;

/// Nodes of the integral: logarithm of the integrand over its alive counterpart, with the weight in, and `y`.
fn nodes(params: [f64; 4], h: History, rule: &[(f64, f64)], mut each: impl FnMut(f64, f64)) {
    let [r, alpha, s, beta] = params;
    let x = f64::from(h.frequency);
    let since = (h.age - h.recency).max(0.0);
    if since <= 0.0 {
        return;
    }
    let (at_a, at_b) = (alpha + h.recency, beta + h.recency);
    // y = recency + unit · (e^u − 1), on which the integrand falls nearly evenly.
    let unit = at_a.min(at_b);
    let fall = (r + x) * unit / at_a + (s + 1.0) * unit / at_b;
    let whole = (since / unit).ln_1p();
    let most = whole.min(DEPTH / (fall - 1.0).max(0.1));
    for (node, weight) in rule {
        let u = most * node;
        let y = h.recency + unit * u.exp_m1();
        let later = h.age - y;
        // In units of what the likelihood is when alive at the end.
        let ln = (r + x) * (later / (alpha + y)).ln_1p() + s * (later / (beta + y)).ln_1p();
        each(ln + (s * weight * most * unit / (beta + y)).ln() + u, y);
    }
}

/// Logarithm of the chance to have stopped over the chance to be alive.
pub(super) fn ln_dead_over_alive(params: [f64; 4], h: History, rule: &[(f64, f64)]) -> f64 {
    let mut most = f64::NEG_INFINITY;
    nodes(params, h, rule, |ln, _| most = most.max(ln));
    if most == f64::NEG_INFINITY {
        return most;
    }
    let mut sum = 0.0;
    nodes(params, h, rule, |ln, _| sum += (ln - most).exp());
    most + sum.ln()
}

/// Log-likelihood without the factor `Γ(r + x) / Γ(r)`, and its derivatives by the parameters.
pub(super) fn log_likelihood(params: [f64; 4], h: History, rule: &[(f64, f64)]) -> (f64, [f64; 4]) {
    let [r, alpha, s, beta] = params;
    let x = f64::from(h.frequency);
    let (ln_a, ln_b) = ((h.age / alpha).ln_1p(), (h.age / beta).ln_1p());
    let alive = -(r + x) * ln_a - x * alpha.ln() - s * ln_b;
    let mut most = 0.0_f64;
    nodes(params, h, rule, |ln, _| most = most.max(ln));
    // Alive, then every time to have stopped at.
    let mut sum = (-most).exp();
    let by_alive = [
        -ln_a,
        r / alpha - (r + x) / (alpha + h.age),
        -ln_b,
        s / beta - s / (beta + h.age),
    ];
    let mut slope = by_alive.map(|d| d * sum);
    nodes(params, h, rule, |ln, y| {
        let part = (ln - most).exp();
        sum += part;
        let by = [
            -(y / alpha).ln_1p(),
            r / alpha - (r + x) / (alpha + y),
            1.0 / s - (y / beta).ln_1p(),
            s / beta - (s + 1.0) / (beta + y),
        ];
        for (to, d) in slope.iter_mut().zip(by) {
            *to += part * d;
        }
    });
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
