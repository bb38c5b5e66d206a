//! The map: joined rows are pulled together, drawn ones pushed apart.
use super::super::kernels::exp::exp_f32;
use super::Edge;
use crate::base::{Result, Run, Stage};
use rand_chacha::rand_core::Rng as _;

/// Stream of the seed.
const STREAM: u64 = 0x756d;
/// `1 / (1 + a d^2b)` closest to a plateau up to 0.1 and `exp(0.1 − d)` beyond.
const A: f32 = 1.576_943_5;
const B: f32 = 0.895_060_9;
/// Rows drawn for each pull.
const PUSHES: usize = 5;
/// Longest step along an axis at full rate.
const LONGEST: f32 = 4.0;
/// Half the width of the map at the start.
const WIDTH: f64 = 10.0;

/// Distances whose powers are worked out side by side: that of the pull, then of the pushes.
const SIDE: usize = 8;

/// `x^B` of numbers that are not below 0, by sums and products alone: a library's logarithm differs in its last bits from one
/// machine to the next, and a map would follow these to another place. Relative error about 1e-6.
#[inline(always)]
fn powers(x: [f32; SIDE]) -> [f32; SIDE] {
    x.map(|x| {
        // The mantissa between √½ and √2, the rest a power of two.
        let bits = x.max(1e-30).to_bits() as i32;
        let power = (bits - 0x3f35_04f3) >> 23;
        let mantissa = f32::from_bits((bits - (power << 23)) as u32);
        let s = (mantissa - 1.0) / (mantissa + 1.0);
        let q = s * s;
        let p = 1.0 + q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0 + q * (1.0 / 9.0))));
        exp_f32(B * (2.0 * s * p + power as f32 * std::f32::consts::LN_2))
    })
}

#[inline(always)]
fn clip(v: f32) -> f32 {
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
    let mut at: Vec<[f32; 2]> = places.iter().map(|p| p.map(|v| v as f32)).collect();
    for epoch in 0..epochs {
        run.step(
            Stage::Fitting,
            (epochs / 3 + epoch) as u64,
            (epochs / 3 + epochs) as u64,
        )?;
        let rate = 1.0 - epoch as f32 / epochs as f32;
        for (a, b, every, next) in &mut pulls {
            if *next > epoch as f32 {
                continue;
            }
            *next += *every;
            let (a, b) = (*a as usize, *b as usize);
            let own = at[a];
            let mut away = [[0f32; 2]; SIDE];
            let mut squared = [0f32; SIDE];
            for (l, (away, squared)) in away.iter_mut().zip(&mut squared).enumerate() {
                let to = match l {
                    0 => b,
                    // Chances differ by less than 1e-5 of each.
                    1..=PUSHES => ((u64::from(rng.next_u32()) * n as u64) >> 32) as usize,
                    _ => break,
                };
                *away = [own[0] - at[to][0], own[1] - at[to][1]];
                *squared = away[0] * away[0] + away[1] * away[1];
            }
            let power = powers(squared);
            let mut force = [0f32; SIDE];
            for (l, f) in force.iter_mut().enumerate() {
                let (first, power) = (squared[l], power[l]);
                // A row drawn for itself, or one at the same place, does nothing.
                let up = if l == 0 {
                    -2.0 * A * B * power
                } else {
                    2.0 * B
                };
                let least = if l == 0 { 0.0 } else { 0.001 };
                let by = (first + least).max(1e-30) * (A * power + 1.0);
                *f = if first > 0.0 { up / by } else { 0.0 };
            }
            let step = [0, 1].map(|j| clip(force[0] * away[0][j]) * rate);
            let mut to = [own[0] + step[0], own[1] + step[1]];
            at[b] = [at[b][0] - step[0], at[b][1] - step[1]];
            for l in 1..=PUSHES {
                for j in 0..2 {
                    to[j] += clip(force[l] * away[l][j]) * rate;
                }
            }
            at[a] = to;
        }
    }
    for (place, at) in places.iter_mut().zip(&at) {
        *place = at.map(f64::from);
    }
    let total = (epochs / 3 + epochs) as u64;
    run.step(Stage::Fitting, total, total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_powers() {
        for x in [1e-12f32, 3e-5, 0.5, 0.7, 1.0, 1.414, 1.415, 2.0, 77.7, 1e12] {
            let want = x.powf(B);
            assert!((powers([x; SIDE])[3] / want - 1.0).abs() < 5e-6, "{x}");
        }
        assert!(powers([0.0; SIDE])[0] < 1e-20);
    }
}
