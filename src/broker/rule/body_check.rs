//! The judgement of a body that comes in pieces.

use super::body_rule::{BodyRule, Content};
use super::form_names;
use super::json_names::JsonNames;
use super::names::{is_credential, shown};
use super::query::foreign;
use crate::broker::{Refusal, RefusalCode};

/// The judgement of a body, as far as it came. A piece goes out once it was taken: where a later one is
/// refused, the request is broken off.
#[derive(Debug)]
pub struct BodyCheck {
    rule: BodyRule<'static>,
    json: JsonNames,
    form: Vec<u8>,
    is_begun: bool,
}

impl BodyCheck {
    /// Begins to judge a body that comes in pieces: one that is too large to be kept.
    pub fn begin(rule: &BodyRule<'_>) -> Self {
        let rule = rule.owned();
        Self { rule, json: JsonNames::default(), form: Vec::new(), is_begun: false }
    }

    /// Judges a whole body.
    pub fn whole(rule: &BodyRule<'_>, body: &[u8]) -> Result<(), Refusal> {
        let mut check = Self::begin(rule);
        check.take(body)?;
        check.end()
    }

    /// Judges one more piece.
    pub fn take(&mut self, piece: &[u8]) -> Result<(), Refusal> {
        self.is_begun |= !piece.is_empty();
        match self.rule.content() {
            Content::Nothing if self.is_begun => {
                Err(self.ambiguous("the request has a body, and none belongs there"))
            }
            Content::Nothing | Content::Other => Ok(()),
            Content::Form if self.form.len() + piece.len() > BodyRule::MOST => {
                Err(self.ambiguous("the form is larger than 1 MiB"))
            }
            Content::Form => {
                self.form.extend_from_slice(piece);
                Ok(())
            }
            Content::Json => {
                let names = self.json.read(piece).map_err(|detail| self.ambiguous(detail))?;
                self.compare(&names)
            }
        }
    }

    /// Judges the end of the body.
    pub fn end(&self) -> Result<(), Refusal> {
        match self.rule.content() {
            Content::Json if self.is_begun => {
                self.json.end().map_err(|detail| self.ambiguous(detail))
            }
            Content::Form => {
                let names =
                    form_names::names(&self.form).map_err(|detail| self.ambiguous(detail))?;
                self.compare(&names)
            }
            _ => Ok(()),
        }
    }

    fn compare(&self, names: &[String]) -> Result<(), Refusal> {
        let own = self.rule.own();
        for name in names {
            if is_credential(name, own) {
                return Err(self.rule.refuse(foreign(name)));
            }
            if !own.is_empty() && !own.contains(name) {
                let detail = format!("the operation has no field {} in its body", shown(name));
                return Err(self.rule.refuse(Refusal::new(RefusalCode::Unknown, detail)));
            }
        }
        Ok(())
    }

    fn ambiguous(&self, detail: &str) -> Refusal {
        self.rule.refuse(Refusal::new(RefusalCode::Ambiguous, detail))
    }
}
