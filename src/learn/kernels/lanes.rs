//! Four single-precision numbers at once: vector instructions in the browser, plain arithmetic natively, the same bits in
//! both, since every lane is rounded by itself and lanes are summed in one fixed order.

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod imp {
    use core::arch::wasm32::{
        f32x4_add, f32x4_extract_lane, f32x4_mul, f32x4_splat, f32x4_sub, v128,
    };

    /// Four numbers.
    #[derive(Debug, Clone, Copy)]
    pub struct F4(v128);

    impl F4 {
        /// From an array.
        #[inline(always)]
        pub fn new(v: [f32; 4]) -> Self {
            // SAFETY: both are 16 bytes in which every bit pattern is valid.
            Self(unsafe { core::mem::transmute::<[f32; 4], v128>(v) })
        }
        /// Four times the same.
        #[inline(always)]
        pub fn splat(v: f32) -> Self {
            Self(f32x4_splat(v))
        }
        /// Lane by lane.
        #[inline(always)]
        pub fn plus(self, b: Self) -> Self {
            Self(f32x4_add(self.0, b.0))
        }
        /// Lane by lane.
        #[inline(always)]
        pub fn minus(self, b: Self) -> Self {
            Self(f32x4_sub(self.0, b.0))
        }
        /// Lane by lane.
        #[inline(always)]
        pub fn times(self, b: Self) -> Self {
            Self(f32x4_mul(self.0, b.0))
        }
        /// `(l0 + l1) + (l2 + l3)`.
        #[inline(always)]
        pub fn sum(self) -> f32 {
            let v = self.0;
            (f32x4_extract_lane::<0>(v) + f32x4_extract_lane::<1>(v))
                + (f32x4_extract_lane::<2>(v) + f32x4_extract_lane::<3>(v))
        }
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod imp {
    use std::array::from_fn;

    /// Four numbers.
    #[derive(Debug, Clone, Copy)]
    pub struct F4([f32; 4]);

    impl F4 {
        /// From an array.
        #[inline(always)]
        pub fn new(v: [f32; 4]) -> Self {
            Self(v)
        }
        /// Four times the same.
        #[inline(always)]
        pub fn splat(v: f32) -> Self {
            Self([v; 4])
        }
        /// Lane by lane.
        #[inline(always)]
        pub fn plus(self, b: Self) -> Self {
            Self(from_fn(|k| self.0[k] + b.0[k]))
        }
        /// Lane by lane.
        #[inline(always)]
        pub fn minus(self, b: Self) -> Self {
            Self(from_fn(|k| self.0[k] - b.0[k]))
        }
        /// Lane by lane.
        #[inline(always)]
        pub fn times(self, b: Self) -> Self {
            Self(from_fn(|k| self.0[k] * b.0[k]))
        }
        /// `(l0 + l1) + (l2 + l3)`.
        #[inline(always)]
        pub fn sum(self) -> f32 {
            let v = self.0;
            (v[0] + v[1]) + (v[2] + v[3])
        }
    }
}

pub use imp::F4;

/// Numbers per lane group.
pub const LANES: usize = 4;

/// Rows of `n_columns` padded with zeros to a multiple of [`LANES`]; returns the padded width too.
pub fn padded(x: &[f32], n_columns: usize) -> (Vec<[f32; 4]>, usize) {
    let width = n_columns.div_ceil(LANES);
    let n = x.len() / n_columns.max(1);
    let mut out = vec![[0.0; LANES]; n * width];
    for (row, to) in x
        .chunks_exact(n_columns.max(1))
        .zip(out.chunks_exact_mut(width.max(1)))
    {
        for (from, to) in row.chunks(LANES).zip(to) {
            to[..from.len()].copy_from_slice(from);
        }
    }
    (out, width)
}

/// Squared distance of two padded rows.
#[inline(always)]
pub fn distance2(a: &[[f32; 4]], b: &[[f32; 4]]) -> f32 {
    let mut sum = F4::splat(0.0);
    for (a, b) in a.iter().zip(b) {
        let d = F4::new(*a).minus(F4::new(*b));
        sum = sum.plus(d.times(d));
    }
    sum.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_changes_no_distance() {
        let x: Vec<f32> = (0..14).map(|i| (i * i % 11) as f32).collect();
        let (rows, width) = padded(&x, 7);
        assert_eq!((rows.len(), width), (4, 2));
        let plain: f32 = (0..7).map(|j| (x[j] - x[7 + j]).powi(2)).sum();
        assert_eq!(distance2(&rows[..2], &rows[2..]), plain);
        assert_eq!(padded(&[], 3).0.len(), 0);
    }
}
