//! What the columns are for.
use crate::{
    base::{DatasetProfile, Role},
    ui::{
        i18n::{Arg, fill, reason, role, role_why},
        parts::{Choice, follow, held, pick},
        state::Ui,
    },
};
use leptos::prelude::*;

/// Card with a select per role, the reason for each guess, and the class that means "left".
pub fn roles(ui: Ui, profile: &DatasetProfile) -> AnyView {
    let t = ui.lang.texts();
    let rows = Role::PER_CUSTOMER
        .into_iter()
        .map(|r| role_row(ui, profile, r))
        .collect_view();
    view! {
        <section class="card roles" part="card roles">
            <h2>{t.roles_title}</h2>
            <p class="why">{t.roles_why}</p>
            {held(ui, "roles", view! { <div class="role-rows">{rows}</div> }.into_any())}
        </section>
    }
    .into_any()
}

fn role_row(ui: Ui, profile: &DatasetProfile, r: Role) -> AnyView {
    let t = ui.lang.texts();
    let none = if r == Role::Target {
        t.no_target
    } else {
        t.role_none
    };
    let mut choices = vec![Choice::new("", none)];
    choices.extend(
        profile
            .columns
            .iter()
            .map(|c| Choice::new(c.field.name.clone(), c.field.name.clone())),
    );
    let now = Signal::derive(move || {
        ui.data
            .roles
            .with(|roles| roles.get(r).unwrap_or_default().to_owned())
    });
    let set = move |column: String| {
        ui.data.roles.update(|roles| {
            // One column per role here, so what had it before loses it.
            roles.0.retain(|(other, _)| *other != r);
            if !column.is_empty() {
                roles.set(&column, Some(r));
            }
        });
        if r == Role::Target {
            ui.data.positive.set(None);
        }
    };
    let guesses: Vec<(String, String)> = profile
        .roles
        .iter()
        .filter(|g| g.role == r)
        .map(|g| {
            let reasons: Vec<String> = g
                .reasons
                .iter()
                .map(|x| reason(ui.lang, *x).to_owned())
                .collect();
            let args = [("reasons", Arg::List(&reasons))];
            (g.column.clone(), fill(ui.lang, t.guessed, &args))
        })
        .collect();
    let why = move || {
        let column = now.get();
        if column.is_empty() {
            return role_why(ui.lang, r).to_owned();
        }
        guesses
            .iter()
            .find(|(c, _)| *c == column)
            .map_or_else(|| t.chosen_by_hand.to_owned(), |(_, why)| why.clone())
    };
    let positive = (r == Role::Target).then(|| positive_row(ui));
    view! {
        <div class="role-row" data-role=r.id()>
            <label class="field"><span>{role(ui.lang, r)}</span>{pick(None, choices, now, Signal::stored(false), set)}</label>
            <p class="small">{move || why()}</p>
        </div>
        {positive}
    }
    .into_any()
}

fn positive_row(ui: Ui) -> AnyView {
    let t = ui.lang.texts();
    let classes = Memo::new(move |_| ui.data.classes());
    follow(move || {
        let classes = classes.get();
        let guess = classes.get(1).cloned()?;
        let choices = classes
            .iter()
            .map(|c| Choice::new(c.clone(), c.clone()))
            .collect();
        let now = Signal::derive(move || ui.data.positive.get().unwrap_or_else(|| guess.clone()));
        let set = move |label: String| ui.data.positive.set(Some(label));
        Some(view! {
            <div class="role-row" data-role="positive">
                <label class="field"><span>{t.positive_label}</span>{pick(None, choices, now, Signal::stored(false), set)}</label>
                <p class="small">{t.positive_why}</p>
            </div>
        }.into_any())
    })
}
