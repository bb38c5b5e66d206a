//! Saving a figure: SVG and CSV as they are, PNG through a canvas at twice the size. Nothing leaves the page.
use crate::charts::{DARK, LIGHT, Palette};
use crate::ui::parts::parse_number;
use leptos::prelude::set_timeout;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, HtmlCanvasElement, HtmlImageElement};

/// Pixels of the picture per CSS pixel.
const PNG_SCALE: f64 = 2.0;

/// The palette of the theme in which `element` is shown: light text means a dark theme.
pub fn palette_of(element: &web_sys::Element) -> &'static Palette {
    let colour = web_sys::window()
        .and_then(|w| w.get_computed_style(element).ok().flatten())
        .and_then(|s| s.get_property_value("color").ok())
        .unwrap_or_default();
    let parts: Vec<f64> = colour
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .filter_map(parse_number)
        .take(3)
        .collect();
    if parts.len() == 3 && parts.iter().sum::<f64>() > 384.0 {
        &DARK
    } else {
        &LIGHT
    }
}

/// Hands `text` to the browser as a download.
pub fn save_text(text: &str, mime: &str, file_name: &str) -> Result<(), JsValue> {
    let bag = BlobPropertyBag::new();
    bag.set_type(mime);
    let parts = js_sys::Array::of1(&JsValue::from_str(text));
    let blob = Blob::new_with_str_sequence_and_options(&parts, &bag)?;
    save_blob(&blob, file_name)
}

/// A table as CSV, with the mark by which spreadsheets recognise UTF-8.
pub fn save_csv(csv: &str, file_name: &str) -> Result<(), JsValue> {
    save_text(
        &format!("\u{feff}{csv}"),
        "text/csv;charset=utf-8",
        file_name,
    )
}

/// Draws `svg` on a canvas and saves what is seen. Ends without a file when the browser cannot draw it.
pub fn save_png(svg: &str, (width, height): (f64, f64), file_name: String) -> Result<(), JsValue> {
    let document = document()?;
    let image = HtmlImageElement::new()?;
    let canvas: HtmlCanvasElement = document.create_element("canvas")?.dyn_into()?;
    canvas.set_width((width * PNG_SCALE) as u32);
    canvas.set_height((height * PNG_SCALE) as u32);
    let drawn = image.clone();
    let on_load = Closure::once_into_js(move || {
        let context = canvas.get_context("2d").ok().flatten();
        let Some(context) =
            context.and_then(|c| c.dyn_into::<web_sys::CanvasRenderingContext2d>().ok())
        else {
            return;
        };
        let (w, h) = (width * PNG_SCALE, height * PNG_SCALE);
        if context
            .draw_image_with_html_image_element_and_dw_and_dh(&drawn, 0.0, 0.0, w, h)
            .is_err()
        {
            return;
        }
        let on_blob = Closure::once_into_js(move |blob: Option<Blob>| {
            if let Some(blob) = blob {
                let _ = save_blob(&blob, &file_name);
            }
        });
        let _ = canvas.to_blob(on_blob.unchecked_ref());
    });
    image.set_onload(Some(on_load.unchecked_ref()));
    // A data address: the page's policy allows `img-src data:` and nothing more.
    let data = String::from(js_sys::encode_uri_component(svg));
    image.set_src(&format!("data:image/svg+xml;charset=utf-8,{data}"));
    Ok(())
}

fn save_blob(blob: &Blob, file_name: &str) -> Result<(), JsValue> {
    let url = web_sys::Url::create_object_url_with_blob(blob)?;
    let anchor: HtmlAnchorElement = document()?.create_element("a")?.dyn_into()?;
    anchor.set_href(&url);
    anchor.set_download(file_name);
    anchor.click();
    // The download reads the address after the click has returned.
    set_timeout(
        move || {
            let _ = web_sys::Url::revoke_object_url(&url);
        },
        Duration::from_secs(60),
    );
    Ok(())
}

fn document() -> Result<web_sys::Document, JsValue> {
    web_sys::window()
        .and_then(|w| w.document())
        .ok_or_else(|| JsValue::from_str("no document"))
}
