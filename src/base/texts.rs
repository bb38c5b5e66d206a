//! Texts of one language as they stand in its file: lines of `kind key|text`, those of a kind in the order of its keys.

const OFFSET: u32 = 0x811c_9dc5;
const PRIME: u32 = 0x0100_0193;

/// FNV-1a of a key and its end.
const fn hashed(mut hash: u32, key: &str) -> u32 {
    let bytes = key.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        hash = (hash ^ bytes[i] as u32).wrapping_mul(PRIME);
        i += 1;
    }
    (hash ^ b'\n' as u32).wrapping_mul(PRIME)
}

/// What tells one list of keys from another (FNV-1a, <https://www.rfc-editor.org/rfc/rfc9923>), so that the keys
/// themselves need not be shipped twice.
pub const fn fingerprint(keys: &[&str]) -> u32 {
    let mut hash = OFFSET;
    let mut i = 0;
    while i < keys.len() {
        hash = hashed(hash, keys[i]);
        i += 1;
    }
    hash
}

/// The texts of `kind` in `file`, into `texts`. False when the file's keys are not those of `fingerprint`: it is of
/// another build.
pub fn take<'a>(file: &'a str, kind: &str, fingerprint: u32, texts: &mut [&'a str]) -> bool {
    let mut hash = OFFSET;
    let mut places = texts.iter_mut();
    for line in file.lines() {
        let rest = line.strip_prefix(kind).and_then(|l| l.strip_prefix(' '));
        let Some((key, text)) = rest.and_then(|l| l.split_once('|')) else {
            continue;
        };
        hash = hashed(hash, key);
        match places.next() {
            Some(place) => *place = text,
            None => return false,
        }
    }
    hash == fingerprint && places.next().is_none()
}

/// A struct of texts, a field for each key.
#[macro_export]
#[doc(hidden)]
macro_rules! texts {
    ($(#[$of:meta])* $name:ident of $kind:literal { $($(#[$doc:meta])* $key:ident),+ $(,)? }) => {
        $(#[$of])*
        #[derive(Debug, Clone, Copy)]
        #[repr(C)]
        pub struct $name {
            $($(#[$doc])* pub $key: &'static str),+
        }
        impl $name {
            const KEYS: &[&str] = &[$(stringify!($key)),+];

            // Field by field it is a load and a store for each key: 40 KB of the page's module.
            const fn of(texts: [&'static str; Self::KEYS.len()]) -> Self {
                // SAFETY: with `repr(C)` fields of one type lie one after the other, as the elements of an array do.
                unsafe { ::core::mem::transmute::<[&'static str; Self::KEYS.len()], Self>(texts) }
            }

            /// No texts.
            pub const EMPTY: Self = Self::of([""; Self::KEYS.len()]);

            /// The texts in a language's file; none when it is of another build.
            pub fn parse(file: &'static str) -> Option<Self> {
                const PRINT: u32 = $crate::base::fingerprint($name::KEYS);
                let mut texts = [""; Self::KEYS.len()];
                $crate::base::take_texts(file, $kind, PRINT, &mut texts).then(|| Self::of(texts))
            }

            /// Key and text of each, for checks over a whole language.
            pub fn all(&self) -> Vec<(&'static str, &'static str)> {
                let Self { $($key),+ } = *self;
                Self::KEYS.iter().copied().zip([$($key),+]).collect()
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stand_in_the_order_of_their_keys() {
        let print = fingerprint(&["a", "b"]);
        let file = "text a|one|two\nname a|else\ntext b|three\n";
        let mut texts = [""; 2];
        assert!(take(file, "text", print, &mut texts));
        assert_eq!(texts, ["one|two", "three"]);
        for other in [
            "text b|1\ntext a|2",
            "text a|1",
            "text a|1\ntext b|2\ntext c|3",
            "text ab|1\ntext |2",
            "",
        ] {
            assert!(!take(other, "text", print, &mut texts), "{other}");
        }
    }
}
