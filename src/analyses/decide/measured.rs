//! What decisions would have brought on held-out rows.
use super::{Asked, stream, worth::worth};
use crate::{
    base::{Result, Run, Unit, ValueOf},
    charts::{Decision, Profit},
    evaluate::{
        gains::{deciles, gains},
        profit::{Customers, best_threshold, profit},
    },
    report::{Metric, Report, ReportTable, Sentence},
    table::Table,
};

/// Held-out rows of the file with their scores.
pub(in crate::analyses) struct HeldOut<'a> {
    pub(in crate::analyses) table: &'a Table,
    /// Rows of `table`, from 0.
    pub(in crate::analyses) rows: &'a [u32],
    pub(in crate::analyses) proba: &'a [f64],
    pub(in crate::analyses) truth: &'a [bool],
}

impl Asked {
    /// Adds figures `profit`, `gains`, `lift`, table `deciles`, metrics `best_threshold` and `expected_profit`, and a
    /// sentence where costs were stated.
    ///
    /// # Errors
    /// Those of [`profit`] and [`gains`].
    pub(in crate::analyses) fn measure(
        &self,
        held_out: &HeldOut<'_>,
        report: &mut Report,
        run: &mut Run<'_>,
    ) -> Result<()> {
        let HeldOut {
            table,
            rows,
            proba,
            truth,
        } = *held_out;
        let value = worth(table, &self.costs.value, rows, run)?;
        let customers = Customers {
            proba,
            value: value.as_deref(),
            truth: Some(truth),
        };
        let drawn = profit(&customers, &self.costs, stream::PROFIT, run)?;
        let threshold = best_threshold(&customers, &self.costs)?;
        let (found, lift) = gains(truth, proba, stream::GAINS, run)?;
        report
            .tables
            .push(("deciles".into(), decile_table(truth, proba)?));
        report.metrics.push(Metric {
            key: "best_threshold".into(),
            value: threshold,
            interval: None,
            unit: Unit::Ratio,
        });
        if let Some(best) = drawn.at(&self.costs) {
            report.metrics.push(Metric {
                key: "expected_profit".into(),
                value: best.gain,
                interval: Some((best.low, best.high)),
                unit: if self.costs.assumed.value {
                    Unit::None
                } else {
                    Unit::Currency
                },
            });
            let is_stated = !(self.costs.assumed.contact && self.costs.assumed.success);
            let is_useful = !report.sentences.contains(&Sentence::NoSignal);
            if is_stated && is_useful {
                // After what the model finds and how it was tested.
                let place = report.sentences.len().min(2);
                report.sentences.insert(place, self.sentence(&drawn, &best));
            }
        }
        report.figures.extend([
            ("profit".to_owned(), drawn.into()),
            ("gains".to_owned(), found.into()),
            ("lift".to_owned(), lift.into()),
        ]);
        Ok(())
    }

    fn sentence(&self, drawn: &Profit, best: &Decision) -> Sentence {
        let (n_rows, everybody) = (drawn.n_rows, best.everybody);
        if best.n == 0 {
            return Sentence::ContactNobody { n_rows, everybody };
        }
        if best.n == n_rows {
            return Sentence::ContactEverybody {
                n_rows,
                gain: best.gain,
                low: best.low,
                high: best.high,
            };
        }
        let is_money = matches!(self.costs.value, ValueOf::Column(_));
        Sentence::Contact {
            n: best.n,
            n_rows,
            threshold: if is_money {
                best.threshold
            } else {
                best.threshold / drawn.factor(&self.costs)
            },
            is_money,
            gain: best.gain,
            low: best.low,
            high: best.high,
            everybody,
        }
    }
}

fn decile_table(truth: &[bool], proba: &[f64]) -> Result<ReportTable> {
    let tenths = deciles(truth, proba)?;
    let of = |f: &dyn Fn(usize) -> f64| (0..tenths.len()).map(f).collect::<Vec<f64>>();
    Ok(ReportTable::default()
        .number("decile", of(&|i| (i + 1) as f64))
        .number("n", of(&|i| tenths[i].n as f64))
        .number("positives", of(&|i| tenths[i].positives as f64))
        .number("rate", of(&|i| tenths[i].rate))
        .number("low", of(&|i| tenths[i].low))
        .number("high", of(&|i| tenths[i].high))
        .number("lift", of(&|i| tenths[i].lift))
        .number("cumulative_gain", of(&|i| tenths[i].cumulative_gain)))
}
