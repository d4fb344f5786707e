//! A token that an earlier attempt left behind, and the end of one that is not stored.

use crate::app::connect::oauth1::attempt::Oauth1Attempt;
use crate::app::connect::pending::left_behind;
use crate::app::connect::siblings::SiblingGrants;
use crate::app::grant_service::Keeper;
use crate::error::Result;
use crate::oauth::oauth1::token_pair::TokenPair;
use crate::store::Grant;

impl Oauth1Attempt<'_> {
    /// Ends a pending token of the label that an attempt left behind which was killed.
    pub(super) fn end_left_behind(&self, keeper: &Keeper<'_>) -> Result<()> {
        left_behind(keeper, self.name, |pending| {
            let end = self.end(pending, keeper);
            let note = format!("an earlier consent to {} was never confirmed; {end}", self.name);
            self.context.reporter.note(note.into());
            Ok(())
        })
    }

    /// Ends a token that is not to be stored, and returns what became of it, as a clause.
    pub(super) fn end(&self, grant: &Grant, keeper: &Keeper<'_>) -> String {
        let title = &self.provider.title;
        let alive = |why: &str| {
            format!(
                "its token was not stored and is still live, {why}: end the app's access in the account's \
                 settings at {title}"
            )
        };
        // One client may have one token of an account: it is that of the other label then.
        let stored = SiblingGrants::beside(&grant.metadata, keeper);
        if !stored.is_empty() {
            return alive(&format!("since it may be that of {} too", stored.names()));
        }
        let Some(pair) = TokenPair::of(grant) else { return alive("since it has no secret") };
        let shown = self.context.reporter.progress("ending the token that was given");
        let ended = self.network.ask(self.endpoint().invalidate(&pair));
        drop(shown);
        match ended {
            Ok(()) => "its token was ended, and nothing changed here".to_owned(),
            Err(failure) => {
                alive(&format!("since it could not be ended ({})", failure.request.what))
            }
        }
    }
}
