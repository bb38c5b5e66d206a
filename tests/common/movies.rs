//! Ratings of the shape of MovieLens 100K by a rule of whole numbers, as `movies` of `tests/reference/movies.py`: 943 users,
//! 1,682 items, 100,000 ratings from 1 to 5, few popular items and many that hardly anyone has, at least 20 ratings a user,
//! and a taste that decides both what someone rates and how.
use super::noise;

pub const N_USERS: usize = 943;
pub const N_ITEMS: usize = 1682;
pub const N_RATINGS: usize = 100_000;
/// Dimensions of taste, each less than the one before.
const N_TASTES: usize = 12;

/// How much ratings owe to taste, to the item, to the user and to chance, and what someone rates to taste.
const TASTE: f64 = 0.44;
const ITEM: f64 = 0.5;
const USER: f64 = 0.45;
const ERROR: f64 = 0.91;
const DRAWN: f64 = 0.4;

/// Ratings by user, then by item.
pub struct Movies {
    pub users: Vec<u32>,
    pub items: Vec<u32>,
    pub ratings: Vec<f64>,
    /// Seconds of no calendar: a user rates within a while.
    pub dates: Vec<f64>,
}

/// Sums of four even numbers: close to normal, mean 0, deviation 1.
fn normal(seed: u32, n: usize) -> Vec<f64> {
    let of = noise(seed, 4 * n);
    let sum = |v: &[f64]| (v[0] + v[1] + v[2] + v[3]) * 0.866_025_403_784_438_6;
    of.chunks_exact(4).map(sum).collect()
}

/// How many each user rates: from 20 up, few very many, `N_RATINGS` in all.
fn activity(seed: u32) -> Vec<usize> {
    let u = noise(seed, N_USERS);
    let shape = |v: &f64| 0.5 * (v + 1.0) / (1.12 - 0.5 * (v + 1.0));
    let raw: Vec<f64> = u.iter().map(shape).collect();
    let sum: f64 = raw.iter().sum();
    let rest = (N_RATINGS - 20 * N_USERS) as f64;
    let mut out: Vec<usize> = raw
        .iter()
        .map(|r| 20 + (r / sum * rest).floor() as usize)
        .collect();
    let missing = N_RATINGS - out.iter().sum::<usize>();
    (0..missing).for_each(|k| out[k % N_USERS] += 1);
    out
}

/// The ratings of a seed.
pub fn movies(seed: u32) -> Movies {
    let activity = activity(seed + 1);
    let p = normal(seed + 2, N_USERS * N_TASTES);
    let q = normal(seed + 3, N_ITEMS * N_TASTES);
    let b_user = normal(seed + 4, N_USERS);
    let b_item = normal(seed + 5, N_ITEMS);
    let chance = noise(seed + 6, N_USERS * N_ITEMS);
    let error = normal(seed + 7, N_RATINGS);
    let date = noise(seed + 8, N_USERS + N_RATINGS);
    let mut strength = [0.0; N_TASTES];
    for (k, s) in strength.iter_mut().enumerate() {
        *s = TASTE / (1.0 + 2.0 * k as f64);
    }
    let mut popular = vec![1.0; N_ITEMS];
    for i in 1..N_ITEMS {
        popular[i] = popular[i - 1] * 0.998;
    }
    let mut out = Movies {
        users: Vec::with_capacity(N_RATINGS),
        items: Vec::with_capacity(N_RATINGS),
        ratings: Vec::with_capacity(N_RATINGS),
        dates: Vec::with_capacity(N_RATINGS),
    };
    for u in 0..N_USERS {
        let likes = |i: usize| {
            let mut sum = 0.0;
            for k in 0..N_TASTES {
                sum += strength[k] * p[u * N_TASTES + k] * q[i * N_TASTES + k];
            }
            sum
        };
        let likes: Vec<f64> = (0..N_ITEMS).map(likes).collect();
        // Popular and liked items come first, and chance.
        let key = |i: usize| {
            let drawn = 0.5 * (chance[u * N_ITEMS + i] + 1.0);
            let taste = 1.0 + DRAWN * likes[i];
            let taste = if taste > 0.05 { taste } else { 0.05 };
            let wanted = (popular[i] + 0.003) * taste;
            wanted * wanted * (drawn + 1e-9) / (1.0 - drawn + 1e-9)
        };
        let keys: Vec<f64> = (0..N_ITEMS).map(key).collect();
        let mut order: Vec<usize> = (0..N_ITEMS).collect();
        order.sort_by(|a, b| keys[*b].total_cmp(&keys[*a]).then(a.cmp(b)));
        let mut chosen = order[..activity[u]].to_vec();
        chosen.sort_unstable();
        for i in chosen {
            let n = out.users.len();
            let quality = ITEM * b_item[i] + 0.5 * popular[i];
            let raw = 3.25 + USER * b_user[u] + quality + likes[i] + ERROR * error[n];
            let rating = (raw + 0.5).floor();
            out.users.push(u as u32);
            out.items.push(i as u32);
            out.ratings.push(rating.clamp(1.0, 5.0));
            out.dates
                .push(1e6 * (date[u] + 1.0) + 1e4 * date[N_USERS + n]);
        }
    }
    out
}
