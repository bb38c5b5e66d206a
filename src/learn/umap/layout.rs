//! The map: joined rows are pulled together, drawn ones pushed apart.
use super::super::kernels::exp::exp_f64;
use super::Edge;
use crate::base::{Result, Run, Stage, random};
use rand_chacha::rand_core::Rng as _;

/// Stream of the seed.
const STREAM: u64 = 0x756d;
/// `1 / (1 + a d^2b)` closest to a plateau up to 0.1 and `exp(0.1 − d)` beyond.
const A: f64 = 1.576_943_460_405_378;
const B: f64 = 0.895_060_878_123_142_9;
/// Rows drawn for each pull.
const PUSHES: usize = 5;
/// Longest step along an axis at full rate.
const LONGEST: f64 = 4.0;
/// Half the width of the map at the start.
const WIDTH: f64 = 10.0;

/// The natural logarithm of a finite number above 0 by sums and products alone: a library's differs in its last bits from one
/// machine to the next, and a map would follow these to another place. Relative error about 1e-11.
#[inline(always)]
fn ln(x: f64) -> f64 {
    let x = x.max(f64::MIN_POSITIVE);
    let bits = x.to_bits();
    // The mantissa between √½ and √2.
    let shift = (bits >> 52) as i64 - 1023;
    let mantissa = f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52);
    let (mantissa, power) = if mantissa > std::f64::consts::SQRT_2 {
        (mantissa / 2.0, shift + 1)
    } else {
        (mantissa, shift)
    };
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let q = s * s;
    let mut p = 1.0 / 13.0;
    for odd in [11.0, 9.0, 7.0, 5.0, 3.0, 1.0] {
        p = p * q + 1.0 / odd;
    }
    2.0 * s * p + power as f64 * std::f64::consts::LN_2
}

#[inline(always)]
fn clip(v: f64) -> f64 {
    v.clamp(-LONGEST, LONGEST)
}

/// Moves `places`, principal components, until they show the edges.
pub fn settle(places: &mut [[f64; 2]], edges: &[Edge], run: &mut Run<'_>) -> Result<()> {
    let n = places.len();
    let epochs = if n <= 10_000 { 500 } else { 200 };
    let mut rng = run.rng(STREAM);
    let most = places.iter().flatten().fold(0.0f64, |m, v| m.max(v.abs()));
    let scale = if most > 0.0 { WIDTH / most } else { 0.0 };
    for v in places.iter_mut().flatten() {
        // Rows at one place would never come apart.
        let unit = f64::from(rng.next_u32()) / f64::from(u32::MAX) - 0.5;
        *v = *v * scale + 2e-4 * unit;
    }
    let top = edges.iter().fold(0.0f64, |m, e| m.max(e.weight));
    // An edge is pulled at in as many epochs as its share of the firmest one's says.
    let mut pulls: Vec<(u32, u32, f32, f32)> = edges
        .iter()
        .filter(|e| e.weight * epochs as f64 >= top)
        .flat_map(|e| {
            let every = (top / e.weight) as f32;
            let [a, b] = e.rows;
            [(a, b, every, every), (b, a, every, every)]
        })
        .collect();
    // By row, as the rows of a matrix would be.
    pulls.sort_unstable_by_key(|p| (p.0, p.1));
    for epoch in 0..epochs {
        run.step(
            Stage::Fitting,
            (epochs / 3 + epoch) as u64,
            (epochs / 3 + epochs) as u64,
        )?;
        let rate = 1.0 - epoch as f64 / epochs as f64;
        for (a, b, every, next) in &mut pulls {
            if *next > epoch as f32 {
                continue;
            }
            *next += *every;
            let (a, b) = (*a as usize, *b as usize);
            let mut own = places[a];
            let to = places[b];
            let away = [own[0] - to[0], own[1] - to[1]];
            let squared = away[0] * away[0] + away[1] * away[1];
            if squared > 0.0 {
                let power = exp_f64(B * ln(squared));
                let pull = -2.0 * A * B * power / (squared * (A * power + 1.0));
                for j in 0..2 {
                    let step = clip(pull * away[j]) * rate;
                    own[j] += step;
                    places[b][j] -= step;
                }
            }
            for _ in 0..PUSHES {
                let c = random::below(&mut rng, n as u32) as usize;
                if c == a {
                    continue;
                }
                let away = [own[0] - places[c][0], own[1] - places[c][1]];
                let squared = away[0] * away[0] + away[1] * away[1];
                if squared > 0.0 {
                    let power = exp_f64(B * ln(squared));
                    let push = 2.0 * B / ((0.001 + squared) * (A * power + 1.0));
                    own[0] += clip(push * away[0]) * rate;
                    own[1] += clip(push * away[1]) * rate;
                }
            }
            places[a] = own;
        }
    }
    let total = (epochs / 3 + epochs) as u64;
    run.step(Stage::Fitting, total, total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithm_is_one() {
        for x in [1e-300, 3e-5, 0.5, 0.7, 1.0, 1.414, 1.415, 2.0, 77.7, 1e12] {
            assert!(
                (ln(x) - x.ln()).abs() <= 1e-10 * x.ln().abs().max(1.0),
                "{x}"
            );
        }
    }
}
