//! What quasi-Newton steps remember: the last moves and how the gradient changed over them.
use super::super::linear::dot;
use super::subtract;
use std::collections::VecDeque;

/// Pairs kept.
const MEMORY: usize = 12;

/// The last pairs of a move `s` and a change of gradient `y`, with `1 / sᵀy`.
#[derive(Debug, Default)]
pub(super) struct Memory(VecDeque<(Vec<f64>, Vec<f64>, f64)>);

impl Memory {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes a pair up, unless the curvature along it is not clearly positive.
    pub(super) fn push(&mut self, s: Vec<f64>, y: Vec<f64>) {
        let sy = dot(&s, &y);
        if sy > 1e-12 * dot(&y, &y).sqrt() * dot(&s, &s).sqrt() {
            if self.0.len() == MEMORY {
                self.0.pop_front();
            }
            self.0.push_back((s, y, 1.0 / sy));
        }
    }

    /// `yᵀ D⁻¹ y / sᵀy` of the last pair, for a diagonal `D`: how far `D` is from the curvature seen last.
    pub(super) fn size(&self, diagonal: &[f64]) -> Option<f64> {
        self.0.back().map(|(_, y, rho)| {
            let yy: f64 = y.iter().zip(diagonal).map(|(y, s)| y * y / s).sum();
            rho * yy
        })
    }

    /// The step for `gradient`, where `rough` applies a first guess of the inverse curvature.
    pub(super) fn direction(
        &self,
        gradient: &[f64],
        rough: impl FnOnce(Vec<f64>) -> Vec<f64>,
    ) -> Vec<f64> {
        let mut r = gradient.to_vec();
        let mut alphas = Vec::with_capacity(self.0.len());
        for (s, y, rho) in self.0.iter().rev() {
            let alpha = rho * dot(s, &r);
            subtract(&mut r, y, alpha);
            alphas.push(alpha);
        }
        let mut r = rough(r);
        for ((s, y, rho), alpha) in self.0.iter().zip(alphas.iter().rev()) {
            let beta = rho * dot(y, &r);
            subtract(&mut r, s, beta - alpha);
        }
        r
    }
}
