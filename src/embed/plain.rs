//! Serde's way to a plain JavaScript value: objects and arrays, an enum as its name or as an object with its name as
//! only key, what is missing as null. Numbers are numbers, never a BigInt.
use js_sys::{Array, Object, Reflect};
use serde::ser::{self, Serialize, Serializer};
use std::fmt;
use wasm_bindgen::JsValue;

type Result<T = JsValue> = std::result::Result<T, fmt::Error>;

/// `value` as JavaScript sees it.
pub(super) fn plain<T: Serialize + ?Sized>(value: &T) -> JsValue {
    value.serialize(Plain).unwrap_or(JsValue::NULL)
}

#[derive(Clone, Copy)]
struct Plain;

/// A list or an object under way.
struct Parts {
    list: Option<Array>,
    object: Object,
    key: JsValue,
    variant: Option<&'static str>,
}

/// `inner`, named by its variant.
fn tagged(variant: &str, inner: &JsValue) -> JsValue {
    let object = Object::new();
    set(&object, &variant.into(), inner);
    object.into()
}

fn set(object: &Object, key: &JsValue, value: &JsValue) {
    // Setting a property of a plain object cannot fail.
    let _ = Reflect::set(object, key, value);
}

impl Parts {
    fn new(is_list: bool, variant: Option<&'static str>) -> Self {
        Self {
            list: is_list.then(Array::new),
            object: Object::new(),
            key: JsValue::NULL,
            variant,
        }
    }
    fn put(&self, key: &JsValue, value: &JsValue) {
        match &self.list {
            Some(list) => {
                list.push(value);
            }
            None => set(&self.object, key, value),
        }
    }
    fn done(self) -> JsValue {
        let whole = match self.list {
            Some(list) => list.into(),
            None => self.object.into(),
        };
        match self.variant {
            Some(variant) => tagged(variant, &whole),
            None => whole,
        }
    }
}

macro_rules! parts {
    ($($kind:ident $add:ident $(($key:ident))?),+) => {$(
        impl ser::$kind for Parts {
            type Ok = JsValue;
            type Error = fmt::Error;
            fn $add<T: Serialize + ?Sized>(&mut self, $($key: &'static str,)? value: &T) -> Result<()> {
                #[allow(unused_mut, unused_assignments)]
                let mut name = JsValue::NULL;
                $(name = $key.into();)?
                self.put(&name, &value.serialize(Plain)?);
                Ok(())
            }
            fn end(self) -> Result {
                Ok(self.done())
            }
        }
    )+};
}
parts!(
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field,
    SerializeStruct serialize_field(key),
    SerializeStructVariant serialize_field(key)
);

impl ser::SerializeMap for Parts {
    type Ok = JsValue;
    type Error = fmt::Error;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.key = key.serialize(Plain)?;
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.put(&self.key, &value.serialize(Plain)?);
        Ok(())
    }
    fn end(self) -> Result {
        Ok(self.done())
    }
}

macro_rules! simple {
    ($($name:ident: $t:ty),+) => {$(
        fn $name(self, v: $t) -> Result {
            Ok(v.into())
        }
    )+};
}

impl Serializer for Plain {
    type Ok = JsValue;
    type Error = fmt::Error;
    type SerializeSeq = Parts;
    type SerializeTuple = Parts;
    type SerializeTupleStruct = Parts;
    type SerializeTupleVariant = Parts;
    type SerializeMap = Parts;
    type SerializeStruct = Parts;
    type SerializeStructVariant = Parts;

    simple!(serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_u8: u8);
    simple!(serialize_u16: u16, serialize_u32: u32, serialize_f32: f32, serialize_f64: f64, serialize_str: &str);

    fn serialize_i64(self, v: i64) -> Result {
        Ok((v as f64).into())
    }
    fn serialize_u64(self, v: u64) -> Result {
        Ok((v as f64).into())
    }
    fn serialize_char(self, v: char) -> Result {
        Ok(v.to_string().into())
    }
    fn serialize_bytes(self, v: &[u8]) -> Result {
        Ok(js_sys::Uint8Array::from(v).into())
    }
    fn serialize_none(self) -> Result {
        Ok(JsValue::NULL)
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result {
        Ok(JsValue::NULL)
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result {
        Ok(JsValue::NULL)
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result {
        Ok(variant.into())
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, v: &T) -> Result {
        v.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result {
        Ok(tagged(variant, &value.serialize(self)?))
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Parts> {
        Ok(Parts::new(true, None))
    }
    fn serialize_tuple(self, _: usize) -> Result<Parts> {
        Ok(Parts::new(true, None))
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Parts> {
        Ok(Parts::new(true, None))
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts> {
        Ok(Parts::new(true, Some(variant)))
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Parts> {
        Ok(Parts::new(false, None))
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts> {
        Ok(Parts::new(false, None))
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts> {
        Ok(Parts::new(false, Some(variant)))
    }
}
