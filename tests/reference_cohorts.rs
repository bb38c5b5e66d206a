//! Retention, revenue and churn of cohorts against pandas. Tolerance: 1e-12, relative.
#![cfg(all(feature = "engine", not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used)]
mod common;

use kept::evaluate::cohorts::Activity;
use serde_json::Value;

fn activity() -> Activity {
    let (mut customer, mut month, mut amount) = (vec![], vec![], vec![]);
    for u in common::noise(3, 900 * 3).chunks_exact(3) {
        customer.push(((u[0] + 1.0) / 2.0 * 150.0).floor() as u32);
        month.push(((u[1] + 1.0) / 2.0 * 14.0).floor() as i32 + 24_300);
        amount.push((u[2] * 100.0 + 80.0).floor());
    }
    Activity::of_events(&customer, &month, Some(&amount)).unwrap()
}

fn number(v: &Value) -> f64 {
    v.as_f64().unwrap()
}

fn near(what: &str, got: f64, want: f64) {
    assert!(
        (got - want).abs() <= 1e-12 * want.abs().max(1.0),
        "{what}: {got} is not {want}"
    );
}

#[test]
fn cohorts_are_those_of_pandas() {
    let want = common::reference("cohorts.json");
    let (got, want) = (
        activity().cohorts(),
        want["cohorts"].as_array().unwrap().clone(),
    );
    assert_eq!(got.all.len(), want.len());
    for (cohort, want) in got.all.iter().zip(&want) {
        assert_eq!(f64::from(cohort.month), number(&want["month"]));
        let (active, revenue) = (
            want["active"].as_array().unwrap(),
            want["revenue"].as_array().unwrap(),
        );
        // The table of pandas ends with the last month in which anybody of any cohort was active.
        for (age, n) in cohort.active.iter().enumerate() {
            let n_want = active.get(age).map_or(0.0, number);
            near("active", *n as f64, n_want);
            near(
                "revenue",
                cohort.revenue[age],
                revenue.get(age).map_or(0.0, number),
            );
            near(
                "retention",
                cohort.retention(age).unwrap(),
                n_want / number(&active[0]),
            );
        }
        assert_eq!(cohort.n_customers as f64, number(&active[0]));
    }
}

#[test]
fn movements_are_those_of_pandas() {
    let want = common::reference("cohorts.json");
    for case in want["moves"].as_array().unwrap() {
        let got = activity()
            .movements(case["lag"].as_u64().unwrap() as u32)
            .unwrap();
        let rows = case["rows"].as_array().unwrap();
        assert_eq!(got.len(), rows.len());
        for (m, want) in got.iter().zip(rows) {
            assert_eq!(f64::from(m.month), number(&want["month"]));
            near("logo churn", m.logo_churn().unwrap(), number(&want["logo"]));
            near("grr", m.grr().unwrap(), number(&want["grr"]));
            near("nrr", m.nrr().unwrap(), number(&want["nrr"]));
            near(
                "revenue churn",
                m.revenue_churn().unwrap(),
                number(&want["revenue_churn"]),
            );
            near("new", m.new, number(&want["new"]));
            near("back", m.back, number(&want["back"]));
            near("after", m.after(), number(&want["after"]));
        }
    }
}
