//! The parts of a consent that are asked for: mostly the one that there is.

use crate::app::connect::request::{ConsentRequest, nothing};
use crate::app::context::Context;
use crate::catalog::Provider;
use crate::error::{Code, Error, Parameter, Remedy, Result, advice};
use crate::model::credential_id::Part;
use crate::policy::needs::{Need, Needs};
use crate::store::{CredentialId, FolderStore, GrantMetadata};

/// A part that is asked for.
pub(super) struct AskedPart {
    /// The name of the grant that it becomes.
    pub(super) name: CredentialId,
    pub(super) request: ConsentRequest,
}

/// The things that decide which parts an account is asked for.
pub(super) struct Wishes<'a> {
    provider: &'a Provider,
    needs: Option<&'a Needs<'a>>,
    /// The scopes to ask for as well.
    added: &'a [String],
    /// The part that they are asked for with, if that was said.
    added_to: Option<Part>,
    /// The parts that there are, each with the name of its grant and that grant.
    stored: Vec<(CredentialId, Option<GrantMetadata>)>,
}

impl<'a> Wishes<'a> {
    /// Collects what an account's owner is asked for.
    ///
    /// # Errors
    ///
    /// [`Code::BadArgument`]: there is no such part.
    pub(super) fn of(
        provider: &'a Provider,
        account: &CredentialId,
        needs: Option<&'a Needs<'a>>,
        (added, added_to): (&'a [String], Option<&str>),
        store: &FolderStore,
    ) -> Result<Self> {
        let added_to = added_to.map(|part| provider.known_part(part)).transpose()?;
        let stored = provider.consent_parts().into_iter().map(|part| {
            let name = CredentialId { part, ..account.clone() };
            let metadata = store.grant(&name)?.map(|sealed| sealed.metadata);
            Ok((name, metadata))
        });
        Ok(Self { provider, needs, added, added_to, stored: stored.collect::<Result<_>>()? })
    }

    /// Returns a grant that the account has, if it has any.
    pub(super) fn before(&self) -> Option<&GrantMetadata> {
        self.stored.iter().find_map(|(_, grant)| grant.as_ref())
    }

    /// Returns the parts to ask for. Those that take a client with a secret are not asked for without one.
    ///
    /// # Errors
    ///
    /// There is nothing to ask for, or something that cannot be.
    pub(super) fn parts(&self, has_secret: bool, context: &Context) -> Result<Vec<AskedPart>> {
        let Self { provider, needs, added, .. } = self;
        let of_provider = needs.iter().flat_map(|needs| needs.of(provider));
        let mut wanted: Vec<(Part, &Need<'_>)> = Vec::new();
        for need in of_provider.filter(|need| need.takes_grants()) {
            match self.part_of(need, has_secret) {
                Ok(part) => wanted.push((part, need)),
                Err(error) if need.requirement.optional => context.reporter.mishap(&error),
                Err(error) => return Err(error),
            }
        }
        let mut parts = Vec::new();
        for (name, before) in &self.stored {
            let needs = wanted.iter().filter(|(part, _)| *part == name.part);
            let needs: Vec<_> = needs.map(|(_, need)| *need).collect();
            let added = added.iter().filter(|scope| self.part_of_scope(scope) == name.part);
            let added: Vec<_> = added.map(String::as_str).collect();
            let request =
                ConsentRequest::new(provider, &name.part, &needs, &added, before.as_ref())?;
            if let Some(request) = request {
                parts.push(AskedPart { name: name.clone(), request });
            }
        }
        if parts.is_empty() {
            return Err(nothing(provider, needs.is_some()));
        }
        for AskedPart { name, .. } in &parts {
            self.refuse_without_secret(&name.part, has_secret, &name.to_string())?;
        }
        Ok(parts)
    }

    /// Returns the part that a requirement is served by: the preferred one of those that there are, else
    /// of those that the client can get.
    fn part_of(&self, need: &Need<'_>, has_secret: bool) -> Result<Part> {
        let is_stored = |part: &&Part| {
            self.stored.iter().any(|(name, grant)| name.part == **part && grant.is_some())
        };
        let can_be_had = |part: &&Part| has_secret || self.reason(part).is_none();
        let found = need.parts.iter().find(is_stored);
        if let Some(part) = found.or_else(|| need.parts.iter().find(can_be_had)) {
            return Ok(part.clone());
        }
        let first = need.parts.first().cloned().unwrap_or_default();
        self.refuse_without_secret(&first, has_secret, &need.requirement.key)?;
        Ok(first)
    }

    fn part_of_scope(&self, scope: &str) -> Part {
        let first = || self.provider.parts_with(scope).into_iter().next().unwrap_or_default();
        self.added_to.clone().unwrap_or_else(first)
    }

    fn reason(&self, part: &Part) -> Option<&str> {
        self.provider.parts.get(part)?.needs_secret.as_deref()
    }

    fn refuse_without_secret(&self, part: &Part, has_secret: bool, what: &str) -> Result<()> {
        let Some(reason) = self.reason(part).filter(|_| !has_secret) else { return Ok(()) };
        let Provider { title, slug, .. } = self.provider;
        let message =
            format!("{title} gives a client without a secret nothing for {what}: {reason}");
        Err(Error::new(Code::ClientRejected, message).with_hint(advice![
            "store a client that has a secret with ",
            Remedy::set_client(slug.as_str()).request(),
            ", and choose it with ",
            Parameter::Client.value("NAME")
        ]))
    }
}
