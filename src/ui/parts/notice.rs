//! Things a person should know: notices and failures.
use super::follow;
use crate::{
    base::Error,
    ui::{
        i18n::{Arg, advice, error, fill},
        state::{JobKind, Ui},
    },
};
use leptos::prelude::*;

/// A notice with a title and a sentence.
pub fn notice(title: impl Into<String>, why: impl Into<String>) -> AnyView {
    view! {
        <section class="card note" part="card note">
            <h2>{title.into()}</h2>
            <p class="why">{why.into()}</p>
        </section>
    }
    .into_any()
}

/// The last failure, where it belongs: among those of `kinds`.
pub fn failure_card(ui: Ui, kinds: &'static [JobKind]) -> AnyView {
    follow(move || {
        let failure = ui.jobs.failure.get().filter(|f| kinds.contains(&f.kind))?;
        let t = ui.lang.texts();
        let crashed = failure.error == Error::Crashed;
        let title = match failure.kind {
            JobKind::Load | JobKind::Demo => t.err_title_data,
            JobKind::Train => t.err_title_train,
            JobKind::Predict => t.err_title_predict,
            JobKind::Model => t.err_title_model,
            JobKind::Append => t.err_title_add,
            JobKind::Suggest => t.err_title,
        };
        let fits = match (&failure.error, failure.kind) {
            (Error::Memory { rows, .. }, JobKind::Load | JobKind::Train) => *rows,
            _ => None,
        };
        let sample = fits.map(|n| {
            let label = fill(ui.lang, t.use_sample, &[("rows", Arg::Count(n))]);
            let press = move |_| ui.act.use_sample(failure.kind, n);
            view! {
                <button type="button" part="button" class="primary" data-rows=n.to_string() on:click=press>{label}</button>
            }
            .into_any()
        });
        let dismiss = move |_| ui.jobs.failure.set(None);
        Some(view! {
            <section class="card bad" part="card error" role="alert" data-code=failure.error.code()>
                <h2>{title}</h2>
                <p>{error(ui.lang, &failure.error)}</p>
                <p class="why">{advice(ui.lang, &failure.error)}</p>
                <div class="acts">
                    {sample}
                    <button type="button" part="button" on:click=dismiss>{if crashed { t.go_on } else { t.dismiss }}</button>
                </div>
            </section>
        }.into_any())
    })
}
