//! Writes what crosses between page, engine and helpers, as postcard bytes.
//!
//! Nothing fails on the way: what has no bytes raises a flag, and the whole is refused at the end. A writer whose every
//! step can fail is, for each field of each type, the code that gives up.
use super::{Error, Never, Result};
use serde::ser::{self, Serialize, Serializer};

/// The bytes of `value`.
///
/// # Errors
/// [`Error::Protocol`] for a list that does not know its length.
pub fn pack<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    let mut writer = Writer::default();
    match value.serialize(&mut writer) {
        Ok(()) if !writer.bad => Ok(writer.bytes),
        Ok(()) => Err(Error::Protocol),
        Err(never) => match never {},
    }
}

#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    bad: bool,
}

impl Writer {
    #[inline(never)]
    fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    #[inline(never)]
    fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Seven bits a byte, the lowest first.
    #[inline(never)]
    fn varint(&mut self, mut v: u64) {
        while v >= 0x80 {
            self.bytes.push(v as u8 | 0x80);
            v >>= 7;
        }
        self.bytes.push(v as u8);
    }

    /// Zigzag: the sign is the lowest bit.
    #[inline(never)]
    fn signed(&mut self, v: i64) {
        self.varint((v << 1 ^ v >> 63) as u64);
    }

    #[inline(never)]
    fn float(&mut self, v: f64) {
        self.raw(&v.to_le_bytes());
    }

    #[inline(never)]
    fn text(&mut self, bytes: &[u8]) {
        self.varint(bytes.len() as u64);
        self.raw(bytes);
    }

    #[inline(never)]
    fn len(&mut self, n: Option<usize>) {
        self.bad |= n.is_none();
        self.varint(n.unwrap_or(0) as u64);
    }
}

macro_rules! writes {
    ($($method:ident $type:ty |$w:ident, $v:ident| $write:expr;)+) => {$(
        fn $method(self, $v: $type) -> Result<(), Never> {
            let $w = self;
            $write;
            Ok(())
        }
    )+};
}

impl Serializer for &mut Writer {
    type Ok = ();
    type Error = Never;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    writes! {
        serialize_bool bool |w, v| w.byte(u8::from(v));
        serialize_i8 i8 |w, v| w.byte(v as u8);
        serialize_i16 i16 |w, v| w.signed(i64::from(v));
        serialize_i32 i32 |w, v| w.signed(i64::from(v));
        serialize_i64 i64 |w, v| w.signed(v);
        serialize_u8 u8 |w, v| w.byte(v);
        serialize_u16 u16 |w, v| w.varint(u64::from(v));
        serialize_u32 u32 |w, v| w.varint(u64::from(v));
        serialize_u64 u64 |w, v| w.varint(v);
        serialize_f32 f32 |w, v| w.raw(&v.to_le_bytes());
        serialize_f64 f64 |w, v| w.float(v);
        serialize_char char |w, v| w.text(v.encode_utf8(&mut [0; 4]).as_bytes());
        serialize_str &str |w, v| w.text(v.as_bytes());
        serialize_bytes &[u8] |w, v| w.text(v);
    }

    fn serialize_none(self) -> Result<(), Never> {
        self.byte(0);
        Ok(())
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Never> {
        self.byte(1);
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), Never> {
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Never> {
        Ok(())
    }
    fn serialize_unit_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
    ) -> Result<(), Never> {
        self.serialize_u32(index)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Never> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Never> {
        self.varint(u64::from(index));
        value.serialize(self)
    }
    fn serialize_seq(self, len: Option<usize>) -> Result<Self, Never> {
        self.len(len);
        Ok(self)
    }
    fn serialize_tuple(self, _: usize) -> Result<Self, Never> {
        Ok(self)
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Never> {
        Ok(self)
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Never> {
        self.varint(u64::from(index));
        Ok(self)
    }
    fn serialize_map(self, len: Option<usize>) -> Result<Self, Never> {
        self.len(len);
        Ok(self)
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Never> {
        Ok(self)
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Never> {
        self.varint(u64::from(index));
        Ok(self)
    }
    fn is_human_readable(&self) -> bool {
        false
    }
}

macro_rules! parts {
    ($($part:ident $method:ident ($($key:ident)?);)+) => {$(
        impl ser::$part for &mut Writer {
            type Ok = ();
            type Error = Never;
            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($key: &'static str,)?
                value: &T,
            ) -> Result<(), Never> {
                value.serialize(&mut **self)
            }
            fn end(self) -> Result<(), Never> {
                Ok(())
            }
        }
    )+};
}

parts! {
    SerializeSeq serialize_element ();
    SerializeTuple serialize_element ();
    SerializeTupleStruct serialize_field ();
    SerializeTupleVariant serialize_field ();
    SerializeStruct serialize_field (_key);
    SerializeStructVariant serialize_field (_key);
}

impl ser::SerializeMap for &mut Writer {
    type Ok = ();
    type Error = Never;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Never> {
        key.serialize(&mut **self)
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Never> {
        value.serialize(&mut **self)
    }
    fn end(self) -> Result<(), Never> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;
    use std::collections::BTreeMap;

    #[derive(Serialize)]
    struct Unit;

    #[derive(Serialize)]
    struct Wrapped(u16);

    #[derive(Serialize)]
    enum Kind {
        Nothing,
        One(f32),
        Two(i8, char),
        Named {
            text: String,
            list: Vec<Option<i64>>,
        },
    }

    #[derive(Serialize)]
    struct All {
        flags: [bool; 2],
        signed: (i16, i32, i64, i8),
        unsigned: (u8, u16, u32, u64, usize),
        floats: (f32, f64, f64),
        letters: Vec<char>,
        map: BTreeMap<String, Wrapped>,
        kinds: Vec<Kind>,
        nothing: ((), Unit, Option<u8>),
    }

    #[test]
    fn the_bytes_are_postcard() {
        for n in [
            0_i64,
            1,
            -1,
            63,
            64,
            -64,
            -65,
            127,
            128,
            300,
            i64::MIN,
            i64::MAX,
        ] {
            let all = All {
                flags: [true, false],
                signed: (n as i16, n as i32, n, n as i8),
                unsigned: (n as u8, n as u16, n as u32, n as u64, n as usize),
                floats: (n as f32, f64::NAN, -1e-300 * n as f64),
                letters: vec!['a', 'ß', '中', '😀'],
                map: [
                    ("b".to_owned(), Wrapped(n as u16)),
                    (String::new(), Wrapped(7)),
                ]
                .into(),
                kinds: vec![
                    Kind::Nothing,
                    Kind::One(0.1),
                    Kind::Two(-7, 'x'),
                    Kind::Named {
                        text: "τ".repeat(100),
                        list: vec![None, Some(n)],
                    },
                ],
                nothing: ((), Unit, None),
            };
            assert_eq!(pack(&all).unwrap(), postcard::to_stdvec(&all).unwrap());
        }
    }

    #[test]
    fn a_list_of_unknown_length_is_refused() {
        struct Endless;
        impl Serialize for Endless {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq((0..9).filter(|i| i % 2 == 0))
            }
        }
        assert_eq!(pack(&Endless), Err(Error::Protocol));
    }
}
