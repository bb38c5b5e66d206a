//! What column names say, in English and Chinese.

/// A name in lower-case words: `customerID`, `customer_id` and `Customer Id` are `customer`, `id`.
pub fn tokens(name: &str) -> Vec<String> {
    let mut out: Vec<String> = vec![String::new()];
    let chars: Vec<char> = name.chars().collect();
    for (i, &c) in chars.iter().enumerate() {
        let starts = c.is_uppercase()
            && i > 0
            && (chars[i - 1].is_lowercase()
                || (chars[i - 1].is_uppercase()
                    && chars.get(i + 1).is_some_and(|n| n.is_lowercase())));
        if (starts || !c.is_alphanumeric()) && out.last().is_some_and(|w| !w.is_empty()) {
            out.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(w) = out.last_mut()
        {
            w.extend(c.to_lowercase());
        }
    }
    out.retain(|w| !w.is_empty());
    out
}

/// Whether a name has one of `words` as a word of its own, or ends in one run together; Chinese words anywhere.
pub fn says(name: &str, words: &[&str]) -> bool {
    let tokens = tokens(name);
    let joined = tokens.concat();
    words.iter().any(|w| {
        if w.is_ascii() {
            let joined_word: String = w.chars().filter(|c| *c != ' ').collect();
            tokens.iter().any(|t| t == w)
                || joined == joined_word
                || (w.contains(' ') && joined.contains(&joined_word))
        } else {
            joined.contains(w)
        }
    })
}

const ID: &[&str] = &[
    "id",
    "ids",
    "uid",
    "uuid",
    "guid",
    "key",
    "pk",
    "row number",
    "rownum",
    "index",
    "idx",
    "serial",
    "number",
    "no",
    "nr",
    "customerid",
    "userid",
    "accountid",
    "clientid",
    "memberid",
    "subscriberid",
    "custid",
    "unnamed",
    "email",
    "phone",
    "account number",
    "编号",
    "序号",
    "号码",
    "卡号",
    "账号",
    "工号",
    "身份证",
    "行号",
];
const ENTITY: &[&str] = &[
    "customer",
    "cust",
    "user",
    "client",
    "account",
    "acct",
    "member",
    "subscriber",
    "contact",
    "company",
    "household",
    "customerid",
    "userid",
    "accountid",
    "clientid",
    "memberid",
    "subscriberid",
    "custid",
    "msisdn",
    "客户",
    "用户",
    "会员",
    "账户",
    "顾客",
    "买家",
];
const STRICT_ID: &[&str] = &[
    "id",
    "uid",
    "uuid",
    "guid",
    "key",
    "customerid",
    "userid",
    "accountid",
    "clientid",
    "memberid",
    "subscriberid",
    "custid",
    "编号",
    "号",
    "码",
];
const MEASURE: &[&str] = &[
    "age", "balance", "amount", "price", "cost", "revenue", "salary", "income", "score", "count",
    "total", "sum", "tenure", "days", "months", "years", "year", "rate", "ratio", "value",
    "charges", "usage", "minutes", "quantity", "qty", "num", "n", "of", "spend", "sales", "年龄",
    "余额", "金额", "数量", "次数", "天数",
];
const DATE: &[&str] = &[
    "date",
    "day",
    "datetime",
    "timestamp",
    "time",
    "created",
    "signup",
    "since",
    "joined",
    "dt",
    "日期",
    "时间",
    "日",
];
const MONEY: &[&str] = &[
    "monthly charges",
    "monthlycharges",
    "revenue",
    "mrr",
    "arr",
    "amount",
    "purchase amount",
    "spend",
    "sales",
    "price",
    "payment",
    "balance",
    "charges",
    "fee",
    "income",
    "value",
    "ltv",
    "clv",
    "billing",
    "dollar",
    "dollars",
    "turnover",
    "金额",
    "收入",
    "消费",
    "余额",
    "月费",
    "费用",
    "营收",
    "单价",
    "充值",
];
const TARGET: &[&str] = &[
    "churn",
    "churned",
    "is churn",
    "churn flag",
    "churn label",
    "exited",
    "exit",
    "attrition",
    "attrition flag",
    "attrited",
    "left",
    "cancelled",
    "canceled",
    "cancel",
    "lapsed",
    "lost",
    "departed",
    "unsubscribed",
    "terminated",
    "流失",
    "是否流失",
    "离网",
    "退订",
    "流失标签",
];
const WEAK_TARGET: &[&str] = &[
    "target", "label", "y", "outcome", "class", "response", "标签", "目标",
];

/// Names an identifier of anything.
pub fn is_id(name: &str) -> bool {
    says(name, ID) && !is_measure(name)
}

/// Names the customer.
pub fn is_entity_id(name: &str) -> bool {
    says(name, ENTITY) && (says(name, STRICT_ID) || says(name, &["number", "no"]))
}

/// Names something counted or measured.
pub fn is_measure(name: &str) -> bool {
    says(name, MEASURE)
}

/// Names a day or a time.
pub fn is_date(name: &str) -> bool {
    says(name, DATE)
}

/// How well a name fits money, the earlier word the better; none when it does not.
pub fn money_rank(name: &str) -> Option<usize> {
    MONEY.iter().position(|w| says(name, &[w]))
}

/// Names what is to be predicted: `Some(true)` plainly, `Some(false)` in general words.
pub fn is_target(name: &str) -> Option<bool> {
    if says(name, TARGET) {
        Some(true)
    } else if says(name, WEAK_TARGET) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read() {
        assert_eq!(tokens("customerID"), ["customer", "id"]);
        assert_eq!(tokens("HTTPServer_no 2"), ["http", "server", "no", "2"]);
        for n in [
            "customerID",
            "CustomerId",
            "user_id",
            "客户编号",
            "RowNumber",
            "account number",
            "ID",
        ] {
            assert!(is_id(n), "{n}");
        }
        for n in [
            "Age",
            "Balance",
            "paid",
            "NumOfProducts",
            "Video",
            "number_of_cds",
        ] {
            assert!(!is_id(n), "{n}");
        }
        assert!(is_entity_id("CustomerId") && !is_entity_id("RowNumber"));
        assert_eq!(is_target("Churn"), Some(true));
        assert_eq!(is_target("是否流失"), Some(true));
        assert_eq!(is_target("label"), Some(false));
        assert_eq!(is_target("Contract"), None);
        assert!(money_rank("MonthlyCharges").is_some() && money_rank("gender").is_none());
    }
}
