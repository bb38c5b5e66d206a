//! Vector lanes: WebAssembly's simd128 where it is compiled in, arrays elsewhere. Both do the same operations in the same
//! order, so a kernel written with them gives the same bits natively and in the browser.

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod imp {
    use core::arch::wasm32::*;

    /// Two doubles.
    #[derive(Debug, Clone, Copy)]
    pub struct F64x2(v128);

    /// Four singles.
    #[derive(Debug, Clone, Copy)]
    pub struct F32x4(v128);

    impl F64x2 {
        /// Both lanes alike.
        #[inline(always)]
        pub fn splat(v: f64) -> Self {
            Self(f64x2_splat(v))
        }
        /// From memory.
        #[inline(always)]
        pub fn load(a: &[f64; 2]) -> Self {
            // SAFETY: the reference covers the 16 bytes read; v128.load takes any alignment.
            Self(unsafe { v128_load(a.as_ptr().cast()) })
        }
        /// Two singles from memory, widened.
        #[inline(always)]
        pub fn widen(a: &[f32; 2]) -> Self {
            // SAFETY: the reference covers the 8 bytes read; v128.load64_zero takes any alignment.
            Self(f64x2_promote_low_f32x4(unsafe {
                v128_load64_zero(a.as_ptr().cast())
            }))
        }
        /// To memory.
        #[inline(always)]
        pub fn store(self, a: &mut [f64; 2]) {
            // SAFETY: the reference covers the 16 bytes written; v128.store takes any alignment.
            unsafe { v128_store(a.as_mut_ptr().cast(), self.0) }
        }
        /// Sum of the lanes.
        #[inline(always)]
        pub fn sum(self) -> f64 {
            f64x2_extract_lane::<0>(self.0) + f64x2_extract_lane::<1>(self.0)
        }
        /// Absolute values.
        #[inline(always)]
        pub fn abs(self) -> Self {
            Self(f64x2_abs(self.0))
        }
        /// The larger of each; `other` must not be NaN.
        #[inline(always)]
        pub fn max(self, other: Self) -> Self {
            Self(f64x2_pmax(other.0, self.0))
        }
        /// `yes` where a lane is at least 0, else `no`.
        #[inline(always)]
        pub fn if_not_negative(self, yes: Self, no: Self) -> Self {
            Self(v128_bitselect(
                yes.0,
                no.0,
                f64x2_ge(self.0, f64x2_splat(0.0)),
            ))
        }
        /// `2^k` for lanes that hold `k + 1.5 · 2^52`.
        #[inline(always)]
        pub fn power_of_two(self) -> Self {
            let base = i64x2_splat(super::ROUND.to_bits().wrapping_sub(1023) as i64);
            Self(i64x2_shl(i64x2_sub(self.0, base), 52))
        }
    }

    impl F32x4 {
        /// All lanes alike.
        #[inline(always)]
        pub fn splat(v: f32) -> Self {
            Self(f32x4_splat(v))
        }
        /// From memory.
        #[inline(always)]
        pub fn load(a: &[f32; 4]) -> Self {
            // SAFETY: the reference covers the 16 bytes read; v128.load takes any alignment.
            Self(unsafe { v128_load(a.as_ptr().cast()) })
        }
        /// To memory.
        #[inline(always)]
        pub fn store(self, a: &mut [f32; 4]) {
            // SAFETY: the reference covers the 16 bytes written; v128.store takes any alignment.
            unsafe { v128_store(a.as_mut_ptr().cast(), self.0) }
        }
        /// The smaller of each; no lane may be NaN.
        #[inline(always)]
        pub fn min(self, other: Self) -> Self {
            Self(f32x4_pmin(other.0, self.0))
        }
        /// The larger of each; no lane may be NaN.
        #[inline(always)]
        pub fn max(self, other: Self) -> Self {
            Self(f32x4_pmax(other.0, self.0))
        }
        /// `yes` where a lane is less than that of `other`, else `no`.
        #[inline(always)]
        pub fn if_less(self, other: Self, yes: Self, no: Self) -> Self {
            Self(v128_bitselect(yes.0, no.0, f32x4_lt(self.0, other.0)))
        }
        /// Columns become rows.
        #[inline(always)]
        pub fn transpose([a, b, c, d]: [Self; 4]) -> [Self; 4] {
            let (ab, cd) = (
                i32x4_shuffle::<0, 4, 1, 5>(a.0, b.0),
                i32x4_shuffle::<0, 4, 1, 5>(c.0, d.0),
            );
            let (ef, gh) = (
                i32x4_shuffle::<2, 6, 3, 7>(a.0, b.0),
                i32x4_shuffle::<2, 6, 3, 7>(c.0, d.0),
            );
            [
                Self(i64x2_shuffle::<0, 2>(ab, cd)),
                Self(i64x2_shuffle::<1, 3>(ab, cd)),
                Self(i64x2_shuffle::<0, 2>(ef, gh)),
                Self(i64x2_shuffle::<1, 3>(ef, gh)),
            ]
        }
        /// Sum of the lanes.
        #[inline(always)]
        pub fn sum(self) -> f32 {
            let v = self.0;
            (f32x4_extract_lane::<0>(v) + f32x4_extract_lane::<1>(v))
                + (f32x4_extract_lane::<2>(v) + f32x4_extract_lane::<3>(v))
        }
    }

    macro_rules! operator {
        ($of:ident, $op:ident, $f:ident, $i:ident) => {
            impl core::ops::$op for $of {
                type Output = Self;
                #[inline(always)]
                fn $f(self, other: Self) -> Self {
                    Self($i(self.0, other.0))
                }
            }
        };
    }
    operator!(F64x2, Add, add, f64x2_add);
    operator!(F64x2, Sub, sub, f64x2_sub);
    operator!(F64x2, Mul, mul, f64x2_mul);
    operator!(F64x2, Div, div, f64x2_div);
    operator!(F32x4, Add, add, f32x4_add);
    operator!(F32x4, Sub, sub, f32x4_sub);
    operator!(F32x4, Mul, mul, f32x4_mul);
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod imp {
    /// Two doubles.
    #[derive(Debug, Clone, Copy)]
    pub struct F64x2([f64; 2]);

    /// Four singles.
    #[derive(Debug, Clone, Copy)]
    pub struct F32x4([f32; 4]);

    impl F64x2 {
        /// Both lanes alike.
        #[inline(always)]
        pub fn splat(v: f64) -> Self {
            Self([v; 2])
        }
        /// From memory.
        #[inline(always)]
        pub fn load(a: &[f64; 2]) -> Self {
            Self(*a)
        }
        /// Two singles from memory, widened.
        #[inline(always)]
        pub fn widen(a: &[f32; 2]) -> Self {
            Self([f64::from(a[0]), f64::from(a[1])])
        }
        /// To memory.
        #[inline(always)]
        pub fn store(self, a: &mut [f64; 2]) {
            *a = self.0;
        }
        /// Sum of the lanes.
        #[inline(always)]
        pub fn sum(self) -> f64 {
            self.0[0] + self.0[1]
        }
        /// Absolute values.
        #[inline(always)]
        pub fn abs(self) -> Self {
            Self([self.0[0].abs(), self.0[1].abs()])
        }
        /// The larger of each; `other` must not be NaN.
        #[inline(always)]
        pub fn max(self, other: Self) -> Self {
            let of = |a: f64, b: f64| if b < a { a } else { b };
            Self([of(self.0[0], other.0[0]), of(self.0[1], other.0[1])])
        }
        /// `yes` where a lane is at least 0, else `no`.
        #[inline(always)]
        pub fn if_not_negative(self, yes: Self, no: Self) -> Self {
            let of = |k: usize| {
                if self.0[k] >= 0.0 { yes.0[k] } else { no.0[k] }
            };
            Self([of(0), of(1)])
        }
        /// `2^k` for lanes that hold `k + 1.5 · 2^52`.
        #[inline(always)]
        pub fn power_of_two(self) -> Self {
            let base = super::ROUND.to_bits().wrapping_sub(1023);
            Self(
                self.0
                    .map(|v| f64::from_bits(v.to_bits().wrapping_sub(base) << 52)),
            )
        }
    }

    impl F32x4 {
        /// All lanes alike.
        #[inline(always)]
        pub fn splat(v: f32) -> Self {
            Self([v; 4])
        }
        /// From memory.
        #[inline(always)]
        pub fn load(a: &[f32; 4]) -> Self {
            Self(*a)
        }
        /// To memory.
        #[inline(always)]
        pub fn store(self, a: &mut [f32; 4]) {
            *a = self.0;
        }
        /// The smaller of each; no lane may be NaN.
        #[inline(always)]
        pub fn min(self, other: Self) -> Self {
            self.if_less(other, self, other)
        }
        /// The larger of each; no lane may be NaN.
        #[inline(always)]
        pub fn max(self, other: Self) -> Self {
            self.if_less(other, other, self)
        }
        /// `yes` where a lane is less than that of `other`, else `no`.
        #[inline(always)]
        pub fn if_less(self, other: Self, yes: Self, no: Self) -> Self {
            let of = |k: usize| {
                if self.0[k] < other.0[k] {
                    yes.0[k]
                } else {
                    no.0[k]
                }
            };
            Self([of(0), of(1), of(2), of(3)])
        }
        /// Columns become rows.
        #[inline(always)]
        pub fn transpose(rows: [Self; 4]) -> [Self; 4] {
            let column = |j: usize| Self(rows.map(|r| r.0[j]));
            [column(0), column(1), column(2), column(3)]
        }
        /// Sum of the lanes.
        #[inline(always)]
        pub fn sum(self) -> f32 {
            (self.0[0] + self.0[1]) + (self.0[2] + self.0[3])
        }
    }

    macro_rules! operator {
        ($of:ident, $op:ident, $f:ident, $n:literal, $o:tt) => {
            impl core::ops::$op for $of {
                type Output = Self;
                #[inline(always)]
                fn $f(mut self, other: Self) -> Self {
                    for k in 0..$n {
                        let (a, b) = (self.0[k], other.0[k]);
                        self.0[k] = a $o b;
                    }
                    self
                }
            }
        };
    }
    operator!(F64x2, Add, add, 2, +);
    operator!(F64x2, Sub, sub, 2, -);
    operator!(F64x2, Mul, mul, 2, *);
    operator!(F64x2, Div, div, 2, /);
    operator!(F32x4, Add, add, 4, +);
    operator!(F32x4, Sub, sub, 4, -);
    operator!(F32x4, Mul, mul, 4, *);
}

pub use imp::{F32x4, F64x2};

/// 1.5 · 2^52: adding it rounds to the nearest whole number and leaves that in the low mantissa bits.
pub const ROUND: f64 = 6_755_399_441_055_744.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_do_what_they_say() {
        let mut out = [0.0; 2];
        let a = F64x2::load(&[-1.5, 2.0]);
        a.abs().store(&mut out);
        assert_eq!(out, [1.5, 2.0]);
        a.max(F64x2::splat(0.0)).store(&mut out);
        assert_eq!(out, [0.0, 2.0]);
        a.if_not_negative(F64x2::splat(1.0), F64x2::splat(2.0))
            .store(&mut out);
        assert_eq!(out, [2.0, 1.0]);
        (F64x2::load(&[-3.0, 10.0]) + F64x2::splat(ROUND))
            .power_of_two()
            .store(&mut out);
        assert_eq!(out, [0.125, 1024.0]);
        let b = F32x4::load(&[1.0, 2.0, 3.0, 4.0]);
        assert_eq!((b * b + F32x4::splat(1.0)).sum(), 34.0);
        let c = F32x4::load(&[4.0, -3.0, 3.0, 0.0]);
        let mut out = [0.0; 4];
        b.min(c).store(&mut out);
        assert_eq!(out, [1.0, -3.0, 3.0, 0.0]);
        b.max(c).store(&mut out);
        assert_eq!(out, [4.0, 2.0, 3.0, 4.0]);
        b.if_less(c, b, F32x4::splat(9.0)).store(&mut out);
        assert_eq!(out, [1.0, 9.0, 9.0, 9.0]);
        let turned = F32x4::transpose([b, c, b * b, c * c]);
        turned[1].store(&mut out);
        assert_eq!(out, [2.0, -3.0, 4.0, 9.0]);
        turned[3].store(&mut out);
        assert_eq!(out, [4.0, 0.0, 16.0, 0.0]);
        assert_eq!((F64x2::widen(&[1.5, 2.5]) / F64x2::splat(2.0)).sum(), 2.0);
    }
}
