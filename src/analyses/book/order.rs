//! Orders of customers: by numbers, by texts. Stable; what has no value comes last whichever way.
use crate::table::Levels;

/// Bits per pass: three histograms of this size stay in the first-level cache.
const DIGIT: u32 = 11;
const N_PASSES: usize = 6;

/// A key whose order as a whole number is that of the number; the largest for NaN.
#[inline]
pub(super) fn number_key(value: f64, descending: bool) -> u64 {
    if value.is_nan() {
        return u64::MAX;
    }
    // -0 and 0 are equal.
    let bits = (value + 0.0).to_bits();
    let rising = if bits >> 63 == 1 {
        !bits
    } else {
        bits | 1 << 63
    };
    if descending { !rising } else { rising }
}

/// A key by rank; the largest where there is none.
#[inline]
pub(super) fn rank_key(rank: Option<u32>, descending: bool) -> u64 {
    match rank {
        None => u64::MAX,
        Some(rank) if descending => u64::from(u32::MAX - rank),
        Some(rank) => u64::from(rank),
    }
}

/// `0..keys.len()` by rising key, equal ones rising: a radix sort, the lowest digit first.
pub(super) fn by_key(mut keys: Vec<u64>) -> Vec<u32> {
    let n = keys.len();
    let mut order: Vec<u32> = (0..n as u32).collect();
    let size = 1_usize << DIGIT;
    let digit = |key: u64, pass: usize| (key >> (pass as u32 * DIGIT)) as usize & (size - 1);
    let mut counts = vec![0_u32; size * N_PASSES];
    for key in &keys {
        for pass in 0..N_PASSES {
            counts[pass * size + digit(*key, pass)] += 1;
        }
    }
    let (mut keys_to, mut order_to) = (vec![0_u64; n], vec![0_u32; n]);
    for pass in 0..N_PASSES {
        let counts = &mut counts[pass * size..(pass + 1) * size];
        // A digit that all keys share orders nothing.
        if counts.iter().any(|c| *c as usize == n) {
            continue;
        }
        let mut start = 0;
        for count in counts.iter_mut() {
            start += std::mem::replace(count, start);
        }
        for (key, i) in keys.iter().zip(&order) {
            let slot = &mut counts[digit(*key, pass)];
            keys_to[*slot as usize] = *key;
            order_to[*slot as usize] = *i;
            *slot += 1;
        }
        std::mem::swap(&mut keys, &mut keys_to);
        std::mem::swap(&mut order, &mut order_to);
    }
    order
}

/// The place of every level among all in the order of their bytes; equal levels share one.
pub(super) fn ranks(levels: &Levels) -> Vec<u32> {
    // Most texts differ in their first eight bytes: these are compared without going to the text.
    let mut sorted: Vec<(u64, u32)> = levels
        .iter()
        .enumerate()
        .map(|(code, level)| (head(level), code as u32))
        .collect();
    let text = |code: u32| levels.get(code).unwrap_or_default();
    sorted.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| text(a.1).cmp(text(b.1))));
    let mut ranks = vec![0; sorted.len()];
    let mut rank = 0;
    for (i, (_, code)) in sorted.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|b| sorted.get(b));
        if before.is_some_and(|b| text(b.1) != text(*code)) {
            rank += 1;
        }
        if let Some(slot) = ranks.get_mut(*code as usize) {
            *slot = rank;
        }
    }
    ranks
}

fn head(level: &str) -> u64 {
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(level.bytes()) {
        *to = from;
    }
    u64::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ordered_as_by_the_standard_library() {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 8
        };
        for n in [0, 1, 2, 100, 3000] {
            let values: Vec<f64> = (0..n)
                .map(|_| match next() % 9 {
                    0 => f64::NAN,
                    1 => -0.0,
                    2 => 0.0,
                    3 => f64::INFINITY,
                    4 => -f64::from(next()) * 1e-300,
                    _ => f64::from(next() % 50) - 25.0,
                })
                .collect();
            for descending in [false, true] {
                let ours = by_key(values.iter().map(|v| number_key(*v, descending)).collect());
                let mut theirs: Vec<u32> = (0..n).collect();
                theirs.sort_by(|a, b| {
                    let (a, b) = (values[*a as usize], values[*b as usize]);
                    let order = a
                        .partial_cmp(&b)
                        .map(|o| if descending { o.reverse() } else { o });
                    order.unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
                });
                assert_eq!(ours, theirs);
            }
        }
    }

    #[test]
    fn texts_are_ordered_by_their_bytes() {
        let texts = ["b", "", "a", "abcdefghij", "abcdefghi", "b", "张", "ab\0"];
        let levels: Levels = texts.iter().collect();
        let ranks = ranks(&levels);
        for (i, a) in texts.iter().enumerate() {
            for (j, b) in texts.iter().enumerate() {
                assert_eq!(ranks[i].cmp(&ranks[j]), a.cmp(b), "{a} {b}");
            }
        }
        let order = by_key(vec![
            rank_key(Some(1), true),
            rank_key(None, true),
            rank_key(Some(2), true),
        ]);
        assert_eq!(order, [2, 0, 1]);
    }
}
