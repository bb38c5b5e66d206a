//! Whom to contact, by what it costs and brings: the profit curve under its controls, redrawn without asking the engine.
use super::{costs::controls, money::money};
use crate::{
    base::{Costs, Params, Value},
    charts::{Figure, Profit},
    findings::{Pane, book::Book, chart::figure},
    ui::{
        i18n::{Arg, Style, figure_why, fill, number},
        parts::button,
    },
};
use leptos::prelude::*;

/// The costs as they are stated now; those of the run where they make no sense.
pub(super) fn stated(book: Book, of: &Profit) -> Costs {
    book.costs.with(|costs| {
        if costs.0.is_empty() {
            return of.costs.clone();
        }
        let params = Params::default().with(crate::base::COSTS, Value::Map(costs.0.clone()));
        let column = book.value.get();
        Costs::parse(&params, column.as_deref()).unwrap_or_else(|_| of.costs.clone())
    })
}

/// The card.
pub(super) fn worth(pane: Pane, book: Book, profit: &Profit) -> AnyView {
    let (lang, t) = (pane.lang, pane.lang.texts());
    let of = StoredValue::new(profit.clone());
    let now = Memo::new(move |_| of.with_value(|p| stated(book, p)));
    let drawn = Signal::derive(move || {
        let mut profit = of.get_value();
        profit.costs = now.get();
        Figure::from(profit)
    });
    let title = Signal::derive(move || {
        let decision = of.with_value(|p| p.at(&now.get()));
        let Some(d) = decision.filter(|d| d.n > 0) else {
            return t.worth_nobody.to_owned();
        };
        let (share, gain) = (number(lang, d.share, Style::Percent), money(lang, d.gain));
        let (low, high, everybody) = (
            money(lang, d.low),
            money(lang, d.high),
            money(lang, d.everybody),
        );
        let args = [
            ("share", Arg::Text(&share)),
            ("gain", Arg::Text(&gain)),
            ("low", Arg::Text(&low)),
            ("high", Arg::Text(&high)),
            ("everybody", Arg::Text(&everybody)),
        ];
        fill(lang, t.worth_title, &args)
    });
    let never = Signal::stored(false);
    let columns: Vec<String> = Vec::new();
    view! {
        <section class="card w12 worth" part="card"><h2>{t.costs_title}</h2><p class="why">{t.costs_why}</p>
            {controls(pane, book, &columns)}
            <div class="acts">{button(t.open_list, false, never, move || pane.go("actions"))}</div>
        </section>
        {figure(lang, "profit", "w12", title, figure_why(lang, "profit"), drawn, Signal::stored(None))}
    }
    .into_any()
}
