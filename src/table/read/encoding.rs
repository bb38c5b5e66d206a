//! What a file's bytes mean: byte order marks, UTF-8, UTF-16, GB18030 and the legacy encodings of the web.
use crate::base::{Error, FormatReason, ParamReason, Result};
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, DecoderResult, Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};
use std::borrow::Cow;

/// How a file is decoded, and how sure that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guess {
    /// The encoding.
    pub encoding: &'static Encoding,
    /// Nothing but ASCII was seen: later bytes may tell otherwise.
    pub open: bool,
}

fn format_error(reason: FormatReason) -> Error {
    Error::Format {
        row: None,
        column: None,
        reason,
    }
}

/// First bytes of files that are no text.
const MAGICS: &[(&[u8], FormatReason)] = &[
    (b"PK\x03\x04", FormatReason::Unsupported),
    (b"PK\x05\x06", FormatReason::Unsupported),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        FormatReason::Unsupported,
    ),
    (b"PAR1", FormatReason::Unsupported),
    (b"ARROW1", FormatReason::Unsupported),
    (b"\x1f\x8b", FormatReason::Unsupported),
    (b"SQLite format 3\0", FormatReason::Unsupported),
    (b"%PDF-", FormatReason::Binary),
    (b"\x89PNG", FormatReason::Binary),
    (b"\xff\xd8\xff", FormatReason::Binary),
    (b"GIF8", FormatReason::Binary),
];

/// Guesses the encoding from the file's first bytes.
///
/// # Errors
/// [`Error::Format`]: `Binary` for what is no text, `Unsupported` for workbooks, archives and the like.
pub fn guess(head: &[u8], whole: bool) -> Result<Guess> {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return Ok(Guess {
            encoding,
            open: false,
        });
    }
    if let Some((_, reason)) = MAGICS.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(format_error(reason.clone()));
    }
    if let Some(encoding) = utf16(head) {
        return Ok(Guess {
            encoding,
            open: false,
        });
    }
    let n_control = head
        .iter()
        .filter(|b| {
            b.is_ascii_control() && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0b | 0x0c | 0x1a | 0x1b)
        })
        .count();
    if n_control * 500 > head.len() {
        return Err(format_error(FormatReason::Binary));
    }
    Ok(detect(head, whole))
}

/// UTF-16 without a mark: every other byte of mostly Latin text is zero; of Chinese text the line ends are.
fn utf16(head: &[u8]) -> Option<&'static Encoding> {
    let pairs = &head.as_chunks::<2>().0[..(head.len() / 2).min(1 << 15)];
    let n_low_zero = pairs.iter().filter(|p| p[0] == 0 && p[1] != 0).count();
    let n_high_zero = pairs.iter().filter(|p| p[1] == 0 && p[0] != 0).count();
    let n_double = pairs.iter().filter(|p| **p == [0, 0]).count();
    let (encoding, n, other) = if n_high_zero > n_low_zero {
        (UTF_16LE, n_high_zero, n_low_zero)
    } else {
        (UTF_16BE, n_low_zero, n_high_zero)
    };
    if n_double > 0 || n * 50 < pairs.len() || n < 2 || other * 2 > n {
        return None;
    }
    // A character of two units may be cut at the end of the sample.
    let high = |p: &[u8; 2]| {
        let unit = if encoding == UTF_16LE { p[1] } else { p[0] };
        (0xd8..0xdc).contains(&unit)
    };
    let pairs = match pairs {
        [rest @ .., last] if high(last) => rest,
        all => all,
    };
    // It must hold up as text: no lone surrogates, no controls.
    let (text, bad) = encoding.decode_without_bom_handling(pairs.as_flattened());
    let n_odd = text
        .chars()
        .filter(|c| c.is_control() && !c.is_whitespace())
        .count();
    (!bad && n_odd == 0 && text.contains([',', ';', '\t', '|', '\n', '\r'])).then_some(encoding)
}

/// Guesses among UTF-8 and the legacy encodings.
fn detect(bytes: &[u8], whole: bool) -> Guess {
    if bytes.is_ascii() {
        return Guess {
            encoding: UTF_8,
            open: true,
        };
    }
    // A few broken characters do not make a UTF-8 file something else.
    let (mut n_good, mut n_bad) = (0_usize, 0_usize);
    let mut chunks = bytes.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        n_good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        let cut = chunks.peek().is_none() && !whole && chunk.invalid().len() < 4;
        n_bad += usize::from(!chunk.invalid().is_empty() && !cut);
    }
    let encoding = if n_bad == 0 || n_good >= n_bad * 20 {
        UTF_8
    } else {
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        detector.feed(bytes, whole);
        let found = detector.guess(None, Utf8Detection::Allow);
        // The larger of the two reads every file of the smaller.
        if found == GBK { GB18030 } else { found }
    };
    Guess {
        encoding,
        open: false,
    }
}

/// The encoding of a label such as `gb18030`.
///
/// # Errors
/// [`Error::Param`] for a label nobody knows.
pub fn by_label(label: &str) -> Result<&'static Encoding> {
    let found = Encoding::for_label(label.as_bytes()).ok_or(Error::Param {
        param: Cow::Borrowed("encoding"),
        reason: ParamReason::NotKnown,
    })?;
    Ok(if found == GBK { GB18030 } else { found })
}

/// Turns a file's bytes into UTF-8, piece by piece.
pub struct Recoder {
    guess: Guess,
    decoder: Option<Box<Decoder>>,
    /// An unfinished UTF-8 character from the piece before.
    tail: Vec<u8>,
    started: bool,
    /// Bytes that fitted nothing and became U+FFFD.
    pub n_bad: u64,
}

/// The bytes do not fit the open guess; start again with this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restart(pub &'static Encoding);

impl Recoder {
    /// A recoder for a guessed encoding.
    pub fn new(guess: Guess) -> Self {
        let decoder = (guess.encoding != UTF_8)
            .then(|| Box::new(guess.encoding.new_decoder_with_bom_removal()));
        Self {
            guess,
            decoder,
            tail: Vec::new(),
            started: false,
            n_bad: 0,
        }
    }

    /// Appends the text of `bytes` to `out`; `last` says that nothing follows.
    ///
    /// # Errors
    /// [`Restart`] when the guess was open and these bytes speak against it.
    pub fn push(&mut self, bytes: &[u8], last: bool, out: &mut Vec<u8>) -> Result<(), Restart> {
        match self.decoder.take() {
            Some(mut decoder) => {
                self.decode(&mut decoder, bytes, last, out);
                self.decoder = Some(decoder);
                Ok(())
            }
            None => self.utf8(bytes, last, out),
        }
    }

    fn utf8(&mut self, bytes: &[u8], last: bool, out: &mut Vec<u8>) -> Result<(), Restart> {
        let joined: Vec<u8>;
        let mut bytes = bytes;
        if !self.started {
            self.started = true;
            bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        }
        if !self.tail.is_empty() {
            let mut all = std::mem::take(&mut self.tail);
            all.extend_from_slice(bytes);
            joined = all;
            bytes = &joined;
        }
        match std::str::from_utf8(bytes) {
            Ok(_) => out.extend_from_slice(bytes),
            Err(e) if e.error_len().is_none() && !last => {
                let (good, rest) = bytes.split_at(e.valid_up_to());
                out.extend_from_slice(good);
                self.tail = rest.to_vec();
            }
            Err(_) => {
                if self.guess.open {
                    let better = detect(bytes, last).encoding;
                    if better != UTF_8 {
                        return Err(Restart(better));
                    }
                }
                self.replace(bytes, last, out);
            }
        }
        if self.guess.open && !bytes.is_ascii() {
            self.guess.open = false;
        }
        Ok(())
    }

    /// UTF-8 with what does not fit replaced.
    #[cold]
    fn replace(&mut self, bytes: &[u8], last: bool, out: &mut Vec<u8>) {
        let mut left = bytes.len();
        for chunk in bytes.utf8_chunks() {
            out.extend_from_slice(chunk.valid().as_bytes());
            left -= chunk.valid().len() + chunk.invalid().len();
            let cut = std::str::from_utf8(chunk.invalid()).is_err_and(|e| e.error_len().is_none());
            if left == 0 && !last && cut {
                self.tail = chunk.invalid().to_vec();
            } else if !chunk.invalid().is_empty() {
                out.extend_from_slice("\u{fffd}".as_bytes());
                self.n_bad += 1;
            }
        }
    }

    fn decode(&mut self, decoder: &mut Decoder, mut bytes: &[u8], last: bool, out: &mut Vec<u8>) {
        loop {
            let room = decoder
                .max_utf8_buffer_length_without_replacement(bytes.len())
                .unwrap_or(bytes.len() * 4 + 16);
            let start = out.len();
            out.resize(start + room, 0);
            let (result, read, written) =
                decoder.decode_to_utf8_without_replacement(bytes, &mut out[start..], last);
            out.truncate(start + written);
            bytes = &bytes[read..];
            match result {
                DecoderResult::InputEmpty => return,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    out.extend_from_slice("\u{fffd}".as_bytes());
                    self.n_bad += 1;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recode(encoding: &'static Encoding, bytes: &[u8], piece: usize) -> (String, u64) {
        let mut recoder = Recoder::new(Guess {
            encoding,
            open: false,
        });
        let mut out = Vec::new();
        let n = bytes.chunks(piece).count();
        for (i, chunk) in bytes.chunks(piece).enumerate() {
            recoder.push(chunk, i + 1 == n, &mut out).unwrap();
        }
        (String::from_utf8(out).unwrap(), recoder.n_bad)
    }

    #[test]
    fn pieces_may_cut_characters() {
        let text = "客户,流失\n张三,是\n";
        let (gb, _, _) = GB18030.encode(text);
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for piece in 1..9 {
            assert_eq!(recode(UTF_8, text.as_bytes(), piece), (text.to_owned(), 0));
            assert_eq!(recode(GB18030, &gb, piece), (text.to_owned(), 0));
            assert_eq!(recode(UTF_16LE, &le, piece), (text.to_owned(), 0));
        }
        assert_eq!(
            recode(UTF_8, b"a\xffb\xe5", 1),
            ("a\u{fffd}b\u{fffd}".to_owned(), 2)
        );
    }

    #[test]
    fn encodings_are_guessed() {
        let text = "客户编号,是否流失,备注\n1,是,服务很好\n2,否,价格太贵了\n".repeat(20);
        let (gb, _, _) = GB18030.encode(&text);
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let of = |b: &[u8]| guess(b, true).map(|g| g.encoding);
        assert_eq!(of(text.as_bytes()), Ok(UTF_8));
        assert_eq!(of(&gb), Ok(GB18030));
        assert_eq!(of(&be), Ok(UTF_16BE));
        assert_eq!(
            of("name;stadt\nMüller;Köln\nGrün;Fürth\n".as_bytes()),
            Ok(UTF_8)
        );
        assert_eq!(
            of(b"name;stadt\nM\xfcller;K\xf6ln\nGr\xfcn;F\xfcrth\n"),
            Ok(encoding_rs::WINDOWS_1252)
        );
        assert!(guess(b"a,b\n1,2\n", true).unwrap().open);
        assert_eq!(
            of(b"\x89PNG\r\n\x1a\n"),
            Err(format_error(FormatReason::Binary))
        );
        assert_eq!(
            of(b"a,b\n\0\0\0\x01"),
            Err(format_error(FormatReason::Binary))
        );
        assert_eq!(
            of(b"PK\x03\x04abc"),
            Err(format_error(FormatReason::Unsupported))
        );
    }
}
