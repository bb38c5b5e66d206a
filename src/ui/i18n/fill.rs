//! Fills templates.
use super::{Lang, Style, count, number};
use crate::base::isolated;

/// A value for a placeholder.
#[derive(Debug, Clone, Copy)]
pub enum Arg<'a> {
    /// A count: grouped, and able to pick a plural.
    Count(u64),
    /// A number.
    Number(f64, Style),
    /// Text as it is.
    Text(&'a str),
    /// Several texts.
    List(&'a [String]),
}

/// Longest list written out; the rest is counted.
const LIST: usize = 6;

fn write(lang: Lang, arg: Arg<'_>) -> String {
    match arg {
        Arg::Count(n) => count(lang, n),
        Arg::Number(v, style) => number(lang, v, style),
        Arg::Text(t) => isolated(t).into_owned(),
        Arg::List(items) => {
            let mut out = items
                .iter()
                .take(LIST)
                .map(|item| isolated(item))
                .collect::<Vec<_>>()
                .join(lang.texts().list_and);
            if items.len() > LIST {
                out.push_str(lang.texts().list_and);
                out.push_str(&format!("… (+{})", items.len() - LIST));
            }
            out
        }
    }
}

/// Puts `args` into the placeholders of `template`. `{n}` is written in the language; `{n?one|many}` picks by whether
/// the count `n` is one. A placeholder without a value stays as it is.
pub fn fill(lang: Lang, template: &str, args: &[(&str, Arg<'_>)]) -> String {
    let mut out = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((inside, next)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        let (name, forms) = match inside.split_once('?') {
            Some((name, forms)) => (name, Some(forms)),
            None => (inside, None),
        };
        let arg = args.iter().find(|(key, _)| *key == name).map(|(_, a)| *a);
        match (arg, forms.and_then(|f| f.split_once('|'))) {
            (Some(Arg::Count(n)), Some((one, many))) => {
                out.push_str(if n == 1 { one } else { many });
            }
            (Some(arg), _) => out.push_str(&write(lang, arg)),
            (None, _) => {
                out.push('{');
                out.push_str(inside);
                out.push('}');
            }
        }
        rest = next;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_and_plurals_picked() {
        let say = |n| {
            fill(
                Lang::En,
                "{n} {n?row|rows} in {name}",
                &[("n", Arg::Count(n)), ("name", Arg::Text("{n}"))],
            )
        };
        assert_eq!(say(1), "1 row in {n}");
        assert_eq!(say(1200), "1,200 rows in {n}");
        assert_eq!(fill(Lang::En, "a {b} {", &[]), "a {b} {");
    }

    #[test]
    fn a_value_never_turns_the_sentence() {
        let say = |name: &str| fill(Lang::En, "in {name}: 5", &[("name", Arg::Text(name))]);
        assert_eq!(say("a b"), "in a b: 5");
        assert_eq!(say("שלום"), "in \u{2068}שלום\u{2069}: 5");
        assert_eq!(
            say("a\u{2069}\u{202e}b"),
            "in \u{2068}a\u{202e}b\u{2069}: 5"
        );
    }

    #[test]
    fn long_lists_are_cut() {
        let names: Vec<String> = (0..8).map(|i| format!("c{i}")).collect();
        let said = fill(Lang::Zh, "{names}", &[("names", Arg::List(&names))]);
        assert_eq!(said, "c0、c1、c2、c3、c4、c5、… (+2)");
    }
}
