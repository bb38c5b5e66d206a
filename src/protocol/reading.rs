//! Reads postcard bytes. Nothing fails on the way: what cannot be read counts as zero or empty, a flag is raised, and the
//! whole is refused at the end.
//!
//! An error that cannot exist needs no code: the reader of every message would otherwise carry, for each field, what
//! frees the fields before it. Half of the page's reading code was that.
use crate::base::{Error, Never};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess,
    SeqAccess, VariantAccess, Visitor, value::U32Deserializer,
};

/// The message in `bytes`; what follows it is left alone.
///
/// # Errors
/// [`Error::Protocol`] when they hold something else.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let mut reader = Reader { bytes, bad: false };
    match T::deserialize(&mut reader) {
        Ok(it) if !reader.bad => Ok(it),
        Ok(_) => Err(Error::Protocol),
        Err(never) => match never {},
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    bad: bool,
}

impl<'a> Reader<'a> {
    #[inline(never)]
    fn take(&mut self, n: usize) -> &'a [u8] {
        match self.bytes.split_at_checked(n) {
            Some((head, rest)) => {
                self.bytes = rest;
                head
            }
            None => {
                self.bad = true;
                self.bytes = &[];
                &[]
            }
        }
    }

    fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    /// Seven bits a byte, the lowest first.
    #[inline(never)]
    fn varint(&mut self, most: u64) -> u64 {
        let mut value = 0_u128;
        for i in 0..10 {
            let byte = self.byte();
            value |= u128::from(byte & 0x7f) << (7 * i);
            if byte < 0x80 {
                match u64::try_from(value) {
                    Ok(value) if value <= most => return value,
                    _ => break,
                }
            }
        }
        self.bad = true;
        0
    }

    /// Zigzag: the sign is the lowest bit.
    fn signed(&mut self, most: u64) -> i64 {
        let v = self.varint(most);
        (v >> 1) as i64 ^ -((v & 1) as i64)
    }

    fn flag(&mut self) -> bool {
        let byte = self.byte();
        self.bad |= byte > 1;
        byte == 1
    }

    /// A count of things that take a byte at least.
    fn len(&mut self) -> usize {
        let n = self.varint(u64::MAX);
        match usize::try_from(n) {
            Ok(n) if n <= self.bytes.len() => n,
            _ => {
                self.bad = true;
                0
            }
        }
    }

    #[inline(never)]
    fn text(&mut self) -> &'a str {
        let n = self.len();
        std::str::from_utf8(self.take(n)).unwrap_or_else(|_| {
            self.bad = true;
            ""
        })
    }

    fn letter(&mut self) -> char {
        let mut all = self.text().chars();
        match (all.next(), all.next()) {
            (Some(c), None) => c,
            _ => {
                self.bad = true;
                ' '
            }
        }
    }

    fn float(&mut self) -> f64 {
        f64::from_le_bytes(self.take(8).try_into().unwrap_or_default())
    }
}

/// A list: it ends early when something is bad.
struct Items<'r, 'a> {
    reader: &'r mut Reader<'a>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = Never;
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Never> {
        if self.left == 0 || self.reader.bad {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(&mut *self.reader).map(Some)
    }
    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

impl<'de> MapAccess<'de> for Items<'_, 'de> {
    type Error = Never;
    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Never> {
        self.next_element_seed(seed)
    }
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Never> {
        seed.deserialize(&mut *self.reader)
    }
    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

/// Fields, as many as there are: each has a value even when something is bad.
struct Fields<'r, 'a>(&'r mut Reader<'a>);

impl<'de> SeqAccess<'de> for Fields<'_, 'de> {
    type Error = Never;
    #[inline(always)]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Never> {
        seed.deserialize(&mut *self.0).map(Some)
    }
}

struct Variant<'r, 'a> {
    reader: &'r mut Reader<'a>,
    index: u32,
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Never;
    type Variant = Self;
    #[inline(always)]
    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Never> {
        let index: U32Deserializer<Never> = self.index.into_deserializer();
        seed.deserialize(index).map(|v| (v, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Never;
    fn unit_variant(self) -> Result<(), Never> {
        Ok(())
    }
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Never> {
        seed.deserialize(self.reader)
    }
    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Never> {
        visitor.visit_seq(Fields(self.reader))
    }
    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Never> {
        visitor.visit_seq(Fields(self.reader))
    }
}

macro_rules! reads {
    ($($method:ident $visit:ident |$reader:ident| $read:expr;)+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Never> {
            let $reader = self;
            visitor.$visit($read)
        }
    )+};
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Never;

    reads! {
        // The bytes do not say what they are.
        deserialize_any visit_bool |r| { r.bad = true; false };
        deserialize_ignored_any visit_bool |r| { r.bad = true; false };
        deserialize_identifier visit_bool |r| { r.bad = true; false };
        deserialize_bool visit_bool |r| r.flag();
        deserialize_i8 visit_i8 |r| r.byte() as i8;
        deserialize_i16 visit_i16 |r| r.signed(u64::from(u16::MAX)) as i16;
        deserialize_i32 visit_i32 |r| r.signed(u64::from(u32::MAX)) as i32;
        deserialize_i64 visit_i64 |r| r.signed(u64::MAX);
        deserialize_u8 visit_u8 |r| r.byte();
        deserialize_u16 visit_u16 |r| r.varint(u64::from(u16::MAX)) as u16;
        deserialize_u32 visit_u32 |r| r.varint(u64::from(u32::MAX)) as u32;
        deserialize_u64 visit_u64 |r| r.varint(u64::MAX);
        deserialize_f32 visit_f32 |r| f32::from_le_bytes(r.take(4).try_into().unwrap_or_default());
        deserialize_f64 visit_f64 |r| r.float();
        deserialize_char visit_char |r| r.letter();
        deserialize_str visit_str |r| r.text();
        deserialize_string visit_str |r| r.text();
        deserialize_bytes visit_bytes |r| { let n = r.len(); r.take(n) };
        deserialize_byte_buf visit_bytes |r| { let n = r.len(); r.take(n) };
        deserialize_seq visit_seq |r| { let left = r.len(); Items { reader: r, left } };
        deserialize_map visit_map |r| { let left = r.len(); Items { reader: r, left } };
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Never> {
        if self.flag() {
            visitor.visit_some(self)
        } else {
            visitor.visit_none()
        }
    }
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Never> {
        visitor.visit_unit()
    }
    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Never> {
        visitor.visit_unit()
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Never> {
        visitor.visit_newtype_struct(self)
    }
    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Never> {
        visitor.visit_seq(Fields(self))
    }
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Never> {
        visitor.visit_seq(Fields(self))
    }
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Never> {
        visitor.visit_seq(Fields(self))
    }
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Never> {
        // The first variant of a message's type holds nothing of the same type, so reading always ends.
        let last = (variants.len() as u64).saturating_sub(1);
        let index = self.varint(last) as u32;
        visitor.visit_enum(Variant {
            reader: self,
            index,
        })
    }
    fn is_human_readable(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Event, HelperEvent, HelperRequest, Output, Request, encode};
    use super::*;
    use crate::{
        base::{Field, Format, LoadOptions, Params, Value, Warning},
        charts::{Figure, Histogram},
        report::{Report, ReportTable, Sentence},
    };
    use serde::{Deserialize, Serialize};
    use std::fmt::Debug;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Unit;
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Pair(i16, f32);
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Kind {
        Unit,
        Tuple(u16, [f64; 2]),
        Fields { letter: char, none: Option<u8> },
    }

    fn same<T: Serialize + DeserializeOwned + PartialEq + Debug>(it: &T) -> Vec<u8> {
        let bytes = encode(it).unwrap();
        assert_eq!(decode::<T>(&bytes).as_ref(), Ok(it));
        // Every shorter message is refused, as by the library.
        for n in 0..bytes.len() {
            let short = &bytes[..n];
            let theirs = postcard::from_bytes::<T>(short);
            assert_eq!(
                decode::<T>(short).is_err(),
                theirs.is_err(),
                "{n} of {it:?}"
            );
        }
        bytes
    }

    fn report() -> Report {
        Report {
            analysis: "churn".into(),
            seed: u64::MAX,
            figures: vec![(
                "h".into(),
                Figure::from(Histogram {
                    edges: vec![0.0, -1.5, f64::MAX],
                    counts: vec![3, 300, 70_000],
                }),
            )],
            tables: vec![(
                "t".into(),
                ReportTable::default().number("n", vec![1.0, -0.0]),
            )],
            sentences: vec![Sentence::NoSignal],
            warnings: vec![Warning::NoSignal],
            ..Report::default()
        }
    }

    #[test]
    fn it_reads_what_the_library_writes() {
        same(&(
            Unit,
            Pair(-300, 1.5),
            [true, false],
            (),
            i8::MIN,
            i64::MIN,
            i32::MAX,
        ));
        same(&vec![
            Kind::Unit,
            Kind::Tuple(u16::MAX, [0.0, 1.0]),
            Kind::Fields {
                letter: 'ß',
                none: None,
            },
        ]);
        same(&Format::Number {
            percent: true,
            currency: Some("€".into()),
            decimal_comma: false,
        });
        same(&LoadOptions {
            delimiter: Some('，'),
            ..LoadOptions::default()
        });
        let map = Value::Map([("x".to_owned(), Value::List(vec![Value::Int(-7)]))].into());
        same(&Params::default().with("deep", 1.5).with("map", map));
        same(&Field::new("名", crate::base::ColumnKind::Float));
        same(&Event::Failed(Error::Shape {
            what: "rows".into(),
            expected: usize::MAX,
            found: 0,
        }));
        same(&Event::Done(Box::new(Output::Report(report()))));
    }

    #[test]
    fn any_bytes_are_read_or_refused() {
        let good = same(&Event::Done(Box::new(Output::Report(report()))));
        let mut state = 7_u32;
        let mut random = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as usize
        };
        for round in 0..20_000 {
            let mut bytes = good.clone();
            if round % 2 == 0 {
                bytes = (0..random() % 40).map(|_| random() as u8).collect();
            }
            for _ in 0..3 {
                let n = bytes.len().max(1);
                if let Some(byte) = bytes.get_mut(random() % n) {
                    *byte = random() as u8;
                }
            }
            let ours = decode::<Event>(&bytes);
            let theirs = postcard::from_bytes::<Event>(&bytes);
            // NaN is not itself: compared as text.
            match (ours, theirs) {
                (Ok(a), Ok(b)) => assert_eq!(format!("{a:?}"), format!("{b:?}")),
                (Err(e), Err(_)) => assert_eq!(e, Error::Protocol),
                (a, b) => panic!("{bytes:?}: {a:?} is not {b:?}"),
            }
            let _ = decode::<Request>(&bytes);
            let _ = decode::<HelperRequest>(&bytes);
            let _ = decode::<HelperEvent>(&bytes);
        }
    }
}
