//! Writes CBOR (RFC 8949), which saved parts are written in: every number in the shortest form that holds it.
//!
//! As in `packed.rs`, nothing fails on the way, and what does not depend on the type is compiled once.
use super::Never;
use serde::ser::{self, Serialize, Serializer};

/// The bytes of `value`; none for a list that does not know its length.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Option<Vec<u8>> {
    let mut writer = Writer::default();
    match value.serialize(&mut writer) {
        Ok(()) => (!writer.bad).then_some(writer.bytes),
        Err(never) => match never {},
    }
}

const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const LIST: u8 = 4;
const MAP: u8 = 5;

#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    bad: bool,
}

impl Writer {
    /// The first bytes of an item: what it is and a number.
    #[inline(never)]
    fn head(&mut self, major: u8, n: u64) {
        let major = major << 5;
        if n < 24 {
            self.bytes.push(major | n as u8);
        } else if let Ok(n) = u8::try_from(n) {
            self.bytes.extend_from_slice(&[major | 24, n]);
        } else if let Ok(n) = u16::try_from(n) {
            self.first(major | 25, &n.to_be_bytes());
        } else if let Ok(n) = u32::try_from(n) {
            self.first(major | 26, &n.to_be_bytes());
        } else {
            self.first(major | 27, &n.to_be_bytes());
        }
    }

    fn first(&mut self, first: u8, rest: &[u8]) {
        self.bytes.push(first);
        self.bytes.extend_from_slice(rest);
    }

    #[inline(never)]
    fn unsigned(&mut self, v: u64) {
        self.head(0, v);
    }

    #[inline(never)]
    fn signed(&mut self, v: i64) {
        if v < 0 {
            self.head(NEGATIVE, !v as u64);
        } else {
            self.head(0, v as u64);
        }
    }

    #[inline(never)]
    fn float(&mut self, v: f64) {
        let short = single(v);
        if let Some(half) = short.and_then(half) {
            self.first(0xf9, &half.to_be_bytes());
        } else if let Some(single) = short {
            self.first(0xfa, &single.to_be_bytes());
        } else {
            self.first(0xfb, &v.to_be_bytes());
        }
    }

    #[inline(never)]
    fn text(&mut self, text: &str) {
        self.head(TEXT, text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    #[inline(never)]
    fn simple(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    #[inline(never)]
    fn len(&mut self, major: u8, n: Option<usize>) {
        self.bad |= n.is_none();
        self.head(major, n.unwrap_or(0) as u64);
    }

    /// A variant that holds something: a map of one key.
    #[inline(never)]
    fn variant(&mut self, name: &str) {
        self.head(MAP, 1);
        self.text(name);
    }
}

/// The bits of `v` in single precision, where they hold it.
fn single(v: f64) -> Option<u32> {
    if v.is_nan() {
        // By hand: what a conversion does with the rest of its bits differs between processors.
        let bits = v.to_bits();
        let is_held = bits >> 51 & 1 == 1 && bits.trailing_zeros() >= 29;
        return is_held.then_some(
            ((bits >> 32) as u32 & 1 << 31) | 0xff << 23 | (bits >> 29) as u32 & 0x7f_ffff,
        );
    }
    let single = v as f32;
    (f64::from(single).to_bits() == v.to_bits()).then(|| single.to_bits())
}

/// The bits of a number of single precision in half precision, where they hold it.
fn half(single: u32) -> Option<u16> {
    let sign = (single >> 16) as u16 & 0x8000;
    let (exponent, fraction) = ((single >> 23 & 0xff) as i32 - 127, single & 0x7f_ffff);
    let bits = match exponent {
        -127 if fraction == 0 => 0,
        // Multiples of the smallest one.
        -24..=-15 => {
            let (all, shift) = (fraction | 1 << 23, (-1 - exponent) as u32);
            (all.trailing_zeros() >= shift).then_some(all >> shift)?
        }
        -14..=15 | 128 if fraction.trailing_zeros() >= 13 => {
            let exponent = if exponent == 128 { 31 } else { exponent + 15 };
            (exponent as u32) << 10 | fraction >> 13
        }
        _ => return None,
    };
    Some(sign | bits as u16)
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
        serialize_bool bool |w, v| w.simple(0xf4 | u8::from(v));
        serialize_i8 i8 |w, v| w.signed(i64::from(v));
        serialize_i16 i16 |w, v| w.signed(i64::from(v));
        serialize_i32 i32 |w, v| w.signed(i64::from(v));
        serialize_i64 i64 |w, v| w.signed(v);
        serialize_u8 u8 |w, v| w.unsigned(u64::from(v));
        serialize_u16 u16 |w, v| w.unsigned(u64::from(v));
        serialize_u32 u32 |w, v| w.unsigned(u64::from(v));
        serialize_u64 u64 |w, v| w.unsigned(v);
        serialize_f32 f32 |w, v| w.float(f64::from(v));
        serialize_f64 f64 |w, v| w.float(v);
        serialize_char char |w, v| w.text(v.encode_utf8(&mut [0; 4]));
        serialize_str &str |w, v| w.text(v);
        serialize_bytes &[u8] |w, v| { w.head(BYTES, v.len() as u64); w.bytes.extend_from_slice(v) };
    }

    fn serialize_none(self) -> Result<(), Never> {
        self.simple(0xf6);
        Ok(())
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Never> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), Never> {
        self.serialize_none()
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Never> {
        self.serialize_none()
    }
    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Never> {
        self.serialize_str(variant)
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
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Never> {
        self.variant(variant);
        value.serialize(self)
    }
    fn serialize_seq(self, len: Option<usize>) -> Result<Self, Never> {
        self.len(LIST, len);
        Ok(self)
    }
    fn serialize_tuple(self, len: usize) -> Result<Self, Never> {
        self.serialize_seq(Some(len))
    }
    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<Self, Never> {
        self.serialize_seq(Some(len))
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self, Never> {
        self.variant(variant);
        self.serialize_seq(Some(len))
    }
    fn serialize_map(self, len: Option<usize>) -> Result<Self, Never> {
        self.len(MAP, len);
        Ok(self)
    }
    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Self, Never> {
        self.serialize_map(Some(len))
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self, Never> {
        self.variant(variant);
        self.serialize_map(Some(len))
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
                $(self.text($key);)?
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
    SerializeStruct serialize_field (key);
    SerializeStructVariant serialize_field (key);
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

    fn theirs<T: Serialize>(value: &T) -> Vec<u8> {
        let mut bytes = Vec::new();
        ciborium::into_writer(value, &mut bytes).unwrap();
        bytes
    }

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
        letters: Vec<char>,
        map: BTreeMap<String, Wrapped>,
        kinds: Vec<Kind>,
        nothing: ((), Unit, Option<u8>),
        #[serde(skip_serializing_if = "Option::is_none")]
        absent: Option<u8>,
    }

    #[test]
    fn the_bytes_are_those_of_another_writer() {
        let some = [
            0_i64, 1, -1, 23, 24, -24, -25, 255, 256, -256, 65535, 65536, -65537,
        ];
        for n in some.into_iter().chain([1 << 32, i64::MIN, i64::MAX]) {
            let all = All {
                flags: [true, false],
                signed: (n as i16, n as i32, n, n as i8),
                unsigned: (n as u8, n as u16, n as u32, n as u64, n as usize),
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
                        text: "τ".repeat(200),
                        list: vec![None, Some(n)],
                    },
                ],
                nothing: ((), Unit, None),
                absent: (n > 1).then_some(3),
            };
            assert_eq!(encode(&all).unwrap(), theirs(&all));
        }
    }

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        let same = |v: f64| assert_eq!(encode(&v).unwrap(), theirs(&v), "{v:e} {:x}", v.to_bits());
        // Every half, its neighbours in single and in double precision.
        for bits in 0..=u16::MAX {
            let single = u32::from(bits) << 16;
            for bits in [single, single + 1, single | 0x2000, single | 0x1000] {
                let v = f64::from(f32::from_bits(bits));
                if !v.is_nan() {
                    same(v);
                    same(f64::from_bits(v.to_bits() + 1));
                }
            }
            let (exponent, fraction) = (i32::from(bits >> 10 & 31) - 15, f64::from(bits & 1023));
            same((fraction / 1024.0 + 1.0) * f64::from(exponent).exp2());
            same(fraction * (-24_f64).exp2());
        }
        for v in [
            0.0,
            -0.0,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
            -f64::NAN,
            65504.0,
            65520.0,
            f64::MIN_POSITIVE,
            5e-324,
        ] {
            same(v);
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
        assert_eq!(encode(&Endless), None);
    }
}
