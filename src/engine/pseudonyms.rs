//! Pseudonyms for ids: HMAC-SHA-256 under a key that only the person has. The same key gives the same pseudonyms again;
//! without it nobody can tell whose they are, nor try ids out.
use crate::base::{Error, ParamReason, Result, csv_cell};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::collections::HashMap;

type Keyed = Hmac<Sha256>;

/// Begins a key that was made by the browser: 64 hexadecimal digits follow. Anything else is a passphrase.
const MADE: &str = "kept1-";
/// Shortest passphrase, in characters: pseudonyms of guessable ids are only as good as it is.
const SHORTEST: usize = 12;
/// Rounds of PBKDF2.
const ROUNDS: u32 = 600_000;
const SALT: &[u8] = b"kept pseudonyms 1";
/// Bytes of a pseudonym.
const LENGTH: usize = 16;

/// HMAC-SHA-256 of `key`, ready for messages.
fn keyed(key: &[u8]) -> Result<Keyed> {
    // Keys of any length are taken.
    Keyed::new_from_slice(key).map_err(|_| Error::Protocol)
}

fn digest(keyed: &Keyed, message: &[u8]) -> [u8; 32] {
    keyed
        .clone()
        .chain_update(message)
        .finalize()
        .into_bytes()
        .into()
}

/// The first 32 bytes of PBKDF2-HMAC-SHA-256 (RFC 8018).
fn stretched(passphrase: &str, salt: &[u8], rounds: u32) -> Result<[u8; 32]> {
    let keyed = keyed(passphrase.as_bytes())?;
    let mut last = digest(&keyed, &[salt, &[0, 0, 0, 1]].concat());
    let mut whole = last;
    for _ in 1..rounds {
        last = digest(&keyed, &last);
        for (byte, more) in whole.iter_mut().zip(last) {
            *byte ^= more;
        }
    }
    Ok(whole)
}

fn hex(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        for half in [byte >> 4, byte & 15] {
            out.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
        }
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    let digits = digits.filter(|d| d.len() == 64)?;
    Some(digits.chunks(2).map(|d| (d[0] * 16 + d[1]) as u8).collect())
}

/// Gives pseudonyms, each id the same one.
pub(super) struct Pseudonyms {
    key: Keyed,
}

impl Pseudonyms {
    /// # Errors
    /// [`Error::Param`] for a passphrase that is too short.
    pub(super) fn new(key: &str) -> Result<Self> {
        let key = key.trim();
        if let Some(bytes) = key.strip_prefix(MADE).and_then(unhex) {
            return Ok(Self {
                key: keyed(&bytes)?,
            });
        }
        if key.chars().count() < SHORTEST {
            return Err(Error::Param {
                param: "key".into(),
                reason: ParamReason::TooShort {
                    least: SHORTEST as u32,
                },
            });
        }
        let key = keyed(&stretched(key, SALT, ROUNDS)?)?;
        Ok(Self { key })
    }

    /// The pseudonym of an id. It begins with a letter: spreadsheets make numbers of what looks like one.
    pub(super) fn of(&self, id: &str) -> String {
        let mut out = String::with_capacity(1 + 2 * LENGTH);
        out.push('p');
        hex(&digest(&self.key, id.as_bytes())[..LENGTH], &mut out);
        out
    }

    /// A CSV of our own writing with pseudonyms in `columns`, and the lookup `pseudonym,id` of all that were given, as
    /// they first come.
    ///
    /// # Errors
    /// [`Error::Protocol`] for bytes that are no text.
    pub(super) fn rewrite(&self, csv: &[u8], columns: &[String]) -> Result<(Vec<u8>, Vec<u8>)> {
        let text = std::str::from_utf8(csv).map_err(|_| Error::Protocol)?;
        let mark = if text.starts_with('\u{feff}') {
            "\u{feff}"
        } else {
            ""
        };
        let mut out = String::with_capacity(text.len());
        out.push_str(mark);
        let mut lookup = format!("{mark}pseudonym,id\r\n");
        let mut given: HashMap<String, String> = HashMap::new();
        let (mut at, mut is_head, mut replaced) = (0, true, Vec::new());
        for (cell, end) in cells(&text[mark.len()..]) {
            if is_head {
                replaced.push(columns.contains(&bare(cell)));
            }
            if !is_head && replaced.get(at) == Some(&true) && !cell.is_empty() {
                let id = bare(cell);
                let pseudonym = given.entry(id).or_insert_with_key(|id| {
                    let made = self.of(id);
                    lookup.push_str(&made);
                    lookup.push(',');
                    csv_cell(&mut lookup, id);
                    lookup.push_str("\r\n");
                    made
                });
                out.push_str(pseudonym);
            } else {
                out.push_str(cell);
            }
            out.push_str(end);
            at += 1;
            if end != "," {
                (at, is_head) = (0, false);
            }
        }
        Ok((out.into_bytes(), lookup.into_bytes()))
    }
}

/// Cells as they are written, each with what ends it: a comma, the end of the line, or nothing at the end of the file.
fn cells(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut quoted = false;
        let end = rest.bytes().position(|b| {
            quoted ^= b == b'"';
            !quoted && (b == b',' || b == b'\r' || b == b'\n')
        });
        let (cell, after) = rest.split_at(end.unwrap_or(rest.len()));
        let n = if after.starts_with("\r\n") {
            2
        } else {
            after.len().min(1)
        };
        let (end, next) = after.split_at(n);
        rest = next;
        Some((cell, end))
    })
}

/// What a written cell says: without its quotes, and without the apostrophe that keeps a formula from running.
fn bare(cell: &str) -> String {
    let Some(inner) = cell.strip_prefix('"').and_then(|c| c.strip_suffix('"')) else {
        return cell.to_owned();
    };
    let inner = inner.replace("\"\"", "\"");
    match inner.strip_prefix('\'') {
        Some(formula) if formula.starts_with(['=', '+', '-', '@', '\t', '\r']) => {
            formula.to_owned()
        }
        _ => inner,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hexed(bytes: &[u8]) -> String {
        let mut out = String::new();
        hex(bytes, &mut out);
        out
    }

    /// RFC 4231, section 4: key, data, HMAC-SHA-256.
    #[test]
    fn it_is_hmac_sha_256() {
        let long = [0xaa_u8; 131];
        let counted: Vec<u8> = (1..=25).collect();
        let cases: [(&[u8], &[u8], &str); 7] = [
            (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            (&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
            (&counted, &[0xcd; 50], "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
            (&[0x0c; 20], b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
            (&long, b"Test Using Larger Than Block-Size Key - Hash Key First", "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
            (&long, b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.", "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
        ];
        for (key, data, wanted) in cases {
            let found = hexed(&digest(&keyed(key).unwrap(), data));
            // Case 5 states 128 bits, as long as a pseudonym is.
            assert_eq!(&found[..wanted.len()], wanted);
        }
    }

    /// Computed with Python's `hashlib.pbkdf2_hmac`.
    #[test]
    fn passphrases_are_stretched_by_pbkdf2() {
        let found = stretched("correct horse battery", b"kept pseudonyms 1", 1000).unwrap();
        assert_eq!(
            hexed(&found),
            "3c7747abff6f68c3ea14e0981e38707716316b7166c08265b5f58f354af8b500"
        );
        let found = stretched("密码短语一共十二个字呢", b"salt", 2).unwrap();
        assert_eq!(
            hexed(&found),
            "aa643261b9aadf2195d173d9a819a5d380b6ed9dbd3b609f2cd3fac917d22250"
        );
    }

    fn made(byte: &str) -> String {
        format!("{MADE}{}", byte.repeat(32))
    }

    #[test]
    fn the_same_key_gives_the_same_pseudonyms_and_another_gives_others() {
        let (one, again, other) = (made("0b"), made("0B"), made("0c"));
        let of = |key: &str| Pseudonyms::new(key).unwrap().of("7590-VHVEG");
        assert_eq!(of(&one), of(&format!(" {again}\n")));
        assert_ne!(of(&one), of(&other));
        assert_eq!(of(&one).len(), 33);
        let error = Pseudonyms::new("elevenchars").err().unwrap();
        assert_eq!((error.code(), error.param()), ("param", Some("key")));
        // A key with a slip of the hand is a passphrase, not half a key.
        let slip = one.replace("0b0b", "0b0");
        assert_ne!(of(&one), of(&slip));
    }

    #[test]
    fn a_file_keeps_everything_but_its_ids() {
        let names = Pseudonyms::new(&made("01")).unwrap();
        let (a, formula, quoted) = (names.of("a,b"), names.of("=1+1"), names.of("say \"hi\""));
        let csv = "\u{feff}id,note\r\n\"a,b\",\"a,b\"\r\n\"'=1+1\",x\r\n\"say \"\"hi\"\"\",\"two\r\nlines\"\r\n,none\r\n\"a,b\",last\r\n";
        let (out, lookup) = names.rewrite(csv.as_bytes(), &["id".to_owned()]).unwrap();
        let wanted = format!(
            "\u{feff}id,note\r\n{a},\"a,b\"\r\n{formula},x\r\n{quoted},\"two\r\nlines\"\r\n,none\r\n{a},last\r\n"
        );
        assert_eq!(String::from_utf8(out).unwrap(), wanted);
        let wanted = format!(
            "\u{feff}pseudonym,id\r\n{a},\"a,b\"\r\n{formula},\"'=1+1\"\r\n{quoted},\"say \"\"hi\"\"\"\r\n"
        );
        assert_eq!(String::from_utf8(lookup).unwrap(), wanted);
        let (same, none) = names
            .rewrite(csv.as_bytes(), &["customer".to_owned()])
            .unwrap();
        assert_eq!(
            (same, none),
            (
                csv.as_bytes().to_vec(),
                "\u{feff}pseudonym,id\r\n".as_bytes().to_vec()
            )
        );
    }
}
