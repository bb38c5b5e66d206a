//! From a reason to an action.
use crate::{
    base::{ActionText, Direction, Playbook, Rule},
    table::subjects::{has_word, subject},
};

/// What is done where no rule fits.
const ELSE: &str = "check_in";

fn is_about(rule: &Rule, column: &str, about: Option<&str>) -> bool {
    rule.columns.iter().any(|c| c == column)
        || (rule.about.is_some() && rule.about.as_deref() == about)
        || (!rule.words.is_empty() && has_word(column, &rule.words))
}

/// The first rule about `column` for a value on that side; `side` is none where the value is of no side, as a category.
pub fn rule_for<'a>(
    playbook: &'a Playbook,
    column: &str,
    side: Option<Direction>,
) -> Option<&'a Rule> {
    let about = subject(column);
    let fits = |rule: &&Rule| {
        (rule.direction == Direction::Any || Some(rule.direction) == side)
            && is_about(rule, column, about)
    };
    playbook.rules.iter().find(fits)
}

/// What to do about `reasons`, the weightiest first: the action of the first that has a rule, else a call.
pub fn action(playbook: &Playbook, reasons: &[(&str, Option<Direction>)]) -> ActionText {
    let mut rules = reasons
        .iter()
        .filter_map(|(column, side)| rule_for(playbook, column, *side));
    match rules.next() {
        Some(rule) => rule.action.clone(),
        None => ActionText::Known(ELSE.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Direction::{Any, High, Low};

    fn does(book: &Playbook, reasons: &[(&str, Option<Direction>)]) -> String {
        action(book, reasons).as_str().to_owned()
    }

    #[test]
    fn usual_reasons_have_their_actions() {
        let book = Playbook::default();
        for (column, side, wanted) in [
            ("Contract", None, "offer_contract"),
            ("MonthlyCharges", Some(High), "review_price"),
            ("monthly_charges", Some(Low), "offer_upgrade"),
            ("logins", Some(Low), "show_usage"),
            ("support_tickets", Some(High), "solve_issues"),
            ("tenure", Some(Low), "onboard"),
            ("tenure", Some(High), "thank_loyal"),
            ("满意度", Some(Low), "call_unhappy"),
            ("gender", None, "check_in"),
        ] {
            assert_eq!(does(&book, &[(column, side)]), wanted, "{column}");
        }
        // A reason without a rule leaves the word to the next.
        let two = [("gender", None), ("投诉次数", Some(High))];
        assert_eq!(does(&book, &two), "solve_issues");
        assert_eq!(does(&book, &[]), "check_in");
    }

    #[test]
    fn own_rules_come_first_and_may_name_columns() {
        let mut book = Playbook::default();
        let own = |columns: &[&str], words: &[&str], direction| Rule {
            id: "own".into(),
            about: None,
            words: words.iter().map(|w| (*w).to_owned()).collect(),
            columns: columns.iter().map(|w| (*w).to_owned()).collect(),
            direction,
            action: ActionText::Own("Ring the bell".into()),
        };
        book.rules.insert(0, own(&["x1"], &["bell"], High));
        assert_eq!(does(&book, &[("x1", Some(High))]), "Ring the bell");
        assert_eq!(does(&book, &[("x1", Some(Low))]), "check_in");
        assert_eq!(does(&book, &[("door_bell", Some(High))]), "Ring the bell");
        book.rules[0].direction = Any;
        assert_eq!(does(&book, &[("x1", None)]), "Ring the bell");
    }
}
