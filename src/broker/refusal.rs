//! A refusal: the answer to a request that the broker does not let through.

use serde_json::{Map, Value, json};

use super::refusal_code::RefusalCode;
use crate::catalog::Catalog;

/// A request that is not let through, and why. It holds nothing that the request said but names that the
/// catalog knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The kind of refusal.
    pub code: RefusalCode,
    /// The reason in a sentence, in lower case and without a full stop.
    pub detail: String,
    /// The provider whose API was meant, where that is known.
    pub provider: Option<String>,
    /// The operation that was meant, with the template of its path: `POST /2/tweets`.
    pub operation: Option<String>,
    /// The ways to be allowed the operation: keys to declare, of each all.
    pub unlock: Vec<Vec<String>>,
    /// The seconds after which the same request may go out, where it may.
    pub retry_after: Option<u32>,
    /// The question that a person has to answer.
    pub(super) approval: Option<Box<QuestionName>>,
}

/// The name of a question that a person has to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct QuestionName(String);

impl Refusal {
    /// Refuses a request; `detail` begins in lower case and has no full stop.
    pub fn new(code: RefusalCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            provider: None,
            operation: None,
            unlock: Vec::new(),
            retry_after: None,
            approval: None,
        }
    }

    /// Adds the provider that was meant.
    #[must_use]
    pub fn of_provider(self, slug: &str) -> Self {
        Self { provider: Some(slug.to_owned()), ..self }
    }

    /// Adds the operation that was meant.
    #[must_use]
    pub fn of_operation(self, operation: &(impl ToString + ?Sized)) -> Self {
        Self { operation: Some(operation.to_string()), ..self }
    }

    /// Says after how many seconds the same request may go out.
    #[must_use]
    pub fn to_be_repeated(self, seconds: u64) -> Self {
        Self { retry_after: Some(u32::try_from(seconds).unwrap_or(u32::MAX)), ..self }
    }

    /// Adds the name of the question that a person has to answer.
    #[must_use]
    pub(crate) fn of_approval(self, name: String) -> Self {
        Self { approval: Some(Box::new(QuestionName(name))), ..self }
    }

    /// Returns what would unlock the operation, if keys would: "declare `x.dm.write`".
    pub fn advice(&self) -> Option<String> {
        let way = |keys: &Vec<String>| {
            let keys: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
            keys.join(" and ")
        };
        let ways: Vec<_> = self.unlock.iter().map(way).collect();
        (!ways.is_empty()).then(|| format!("declare {}", ways.join(", or ")))
    }

    /// Returns the detail with the advice: a sentence for people.
    pub fn sentence(&self) -> String {
        match self.advice() {
            Some(advice) => format!("{}: {advice}", self.detail),
            None => self.detail.clone(),
        }
    }

    /// Returns the media type of the answer's body.
    pub fn media_type(&self, catalog: &Catalog) -> &'static str {
        // A client of the API may compare the type of its errors.
        if self.shape(catalog).is_some() { "application/json" } else { "application/problem+json" }
    }

    /// Returns the answer's body: an error in the shape of the provider's own, which is also a problem
    /// (RFC 9457).
    pub fn body(&self, catalog: &Catalog) -> String {
        let mut body = self.problem();
        if let Some(shape) = self.shape(catalog) {
            body.extend(shape.iter().map(|(name, value)| (name.clone(), self.fill(value))));
        } else {
            body.insert("error".to_owned(), self.code.name().into());
            body.insert("message".to_owned(), self.sentence().into());
        }
        Value::Object(body).to_string()
    }

    fn shape<'c>(&self, catalog: &'c Catalog) -> Option<&'c Map<String, Value>> {
        catalog.provider(self.provider.as_deref()?)?.error_shape.as_ref()
    }

    fn problem(&self) -> Map<String, Value> {
        let fields = json!({
            "type": format!("urn:xreq:{}", self.code.name()),
            "title": self.code.title(),
            "status": self.code.status(),
            "detail": self.sentence(),
            "xreq": {
                "code": self.code.name(),
                "operation": self.operation,
                "unlock": self.unlock,
            },
        });
        let Value::Object(mut fields) = fields else { return Map::new() };
        if let Some(name) = &self.approval {
            fields["xreq"]["approval"] = name.0.as_str().into();
        }
        fields
    }

    /// Puts what it is about in the place of what a shape says.
    fn fill(&self, shape: &Value) -> Value {
        match shape {
            Value::String(text) if text == "{status}" => self.code.status().into(),
            Value::String(text) => Value::String(
                text.replace("{status}", &self.code.status().to_string())
                    .replace("{code}", self.code.name())
                    .replace("{title}", self.code.title())
                    .replace("{detail}", &self.sentence()),
            ),
            Value::Array(items) => items.iter().map(|item| self.fill(item)).collect(),
            Value::Object(fields) => {
                fields.iter().map(|(name, value)| (name.clone(), self.fill(value))).collect()
            }
            other => other.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(provider: &str) -> Refusal {
        let refusal = Refusal::new(RefusalCode::NotDeclared, "`POST /2/tweets` is not declared");
        Refusal {
            unlock: vec![vec!["x.dm.write".to_owned()], vec!["a.b".to_owned(), "a.c".to_owned()]],
            ..refusal.of_provider(provider).of_operation("POST /2/tweets")
        }
    }

    fn body(refusal: &Refusal) -> Value {
        serde_json::from_str(&refusal.body(&Catalog::builtin())).expect("it is JSON")
    }

    #[test]
    fn a_refusal_says_what_would_unlock_it() {
        let said = "`POST /2/tweets` is not declared: declare `x.dm.write`, or `a.b` and `a.c`";
        assert_eq!(refusal("x").sentence(), said);
        assert_eq!(Refusal::new(RefusalCode::Unknown, "no").sentence(), "no");
    }

    #[test]
    fn the_body_is_a_problem_whatever_the_provider() {
        for provider in Catalog::builtin().slugs().chain(["none"]) {
            let body = body(&refusal(provider));
            assert_eq!(body["type"], "urn:xreq:operation/not-declared", "{provider}");
            assert_eq!(body["xreq"]["code"], "operation/not-declared", "{provider}");
            assert_eq!(body["xreq"]["operation"], "POST /2/tweets", "{provider}");
            assert_eq!(body["xreq"]["unlock"][0][0], "x.dm.write", "{provider}");
            assert_eq!(body["detail"], refusal("x").sentence(), "{provider}");
        }
    }

    #[test]
    fn the_body_has_the_shape_of_the_provider_s_errors() {
        let said = refusal("x").sentence();
        let x = body(&refusal("x"));
        assert_eq!((&x["title"], &x["status"]), (&json!("Operation not declared"), &json!(403)));
        assert_eq!(x["errors"][0]["message"], said);
        let google = body(&refusal("google"));
        let error = json!({"code": 403, "message": said, "status": "PERMISSION_DENIED"});
        assert_eq!(google["error"], error);
        let slack = body(&refusal("slack"));
        assert_eq!(
            (&slack["ok"], &slack["error"]),
            (&json!(false), &json!("operation/not-declared"))
        );
        let other = body(&refusal("none"));
        assert_eq!(
            (&other["error"], &other["message"]),
            (&json!("operation/not-declared"), &json!(said))
        );
        let catalog = Catalog::builtin();
        assert_eq!(refusal("none").media_type(&catalog), "application/problem+json");
        assert_eq!(refusal("x").media_type(&catalog), "application/json");
    }
}
