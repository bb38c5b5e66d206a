//! What a person sees.
pub mod i18n;
