//! Sums of gradients per bin, exact in whole numbers.
//!
//! Two fields share one `i64`: the signed one above bit 32, the one that is never negative below. One addition
//! sums both, in any order with the same result, and a child's histogram is the parent's minus its sibling's.
use super::bins::{Bins, LANE};

/// Packs a signed and an unsigned field. Over any set of rows `|Σ signed| < 2³¹` and `Σ unsigned < 2³²` must hold.
#[inline(always)]
pub fn pack(signed: i32, unsigned: u32) -> i64 {
    (i64::from(signed) << 32) + i64::from(unsigned)
}

/// Both fields of a sum.
#[inline(always)]
pub fn unpack(sum: i64) -> (f64, f64) {
    (f64::from((sum >> 32) as i32), f64::from(sum as u32))
}

/// Adds the packed values of `rows` to the bins they fall in. `histogram` has [`Bins::histogram_len`] sums; `packed`
/// may stop before the last row of the matrix.
///
/// Rows outside the matrix or `packed` are a caller's error and panic before anything is added.
pub fn accumulate(bins: &Bins, rows: &[u32], packed: &[i64], histogram: &mut [i64]) {
    let n = packed.len();
    assert!(n <= bins.n_rows() && histogram.len() == bins.histogram_len());
    // The largest one tells; unlike a search this vectorises.
    let last = rows.iter().fold(0, |a, b| a.max(*b));
    assert!((last as usize) < n || rows.is_empty());
    for chunk in rows.chunks(4096) {
        // SAFETY: every row is below `packed.len()`, which is at most `n_rows`, and `histogram` has its full length, as
        // asserted above.
        unsafe { add_chunk(bins, chunk, packed, histogram) }
    }
}

/// # Safety
/// Every row is below `bins.n_rows()` and `packed.len()`, `histogram` has `bins.histogram_len()`.
#[inline(never)]
unsafe fn add_chunk(bins: &Bins, rows: &[u32], packed: &[i64], histogram: &mut [i64]) {
    let stride = bins.stride();
    let codes = bins.by_row();
    let offsets = &bins.offsets()[..stride];
    for &row in rows {
        let row = row as usize;
        // SAFETY: `row < packed.len()`.
        let value = unsafe { *packed.get_unchecked(row) };
        // SAFETY: `codes` has `n_rows · stride` bytes.
        let codes = unsafe { codes.get_unchecked(row * stride..(row + 1) * stride) };
        let (lanes, _) = codes.as_chunks::<LANE>();
        let (starts, _) = offsets.as_chunks::<LANE>();
        for (lane, start) in lanes.iter().zip(starts) {
            for k in 0..LANE {
                let at = start[k] as usize + usize::from(lane[k]);
                // SAFETY: a code of column `j` is below `offsets[j + 1] - offsets[j]` (held by `Bins`), so `at` is
                // below the histogram's length.
                unsafe { *histogram.get_unchecked_mut(at) += value };
            }
        }
    }
}

/// `larger -= smaller`, bin by bin.
#[inline(never)]
pub fn subtract(larger: &mut [i64], smaller: &[i64]) {
    for (a, b) in larger.iter_mut().zip(smaller) {
        *a -= *b;
    }
}

/// Moves the rows whose code goes `left` to the front, keeping order on both sides; returns how many.
///
/// `spare` is at least as long as `rows`. Rows outside `codes` are a caller's error and panic.
#[inline(never)]
pub fn divide(
    rows: &mut [u32],
    spare: &mut [u32],
    codes: &[u8],
    left: impl Fn(u8) -> bool,
) -> usize {
    let spare = &mut spare[..rows.len()];
    let (mut n_left, mut n_right) = (0, 0);
    for i in 0..rows.len() {
        let row = rows[i];
        let left = usize::from(left(codes[row as usize]));
        // Written to both sides; only the one that counts moves on.
        rows[n_left] = row;
        spare[n_right] = row;
        n_left += left;
        n_right += 1 - left;
    }
    rows[n_left..].copy_from_slice(&spare[..n_right]);
    n_left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Quiet, Run};

    #[test]
    fn packed_sums_do_not_borrow() {
        let sum: i64 = [pack(-5, 7), pack(3, 0), pack(i32::MIN / 2, u32::MAX / 2)]
            .iter()
            .sum();
        assert_eq!(
            unpack(sum),
            (
                -2.0 + f64::from(i32::MIN / 2),
                7.0 + f64::from(u32::MAX / 2)
            )
        );
    }

    #[test]
    fn sums_match_a_plain_loop_and_subtract_exactly() {
        let (n, d) = (1000usize, 6usize);
        let x: Vec<f32> = (0..n * d).map(|i| (i * 7919 % 613) as f32).collect();
        let mut quiet = Quiet;
        let bins = Bins::new(&x, d, 255, &Run::new(&mut quiet, 0)).unwrap();
        let packed: Vec<i64> = (0..n as i32).map(|i| pack(i - 500, i as u32)).collect();
        let mut rows: Vec<u32> = (0..n as u32).collect();
        let mut spare = vec![0; n];
        let n_left = divide(&mut rows, &mut spare, bins.column(2), |c| c <= 90);
        let (left, right) = rows.split_at(n_left);
        assert!(left.iter().all(|&r| bins.column(2)[r as usize] <= 90));
        assert!(right.iter().all(|&r| bins.column(2)[r as usize] > 90));
        assert!(left.is_sorted() && right.is_sorted());
        let of = |rows: &[u32]| {
            let mut h = vec![0; bins.histogram_len()];
            accumulate(&bins, rows, &packed, &mut h);
            h
        };
        let mut plain = vec![0; bins.histogram_len()];
        for &r in left {
            for j in 0..d {
                plain[bins.offsets()[j] as usize + usize::from(bins.column(j)[r as usize])] +=
                    packed[r as usize];
            }
        }
        let used = bins.offsets()[d] as usize;
        assert_eq!(of(left)[..used], plain[..used]);
        let mut rest = of(&rows);
        subtract(&mut rest, &of(left));
        assert_eq!(rest, of(right));
    }
}
