//! Reads CBOR (RFC 8949), which saved parts are written in.
//!
//! Everything that does not depend on the type that is read is compiled once: a reader that is generic from the first
//! byte on was a tenth of the engine, once for each type of each learner's state.
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use std::fmt;

/// Lists in lists, at most; deeper ones would end the stack.
const DEEPEST: usize = 128;

/// The value in `bytes`.
///
/// # Errors
/// [`Fault`] when they hold something else, or more than it.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    let mut reader = Reader { bytes, depth: 0 };
    let value = T::deserialize(&mut reader)?;
    match reader.bytes {
        [] => Ok(value),
        _ => Err(Fault::new("bytes after the end")),
    }
}

/// Why bytes cannot be read. Behind one pointer, so that every result on the way stays small.
#[derive(Debug)]
pub struct Fault(Box<str>);

impl Fault {
    #[cold]
    #[inline(never)]
    fn new(reason: &str) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    #[cold]
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self(reason.to_string().into())
    }
}

/// First bytes of an item. Lengths are those of the text, bytes, list or map that follows; none where its end is marked.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Head {
    Unsigned(u64),
    /// -1 - n.
    Negative(u64),
    Bytes(Option<usize>),
    Text(Option<usize>),
    List(Option<usize>),
    Map(Option<usize>),
    Bool(bool),
    Nothing,
    Float(f64),
    End,
}

struct Reader<'a> {
    bytes: &'a [u8],
    depth: usize,
}

impl<'a> Reader<'a> {
    #[inline(never)]
    fn take(&mut self, n: usize) -> Result<&'a [u8], Fault> {
        let (head, rest) = self
            .bytes
            .split_at_checked(n)
            .ok_or_else(|| Fault::new("it ends early"))?;
        self.bytes = rest;
        Ok(head)
    }

    /// `n` bytes as a number, the highest first.
    fn number(&mut self, n: usize) -> Result<u64, Fault> {
        let bytes = self.take(n)?;
        Ok(bytes.iter().fold(0, |v, b| v << 8 | u64::from(*b)))
    }

    /// The next item's head; tags say nothing that the type does not say.
    #[inline(never)]
    fn head(&mut self) -> Result<Head, Fault> {
        loop {
            let first = self.number(1)?;
            let (major, minor) = (first >> 5, first & 31);
            let n = match minor {
                24 => Some(self.number(1)?),
                25 => Some(self.number(2)?),
                26 => Some(self.number(4)?),
                27 => Some(self.number(8)?),
                28..=30 => return Err(Fault::new("an unknown head")),
                31 => None,
                _ => Some(minor),
            };
            return Ok(match (major, n) {
                (0, Some(n)) => Head::Unsigned(n),
                (1, Some(n)) => Head::Negative(n),
                (2, n) => Head::Bytes(self.length(n)?),
                (3, n) => Head::Text(self.length(n)?),
                (4, n) => Head::List(self.length(n)?),
                (5, n) => Head::Map(self.length(n)?),
                (6, Some(_)) => continue,
                (7, None) => Head::End,
                (7, Some(n)) => match (minor, n) {
                    (20 | 21, n) => Head::Bool(n == 21),
                    (22 | 23, _) => Head::Nothing,
                    (25, n) => Head::Float(half(n as u16)),
                    (26, n) => Head::Float(f64::from(f32::from_bits(n as u32))),
                    (27, n) => Head::Float(f64::from_bits(n)),
                    _ => return Err(Fault::new("an unknown simple value")),
                },
                _ => return Err(Fault::new("an unknown head")),
            });
        }
    }

    /// What is counted takes a byte at least.
    fn length(&self, n: Option<u64>) -> Result<Option<usize>, Fault> {
        match n.map(usize::try_from) {
            None => Ok(None),
            Some(Ok(n)) if n <= self.bytes.len() => Ok(Some(n)),
            Some(_) => Err(Fault::new("it ends early")),
        }
    }

    fn peek(&self) -> Result<Head, Fault> {
        Reader {
            bytes: self.bytes,
            depth: 0,
        }
        .head()
    }

    #[inline(never)]
    fn bool(&mut self) -> Result<bool, Fault> {
        match self.head()? {
            Head::Bool(v) => Ok(v),
            _ => Err(Fault::new("expected true or false")),
        }
    }

    #[inline(never)]
    fn unsigned(&mut self) -> Result<u64, Fault> {
        match self.head()? {
            Head::Unsigned(v) => Ok(v),
            _ => Err(Fault::new("expected a count")),
        }
    }

    #[inline(never)]
    fn signed(&mut self) -> Result<i64, Fault> {
        let (v, negative) = match self.head()? {
            Head::Unsigned(v) => (i64::try_from(v), false),
            Head::Negative(v) => (i64::try_from(v), true),
            _ => return Err(Fault::new("expected a whole number")),
        };
        match v {
            Ok(v) if negative => Ok(!v),
            Ok(v) => Ok(v),
            Err(_) => Err(Fault::new("a whole number too large")),
        }
    }

    #[inline(never)]
    fn float(&mut self) -> Result<f64, Fault> {
        match self.head()? {
            Head::Float(v) => Ok(v),
            _ => Err(Fault::new("expected a number")),
        }
    }

    #[inline(never)]
    fn text(&mut self) -> Result<&'a str, Fault> {
        match self.head()? {
            Head::Text(Some(n)) => {
                std::str::from_utf8(self.take(n)?).map_err(|_| Fault::new("text that is not UTF-8"))
            }
            _ => Err(Fault::new("expected a text")),
        }
    }

    #[inline(never)]
    fn blob(&mut self) -> Result<&'a [u8], Fault> {
        match self.head()? {
            Head::Bytes(Some(n)) => self.take(n),
            _ => Err(Fault::new("expected bytes")),
        }
    }

    fn char(&mut self) -> Result<char, Fault> {
        let mut all = self.text()?.chars();
        match (all.next(), all.next()) {
            (Some(c), None) => Ok(c),
            _ => Err(Fault::new("expected a letter")),
        }
    }

    /// Takes the next item if it is nothing.
    #[inline(never)]
    fn nothing(&mut self) -> Result<bool, Fault> {
        let is = self.peek()? == Head::Nothing;
        if is {
            self.head()?;
        }
        Ok(is)
    }

    #[inline(never)]
    fn deeper(&mut self) -> Result<(), Fault> {
        if self.depth == DEEPEST {
            return Err(Fault::new("too many lists in lists"));
        }
        self.depth += 1;
        Ok(())
    }

    #[inline(never)]
    fn list(&mut self) -> Result<Option<usize>, Fault> {
        self.deeper()?;
        match self.head()? {
            Head::List(n) => Ok(n),
            _ => Err(Fault::new("expected a list")),
        }
    }

    #[inline(never)]
    fn map(&mut self) -> Result<Option<usize>, Fault> {
        self.deeper()?;
        match self.head()? {
            Head::Map(n) => Ok(n),
            _ => Err(Fault::new("expected a map")),
        }
    }

    /// A variant is its name alone, or a map of its name to what it holds. Whether it holds something.
    #[inline(never)]
    fn variant(&mut self) -> Result<bool, Fault> {
        match self.peek()? {
            Head::Text(_) => Ok(false),
            Head::Map(Some(1)) => self.map().map(|_| true),
            _ => Err(Fault::new("expected a variant")),
        }
    }

    /// Whether a list or map goes on, given how many items it has left.
    #[inline(never)]
    fn more(&mut self, left: &mut Option<usize>) -> Result<bool, Fault> {
        match left {
            Some(0) => Ok(false),
            Some(n) => {
                *n -= 1;
                Ok(true)
            }
            None if self.peek()? == Head::End => self.head().map(|_| false),
            None => Ok(true),
        }
    }

    /// Passes over one item, whatever it is.
    #[inline(never)]
    fn skip(&mut self) -> Result<(), Fault> {
        let (mut left, items) = match self.head()? {
            Head::Bytes(Some(n)) | Head::Text(Some(n)) => return self.take(n).map(|_| ()),
            Head::Bytes(None) | Head::Text(None) | Head::End => {
                return Err(Fault::new("an end without a beginning"));
            }
            Head::List(n) => (n, 1),
            Head::Map(n) => (n, 2),
            _ => return Ok(()),
        };
        self.deeper()?;
        while self.more(&mut left)? {
            for _ in 0..items {
                self.skip()?;
            }
        }
        self.depth -= 1;
        Ok(())
    }
}

/// IEEE 754 half precision.
fn half(bits: u16) -> f64 {
    let (exponent, mantissa) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let size = match exponent {
        0 => mantissa * 2_f64.powi(-24),
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (mantissa + 1024.0) * 2_f64.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}

/// A list or a map, by the number of items it has left where that is known.
struct Items<'r, 'a> {
    reader: &'r mut Reader<'a>,
    left: Option<usize>,
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = Fault;
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        match self.reader.more(&mut self.left)? {
            true => seed.deserialize(&mut *self.reader).map(Some),
            false => Ok(None),
        }
    }
    fn size_hint(&self) -> Option<usize> {
        self.left
    }
}

impl<'de> MapAccess<'de> for Items<'_, 'de> {
    type Error = Fault;
    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        self.next_element_seed(seed)
    }
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        seed.deserialize(&mut *self.reader)
    }
    fn size_hint(&self) -> Option<usize> {
        self.left
    }
}

struct Variant<'r, 'a> {
    reader: &'r mut Reader<'a>,
    holds: bool,
}

impl<'r, 'a> Variant<'r, 'a> {
    #[inline(never)]
    fn reader(self, holds: bool) -> Result<&'r mut Reader<'a>, Fault> {
        match self.holds == holds {
            true => Ok(self.reader),
            false => Err(Fault::new("a variant of another shape")),
        }
    }
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Fault;
    type Variant = Self;
    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Fault> {
        let name = seed.deserialize(&mut *self.reader)?;
        Ok((name, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Fault;
    fn unit_variant(self) -> Result<(), Fault> {
        self.reader(false).map(|_| ())
    }
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        seed.deserialize(self.reader(true)?)
    }
    fn tuple_variant<V: Visitor<'de>>(self, n: usize, visitor: V) -> Result<V::Value, Fault> {
        self.reader(true)?.deserialize_tuple(n, visitor)
    }
    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.reader(true)?.deserialize_map(visitor)
    }
}

macro_rules! reads {
    ($($method:ident $visit:ident $read:ident;)+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            visitor.$visit(self.$read()?)
        }
    )+};
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Fault;

    reads! {
        deserialize_bool visit_bool bool;
        deserialize_i8 visit_i64 signed;
        deserialize_i16 visit_i64 signed;
        deserialize_i32 visit_i64 signed;
        deserialize_i64 visit_i64 signed;
        deserialize_u8 visit_u64 unsigned;
        deserialize_u16 visit_u64 unsigned;
        deserialize_u32 visit_u64 unsigned;
        deserialize_u64 visit_u64 unsigned;
        deserialize_f32 visit_f64 float;
        deserialize_f64 visit_f64 float;
        deserialize_char visit_char char;
        deserialize_str visit_borrowed_str text;
        deserialize_string visit_borrowed_str text;
        deserialize_identifier visit_borrowed_str text;
        deserialize_bytes visit_borrowed_bytes blob;
        deserialize_byte_buf visit_borrowed_bytes blob;
    }

    /// No saved type asks for whatever comes.
    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Fault> {
        Err(Fault::new("a type that does not say what it is"))
    }
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.skip()?;
        visitor.visit_unit()
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.nothing()? {
            true => visitor.visit_none(),
            false => visitor.visit_some(self),
        }
    }
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.nothing()? {
            true => visitor.visit_unit(),
            false => Err(Fault::new("expected nothing")),
        }
    }
    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_unit(visitor)
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let left = self.list()?;
        let reader = &mut *self;
        let value = visitor.visit_seq(Items { reader, left })?;
        self.depth -= 1;
        Ok(value)
    }
    fn deserialize_tuple<V: Visitor<'de>>(self, n: usize, visitor: V) -> Result<V::Value, Fault> {
        // A tuple's visitor asks for its n items and not for the end.
        let left = self.list()?;
        if left != Some(n) {
            return Err(Fault::new("a list of another length"));
        }
        let reader = &mut *self;
        let value = visitor.visit_seq(Items { reader, left })?;
        self.depth -= 1;
        Ok(value)
    }
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        n: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_tuple(n, visitor)
    }
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let left = self.map()?;
        let reader = &mut *self;
        let value = visitor.visit_map(Items { reader, left })?;
        self.depth -= 1;
        Ok(value)
    }
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let holds = self.variant()?;
        let reader = &mut *self;
        let value = visitor.visit_enum(Variant { reader, holds })?;
        self.depth -= usize::from(holds);
        Ok(value)
    }
    fn is_human_readable(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::{Deserialize, Serialize};
    use std::collections::BTreeMap;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    enum Shape {
        Point,
        Circle(f32),
        Square(i16, char),
        Other { name: String, inner: Box<Shape> },
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct All {
        flag: bool,
        small: (u8, i8, u16, i32),
        large: (u64, i64, i64, usize),
        floats: Vec<f64>,
        narrow: [f32; 3],
        text: String,
        maybe: Option<u32>,
        not: Option<Vec<u32>>,
        unit: (),
        map: BTreeMap<String, f64>,
        shapes: Vec<Shape>,
    }

    fn all() -> All {
        let inner = Box::new(Shape::Circle(0.1));
        All {
            flag: true,
            small: (255, -128, 65_535, i32::MIN),
            large: (u64::MAX, i64::MIN, i64::MAX, 23),
            floats: vec![0.0, -0.0, 1.5, -2.0, 1e300, 0.1, 6e-8, 65_504.0, -1e-310],
            narrow: [f32::MIN_POSITIVE, f32::INFINITY, 0.3],
            text: "größe 大".to_owned(),
            maybe: Some(24),
            not: None,
            unit: (),
            map: [("a".to_owned(), 1.0), ("b".to_owned(), f64::NEG_INFINITY)].into(),
            shapes: vec![
                Shape::Point,
                Shape::Square(-1, 'é'),
                Shape::Other {
                    name: String::new(),
                    inner,
                },
            ],
        }
    }

    fn written<T: Serialize>(value: &T) -> Vec<u8> {
        let mut bytes = Vec::new();
        ciborium::into_writer(value, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn what_is_written_is_read() {
        let read: All = decode(&written(&all())).unwrap();
        assert_eq!(read, all());
        assert!(read.floats[1].is_sign_negative());
        assert!(decode::<f64>(&written(&f64::NAN)).unwrap().is_nan());
    }

    #[test]
    fn every_half_is_read_as_it_is_written() {
        for bits in 0..=u16::MAX {
            let bytes = [0xf9, (bits >> 8) as u8, bits as u8];
            let (ours, theirs) = (
                half(bits),
                ciborium::from_reader::<f64, _>(&bytes[..]).unwrap(),
            );
            assert!(ours.to_bits() == theirs.to_bits() || ours.is_nan() && theirs.is_nan());
        }
    }

    #[test]
    fn fields_of_later_versions_are_passed_over_and_absent_ones_named() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Some {
            text: String,
        }
        let text = "größe 大".to_owned();
        assert_eq!(decode::<Some>(&written(&all())).unwrap(), Some { text });
        let fault = decode::<All>(&written(&BTreeMap::from([("flag", true)]))).unwrap_err();
        assert_eq!(fault.to_string(), "missing field `small`");
    }

    #[test]
    fn lists_and_maps_may_mark_their_end_and_tags_are_left_out() {
        // [_ 1, 55799(2)] and {_ "a": 0.5}
        let list = [0x9f, 0x01, 0xd9, 0xd9, 0xf7, 0x02, 0xff];
        assert_eq!(decode::<Vec<u8>>(&list).unwrap(), [1, 2]);
        let map = [0xbf, 0x61, b'a', 0xf9, 0x38, 0x00, 0xff];
        let one = BTreeMap::from([("a".to_owned(), 0.5)]);
        assert_eq!(decode::<BTreeMap<String, f64>>(&map).unwrap(), one);
    }

    #[test]
    fn what_is_cut_short_or_goes_on_is_refused() {
        let bytes = written(&all());
        for n in 0..bytes.len() {
            assert!(decode::<All>(&bytes[..n]).is_err(), "{n} bytes");
        }
        let longer = [bytes, vec![0]].concat();
        assert!(decode::<All>(&longer).is_err());
    }

    #[test]
    fn any_changed_byte_is_a_value_or_a_fault() {
        let bytes = written(&all());
        for i in 0..bytes.len() {
            for value in 0..=255 {
                let mut changed = bytes.clone();
                changed[i] = value;
                let _ = decode::<All>(&changed);
            }
        }
    }

    #[test]
    fn lengths_and_depths_beyond_reason_are_refused() {
        let long = [0x9b, 0, 0, 0, 1, 0, 0, 0, 0];
        assert!(decode::<Vec<u8>>(&long).is_err());
        let mut deep = written(&Shape::Point);
        for _ in 0..1000 {
            // {"Other": {"inner": ...}}
            deep = [&b"\xa1\x65Other\xa1\x65inner"[..], &deep].concat();
        }
        assert!(decode::<Shape>(&deep).is_err());
        #[derive(Debug, Deserialize)]
        struct Empty {}
        let lists = [&b"\xa1\x61x"[..], &[0x81; 100_000], &[0]].concat();
        assert!(decode::<Empty>(&lists).is_err());
    }
}
