//! HTML as text: whatever comes from data goes through [`Html::text`].

/// A file under way.
pub(super) struct Html(String);

impl Html {
    pub(super) fn new() -> Self {
        Self(String::with_capacity(1 << 16))
    }

    /// Markup of our own.
    pub(super) fn raw(&mut self, markup: &str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Anything else, in an element or in an attribute.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c if c < ' ' && !matches!(c, '\t' | '\n' | '\r') => {}
                c => self.0.push(c),
            }
        }
        self
    }

    /// An element of text; nothing where there is none.
    pub(super) fn element(&mut self, tag: &str, text: &str) -> &mut Self {
        if text.is_empty() {
            return self;
        }
        self.raw("<").raw(tag).raw(">").text(text);
        self.raw("</").raw(tag).raw(">\n")
    }

    /// A table; the first cell of a row is its head. `numbers` says which columns are aligned as numbers.
    pub(super) fn grid<'a>(
        &mut self,
        heads: &[String],
        rows: impl Iterator<Item = &'a Vec<String>>,
        numbers: &[bool],
    ) {
        let class = |i: usize| match numbers.get(i) {
            Some(true) => " class=\"n\"",
            _ => "",
        };
        self.raw("<div class=\"scroll\"><table>\n<thead><tr>");
        for (i, head) in heads.iter().enumerate() {
            self.raw("<th scope=\"col\"")
                .raw(class(i))
                .raw(">")
                .text(head)
                .raw("</th>");
        }
        self.raw("</tr></thead>\n<tbody>\n");
        for row in rows {
            self.raw("<tr>");
            for (i, cell) in row.iter().enumerate() {
                let (open, close) = if i == 0 {
                    ("<th scope=\"row\"", "</th>")
                } else {
                    ("<td", "</td>")
                };
                self.raw(open).raw(class(i)).raw(">").text(cell).raw(close);
            }
            self.raw("</tr>\n");
        }
        self.raw("</tbody>\n</table></div>\n");
    }

    pub(super) fn done(self) -> String {
        self.0
    }
}
