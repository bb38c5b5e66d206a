//! Words of a text column, counted by class.
use crate::{evaluate::leak::Tell, table::Coded};
use std::collections::{HashMap, HashSet};

/// Letters of a text that are looked at.
const MAX_CHARS: usize = 600;

/// Scripts that are written without spaces: there, neighbouring pairs of letters stand for words.
fn is_dense(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// The different words of a text, in lower case.
fn words(text: &str) -> HashSet<String> {
    let mut out = HashSet::new();
    let mut word = String::new();
    let mut before: Option<char> = None;
    for c in text.chars().take(MAX_CHARS) {
        let dense = is_dense(c);
        if (dense || !c.is_alphanumeric()) && !word.is_empty() {
            out.insert(std::mem::take(&mut word));
        }
        if dense {
            out.extend(before.map(|b| [b, c].iter().collect::<String>()));
        } else if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        before = dense.then_some(c);
    }
    if !word.is_empty() {
        out.insert(word);
    }
    out
}

/// The word that gives most of a class away, as the rows that have it.
pub(super) fn strongest(column: &Coded, codes: &[u32], n_classes: usize) -> Option<Tell> {
    let mut all = vec![0_u64; n_classes];
    let mut of_level: HashMap<u32, Vec<u64>> = HashMap::new();
    for (level, class) in column.codes.iter().zip(codes) {
        let class = *class as usize;
        *all.get_mut(class)? += 1;
        if let Some(level) = level {
            let counts = of_level.entry(level).or_insert_with(|| vec![0; n_classes]);
            *counts.get_mut(class)? += 1;
        }
    }
    let mut of_word: HashMap<String, Vec<u64>> = HashMap::new();
    for (level, counts) in &of_level {
        for word in words(column.levels.get(*level)?) {
            let sums = of_word.entry(word).or_insert_with(|| vec![0; n_classes]);
            for (sum, n) in sums.iter_mut().zip(counts) {
                *sum += n;
            }
        }
    }
    let mut best: Option<(Tell, String)> = None;
    for (word, counts) in of_word {
        let Some(tell) = Tell::of(&counts, &all).filter(Tell::gives_away) else {
            continue;
        };
        // The word itself settles ties, so that the order of the table does not.
        let is_better = best.as_ref().is_none_or(|(b, w)| {
            (tell.coverage.total_cmp(&b.coverage))
                .then(tell.low.total_cmp(&b.low))
                .then(w.cmp(&word))
                .is_gt()
        });
        if is_better {
            best = Some((tell, word));
        }
    }
    best.map(|(tell, _)| tell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_fall_into_words() {
        let of = |text: &str| {
            let mut all: Vec<String> = words(text).into_iter().collect();
            all.sort();
            all
        };
        assert_eq!(of("Was GREAT, was it?"), ["great", "it", "was"]);
        assert_eq!(of("很好吃 ok"), ["ok", "好吃", "很好"]);
        assert!(of("…!").is_empty());
    }

    #[test]
    fn the_label_in_a_text_is_found() {
        let codes: Vec<u32> = (0..400).map(|i| u32::from(i % 3 == 0)).collect();
        let cell = |(i, c): (usize, &u32)| match c {
            1 if i % 2 == 0 => Some(format!("ticket {i}: account closed")),
            _ => Some(format!("ticket {i}: question about item {}", i % 9)),
        };
        let planted = Coded::from_cells(codes.iter().enumerate().map(cell));
        let tell = strongest(&planted, &codes, 2).unwrap();
        assert!(tell.class == 1 && tell.purity == 1.0 && tell.n == 67);
        let plain = |i: usize| Some(format!("item {} of {}", i % 7, i % 11));
        let clean = Coded::from_cells((0..400).map(plain));
        assert_eq!(strongest(&clean, &codes, 2), None);
    }
}
