//! The judgement of a body that comes in pieces.

use std::borrow::Cow;

use super::body_content::BodyContent;
use super::form_names;
use super::json_names::JsonNames;
use super::names::{is_credential, shown};
use super::query::foreign;
use crate::broker::{Refusal, RefusalCode};

/// The most bytes of a form: its names are read when it is whole.
pub(super) const MOST_OF_A_FORM: usize = 1 << 20;

/// The judgement of a body, as far as it came. A piece goes out once it was taken: where a later one is
/// refused, the request is broken off.
#[derive(Debug)]
pub struct BodyCheck<'a> {
    content: BodyContent,
    own: Cow<'a, [String]>,
    operation: String,
    json: JsonNames,
    form: Vec<u8>,
    is_begun: bool,
}

impl<'a> BodyCheck<'a> {
    /// Begins to judge a body; `own` are the names that it may have at the top, none if they are not known.
    pub(super) fn new(content: BodyContent, own: &'a [String], operation: String) -> Self {
        let (json, form) = (JsonNames::default(), Vec::new());
        Self { content, own: own.into(), operation, json, form, is_begun: false }
    }

    /// Returns the judgement with names of its own.
    pub fn into_owned(self) -> BodyCheck<'static> {
        BodyCheck { own: Cow::Owned(self.own.into_owned()), ..self }
    }

    /// Judges one more piece.
    pub fn take(&mut self, piece: &[u8]) -> Result<(), Refusal> {
        self.is_begun |= !piece.is_empty();
        match self.content {
            BodyContent::Nothing if self.is_begun => {
                Err(self.ambiguous("the request has a body, and none belongs there"))
            }
            BodyContent::Nothing | BodyContent::Other => Ok(()),
            BodyContent::Form if self.form.len() + piece.len() > MOST_OF_A_FORM => {
                Err(self.ambiguous("the form is larger than 1 MiB"))
            }
            BodyContent::Form => {
                self.form.extend_from_slice(piece);
                Ok(())
            }
            BodyContent::Json => {
                let names = self.json.read(piece).map_err(|detail| self.ambiguous(detail))?;
                self.compare(&names)
            }
        }
    }

    /// Judges the end of the body.
    pub fn end(&self) -> Result<(), Refusal> {
        match self.content {
            BodyContent::Json if self.is_begun => {
                self.json.end().map_err(|detail| self.ambiguous(detail))
            }
            BodyContent::Form => {
                let names =
                    form_names::names(&self.form).map_err(|detail| self.ambiguous(detail))?;
                self.compare(&names)
            }
            _ => Ok(()),
        }
    }

    fn compare(&self, names: &[String]) -> Result<(), Refusal> {
        let own = &*self.own;
        for name in names {
            if is_credential(name, own) {
                return Err(self.refuse(foreign(name)));
            }
            if !own.is_empty() && !own.contains(name) {
                let detail = format!("the operation has no field {} in its body", shown(name));
                return Err(self.refuse(Refusal::new(RefusalCode::Unknown, detail)));
            }
        }
        Ok(())
    }

    fn refuse(&self, refusal: Refusal) -> Refusal {
        refusal.of_operation(&self.operation)
    }

    fn ambiguous(&self, detail: &str) -> Refusal {
        self.refuse(Refusal::new(RefusalCode::Ambiguous, detail))
    }
}
