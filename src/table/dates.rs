//! Calendar arithmetic and written dates.
use crate::base::DateOrder;

/// Days since 1970-01-01 of a day in the proleptic Gregorian calendar; none when there is no such day.
///
/// Counts years from March, so that the leap day is the last of its year, and eras of 400 years.
pub fn to_days(year: i32, month: u32, day: u32) -> Option<i32> {
    if !(1..=9999).contains(&year)
        || !(1..=12).contains(&month)
        || day == 0
        || day > month_days(year, month)
    {
        return None;
    }
    let (y, m) = (if month <= 2 { year - 1 } else { year }, month as i32);
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let day_of_year = (153 * ((m + 9) % 12) + 2) / 5 + day as i32 - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// Year, month and day of days since 1970-01-01.
pub fn from_days(days: i32) -> (i32, u32, u32) {
    let z = i64::from(days) + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let mp = (5 * day_of_year + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (
        year as i32,
        month as u32,
        (day_of_year - (153 * mp + 2) / 5 + 1) as u32,
    )
}

fn month_days(year: i32, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// `2026-11-23`
pub fn date_text(days: i32) -> String {
    let (y, m, d) = from_days(days);
    format!("{y:04}-{m:02}-{d:02}")
}

/// `2026-11-23 08:30:00`
pub fn datetime_text(seconds: i64) -> String {
    let days = seconds.div_euclid(86_400);
    let s = seconds.rem_euclid(86_400);
    let days = i32::try_from(days).unwrap_or(i32::MAX);
    format!(
        "{} {:02}:{:02}:{:02}",
        date_text(days),
        s / 3600,
        s / 60 % 60,
        s % 60
    )
}

/// The day written as the number yyyymmdd, between 1900 and 2100.
pub fn from_compact(number: i64) -> Option<i32> {
    if !(19_000_101..=21_001_231).contains(&number) {
        return None;
    }
    let n = number as i32;
    to_days(n / 10_000, (n / 100 % 100) as u32, (n % 100) as u32)
}

/// A written day, perhaps with a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Days since 1970-01-01.
    pub days: i32,
    /// Seconds since midnight, where a time was written. Fractions and zones are left out.
    pub time: Option<u32>,
    /// How it was written.
    pub shape: Shape,
}

impl Moment {
    /// Seconds since 1970-01-01T00:00, as written.
    pub fn seconds(self) -> i64 {
        i64::from(self.days) * 86_400 + i64::from(self.time.unwrap_or(0))
    }
}

/// What the reading of a date relies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// The year stands first, or the month is a word: there is one reading.
    Certain,
    /// Numbers with the year last and points between: day first by custom.
    Points,
    /// Numbers with the year last: the order of day and month must be known.
    YearLast,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// Position of a name or its abbreviation of at least three letters.
fn named(names: &[&str], word: &str) -> Option<u32> {
    let lower = word.to_ascii_lowercase();
    (lower.len() >= 3)
        .then(|| names.iter().position(|n| n.starts_with(&lower)))
        .flatten()
        .map(|i| i as u32)
}

/// A reader over what is left of a cell.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn take(&mut self, is: impl Fn(char) -> bool) -> &'a str {
        let end = self.0.find(|c| !is(c)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(end);
        self.0 = rest;
        taken
    }

    /// A run of at most `max` digits, as a number with its length.
    fn number(&mut self, max: usize) -> Option<(u32, usize)> {
        let digits = self.take(|c| c.is_ascii_digit());
        (1..=max)
            .contains(&digits.len())
            .then(|| digits.parse().ok().map(|n| (n, digits.len())))
            .flatten()
    }

    fn eat(&mut self, c: char) -> bool {
        match self.0.strip_prefix(c) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn spaces(&mut self) {
        self.0 = self.0.trim_start();
    }
}

/// Two digits mean 1969 to 2068.
fn full_year(year: u32, len: usize) -> Option<i32> {
    match (len, year) {
        (4, y) => Some(y as i32),
        (2, y @ 0..=68) => Some(2000 + y as i32),
        (2, y) => Some(1900 + y as i32),
        _ => None,
    }
}

/// Reads a date or a point in time; `order` decides between day first and month first where the year stands last.
pub fn parse(cell: &str, order: DateOrder) -> Option<Moment> {
    let cell = cell.trim();
    let first = *cell.as_bytes().first()?;
    if cell.len() > 64 || !(first.is_ascii_digit() || first.is_ascii_alphabetic()) {
        return None;
    }
    let mut rest = Rest(cell);
    let (days, shape) = if first.is_ascii_digit() {
        numeric(&mut rest, order)?
    } else {
        (worded(&mut rest)?, Shape::Certain)
    };
    let time = time(&mut rest)?;
    Some(Moment { days, time, shape })
}

fn numeric(rest: &mut Rest<'_>, order: DateOrder) -> Option<(i32, Shape)> {
    let (a, len) = rest.number(8)?;
    if len == 8 {
        return Some((from_compact(i64::from(a))?, Shape::Certain));
    }
    if len == 4 {
        if rest.eat('年') {
            let (m, _) = rest.number(2)?;
            rest.eat('月').then_some(())?;
            let (d, _) = rest.number(2)?;
            rest.eat('日');
            return Some((to_days(a as i32, m, d)?, Shape::Certain));
        }
        let mark = rest.0.chars().next().filter(|c| "-/.".contains(*c))?;
        rest.eat(mark);
        let (m, _) = rest.number(2)?;
        rest.eat(mark).then_some(())?;
        let (d, _) = rest.number(2)?;
        return Some((to_days(a as i32, m, d)?, Shape::Certain));
    }
    if len > 2 {
        return None;
    }
    let mark = rest.0.chars().next().filter(|c| "-/. ".contains(*c))?;
    rest.take(|c| c == mark || c == ' ');
    if rest.0.starts_with(|c: char| c.is_ascii_alphabetic()) {
        let month = named(&MONTHS, rest.take(|c| c.is_ascii_alphabetic()))? + 1;
        rest.take(|c| "-/. ,".contains(c));
        let (y, len) = rest.number(4)?;
        return Some((to_days(full_year(y, len)?, month, a)?, Shape::Certain));
    }
    if mark == ' ' {
        return None;
    }
    let (b, _) = rest.number(2)?;
    rest.eat(mark).then_some(())?;
    let (y, len) = rest.number(4)?;
    let (day, month) = match order {
        DateOrder::MonthDayYear => (b, a),
        DateOrder::DayMonthYear | DateOrder::YearMonthDay => (a, b),
    };
    let shape = if mark == '.' {
        Shape::Points
    } else {
        Shape::YearLast
    };
    Some((to_days(full_year(y, len)?, month, day)?, shape))
}

/// `Nov 23, 2026`, perhaps after a weekday; `Mon, 23 Nov 2026`.
fn worded(rest: &mut Rest<'_>) -> Option<i32> {
    let mut word = rest.take(|c| c.is_ascii_alphabetic());
    if named(&WEEKDAYS, word).is_some() {
        rest.take(|c| ", .".contains(c));
        if rest.0.starts_with(|c: char| c.is_ascii_digit()) {
            let (day, _) = rest.number(2)?;
            rest.take(|c| "- .".contains(c));
            let month = named(&MONTHS, rest.take(|c| c.is_ascii_alphabetic()))? + 1;
            rest.take(|c| "- .,".contains(c));
            let (y, len) = rest.number(4)?;
            return to_days(full_year(y, len)?, month, day);
        }
        word = rest.take(|c| c.is_ascii_alphabetic());
    }
    let month = named(&MONTHS, word)? + 1;
    rest.take(|c| "-/. ".contains(c));
    let (day, _) = rest.number(2)?;
    if rest.0.starts_with(|c: char| c.is_ascii_alphabetic()) {
        let ordinal = rest.take(|c| c.is_ascii_alphabetic());
        ["st", "nd", "rd", "th"].contains(&ordinal).then_some(())?;
    }
    let between = rest.take(|c| "-/., ".contains(c));
    if between.is_empty() {
        return None;
    }
    let (y, len) = rest.number(4)?;
    to_days(full_year(y, len)?, month, day)
}

/// The time after a date: `Some(None)` when nothing is left, none when something else is.
fn time(rest: &mut Rest<'_>) -> Option<Option<u32>> {
    if rest.0.is_empty() {
        return Some(None);
    }
    let before = rest.take(|c| c == ' ' || c == 'T' || c == 't' || c == ',');
    if before.is_empty() {
        return None;
    }
    let (mut hour, _) = rest.number(2)?;
    rest.eat(':').then_some(())?;
    let (minute, _) = rest.number(2)?;
    let mut second = 0;
    if rest.eat(':') {
        second = rest.number(2)?.0;
        if rest.eat('.') || rest.eat(',') {
            rest.number(12)?;
        }
    }
    rest.spaces();
    let half = rest.0.get(..2).map(str::to_ascii_lowercase);
    match half.as_deref() {
        Some("am") if (1..=12).contains(&hour) => hour %= 12,
        Some("pm") if (1..=12).contains(&hour) => hour = hour % 12 + 12,
        Some("am" | "pm") => return None,
        _ => {}
    }
    if matches!(half.as_deref(), Some("am" | "pm")) {
        rest.0 = &rest.0[2..];
        rest.spaces();
    }
    // Zones are read over: what counts is the customer's clock as written.
    if rest.eat('Z') || rest.eat('z') {
    } else if let Some(after) = ["UTC", "GMT"].iter().find_map(|z| rest.0.strip_prefix(z)) {
        rest.0 = after;
    }
    if rest.eat('+') || rest.eat('-') {
        rest.number(4)?;
        if rest.eat(':') {
            rest.number(2)?;
        }
    }
    let fits = rest.0.is_empty() && hour < 24 && minute < 60 && second <= 60;
    fits.then_some(Some(hour * 3600 + minute * 60 + second.min(59)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use DateOrder::{DayMonthYear, MonthDayYear, YearMonthDay};

    #[test]
    fn days_go_there_and_back() {
        assert_eq!(to_days(1970, 1, 1), Some(0));
        assert_eq!(to_days(2000, 2, 29), Some(11_016));
        assert_eq!(to_days(2026, 11, 23), Some(20_780));
        assert_eq!(to_days(1900, 2, 29), None);
        assert_eq!(to_days(2026, 4, 31), None);
        for days in (-700_000..2_900_000).step_by(997) {
            let (y, m, d) = from_days(days);
            assert_eq!(to_days(y, m, d), Some(days));
        }
    }

    #[test]
    fn written_dates() {
        let day = to_days(2026, 11, 3);
        for (cell, order) in [
            ("2026-11-03", YearMonthDay),
            ("2026/11/3", YearMonthDay),
            ("20261103", YearMonthDay),
            ("2026年11月3日", YearMonthDay),
            ("03.11.2026", DayMonthYear),
            ("3/11/2026", DayMonthYear),
            ("11/3/2026", MonthDayYear),
            ("11/03/26", MonthDayYear),
            ("3 Nov 2026", DayMonthYear),
            ("03-Nov-26", DayMonthYear),
            ("November 3, 2026", DayMonthYear),
            ("Nov 3rd, 2026", MonthDayYear),
            ("Tue, 3 Nov 2026", MonthDayYear),
        ] {
            let m = parse(cell, order);
            assert_eq!(m.map(|m| m.days), day, "{cell}");
            assert_eq!(m.unwrap().time, None, "{cell}");
        }
        for cell in [
            "2026-13-01",
            "2026-11",
            "1.2.3",
            "12",
            "abc",
            "3/11",
            "20261341",
            "2026-11-03x",
            "Nov",
            "5 apples",
        ] {
            assert_eq!(parse(cell, DayMonthYear), None, "{cell}");
        }
    }

    #[test]
    fn written_times() {
        for (cell, time) in [
            ("2026-11-03T08:30", 30_600),
            ("2026-11-03 08:30:15", 30_615),
            ("2026-11-03T08:30:15.250Z", 30_615),
            ("2026-11-03 08:30:15+02:00", 30_615),
            ("2026-11-03T08:30:15-0500", 30_615),
            ("11/3/2026 8:30 PM", 73_800),
            ("11/3/2026 12:05 AM", 300),
            ("20261103 08:30", 30_600),
        ] {
            assert_eq!(
                parse(cell, MonthDayYear).and_then(|m| m.time),
                Some(time),
                "{cell}"
            );
        }
        for cell in [
            "2026-11-03 25:00",
            "2026-11-03 08:61",
            "2026-11-03 8",
            "2026-11-03 13:00 PM",
        ] {
            assert_eq!(parse(cell, MonthDayYear), None, "{cell}");
        }
        assert_eq!(
            datetime_text(20_780 * 86_400 + 30_615),
            "2026-11-23 08:30:15"
        );
    }
}
