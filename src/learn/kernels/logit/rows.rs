//! What happens to the rows of a panel: probabilities, residuals, loss.
use super::super::{
    exp::{exp_f64, exp_f64x2},
    lanes::F64x2,
    panels::{PANEL, Rows, pairs, pairs_mut, total},
};

/// Turns `z` into residuals `w (p − y)`, fills `spread` with `w p (1 − p)`, returns the loss of the first `used` rows.
pub(super) fn binary(
    z: &mut Rows,
    spread: &mut [f64],
    y: &[f64],
    weight: Option<&[f64]>,
    used: usize,
) -> f64 {
    let mut linear = [0.0; PANEL];
    let mut grown = [1.0; PANEL];
    if let (Some(y), Some(spread)) = (y.first_chunk(), spread.first_chunk_mut()) {
        sigmoids(z, y, spread, &mut linear, &mut grown);
    }
    z[used..].fill(0.0);
    spread[used..].fill(0.0);
    match weight {
        None => {
            linear[used..].fill(0.0);
            grown[used..].fill(1.0);
            // Factors are at most 2, so 256 of them stay far from overflow: one logarithm for all.
            let mut product = [1.0; 4];
            for four in grown.as_chunks::<4>().0 {
                product.iter_mut().zip(four).for_each(|(p, g)| *p *= g);
            }
            let product = (product[0] * product[1]) * (product[2] * product[3]);
            total(&linear) + product.ln()
        }
        Some(w) => {
            let mut loss = 0.0;
            for q in 0..used {
                loss += w[q] * (linear[q] + grown[q].ln());
                z[q] *= w[q];
                spread[q] *= w[q];
            }
            loss
        }
    }
}

#[inline(never)]
fn sigmoids(z: &mut Rows, y: &Rows, spread: &mut Rows, linear: &mut Rows, grown: &mut Rows) {
    let (zero, one) = (F64x2::splat(0.0), F64x2::splat(1.0));
    let fours = pairs_mut(z).iter_mut().zip(pairs(y));
    let fours = fours.zip(pairs_mut(spread)).zip(pairs_mut(linear));
    for ((((z, y), spread), linear), grown) in fours.zip(pairs_mut(grown)) {
        let e = exp_f64x2([0, 1].map(|i| zero - F64x2::load(&z[i]).abs()));
        for (i, e) in e.into_iter().enumerate() {
            let (v, y) = (F64x2::load(&z[i]), F64x2::load(&y[i]));
            let more = one + e;
            let inverse = one / more;
            let small = e * inverse;
            let p = v.if_not_negative(inverse, small);
            (v.max(zero) - y * v).store(&mut linear[i]);
            more.store(&mut grown[i]);
            (small * inverse).store(&mut spread[i]);
            (p - y).store(&mut z[i]);
        }
    }
}

/// Turns the `z` of all outputs into probabilities; returns the loss of the first `used` rows.
pub(super) fn softmax(z: &mut [Rows], codes: &[u32], weight: Option<&[f64]>, used: usize) -> f64 {
    let mut top = [f64::NEG_INFINITY; PANEL];
    for z in z.iter() {
        top.iter_mut().zip(z).for_each(|(t, z)| *t = t.max(*z));
    }
    let mut loss = 0.0;
    let mut sum = [0.0; PANEL];
    let own: Rows = std::array::from_fn(|q| {
        let k = codes.get(q).map_or(0, |c| *c as usize);
        z.get(k).map_or(0.0, |z| z[q])
    });
    for z in z.iter_mut() {
        exponentials(z, &top, &mut sum);
    }
    for q in 0..used {
        let w = weight.map_or(1.0, |w| w[q]);
        loss += w * (top[q] + sum[q].ln() - own[q]);
    }
    for z in z {
        z.iter_mut().zip(&sum).for_each(|(z, s)| *z /= s);
    }
    loss
}

#[inline(never)]
fn exponentials(z: &mut Rows, top: &Rows, sum: &mut Rows) {
    for ((z, t), s) in z.iter_mut().zip(top).zip(sum) {
        *z = exp_f64(*z - t);
        *s += *z;
    }
}

/// Turns probabilities into residuals `w (p − y)`.
pub(super) fn residuals(p: &mut [Rows], codes: &[u32], weight: Option<&[f64]>, used: usize) {
    for (q, &c) in codes[..used].iter().enumerate() {
        if let Some(own) = p.get_mut(c as usize) {
            own[q] -= 1.0;
        }
    }
    for r in p {
        r[used..].fill(0.0);
        if let Some(w) = weight {
            r.iter_mut().zip(w).for_each(|(r, w)| *r *= w);
        }
    }
}
