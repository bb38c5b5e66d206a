//! Names of the element's events: public interface, they change only with a CHANGELOG line.

/// The engine is up.
pub const READY: &str = "kept-ready";
/// A file was imported; detail: the dataset.
pub const DATA: &str = "kept-data";
/// A job moved on; detail: stage, done, total.
pub const PROGRESS: &str = "kept-progress";
/// An analysis ended; detail: the report.
pub const REPORT: &str = "kept-report";
/// Rows came in and customers crossed the threshold; detail: as `append` gives it.
pub const ALERT: &str = "kept-alert";
/// Something went wrong; detail: code, message, column, row, param.
pub const ERROR: &str = "kept-error";
