//! A credential in the store of a home, opened by the test itself: the grant `default` of provider `x`, or
//! another one.

use xreq::model::name::Label;
use xreq::store::{self, CredentialId, FolderStore, Grant, Identities, Lock, Nobody, Recipients};
use xreq::sys::env::Env;

use super::Home;

/// What opens and seals the grant.
pub struct Stored {
    store: FolderStore,
    identities: Identities,
    recipients: Recipients,
    id: CredentialId,
}

impl Stored {
    /// The store of a home that was initialised.
    pub fn of(home: &Home) -> Self {
        Self::named(home, CredentialId::grant("x".parse().expect("a slug"), Label::default()))
    }

    /// The same for another credential.
    pub fn named(home: &Home, id: CredentialId) -> Self {
        let store = FolderStore::new(store::Home::at(home.store()));
        let identities = Identities::load(store.home(), &Env::default(), &Nobody);
        let identities = identities.expect("the home was initialised");
        let recipients = identities.recipients().expect("it is an age identity");
        Self { store, identities, recipients, id }
    }

    /// The grant, which is whole if it is there.
    #[track_caller]
    pub fn grant(&self) -> Option<Grant> {
        let sealed = self.store.grant(&self.id).expect("it can be read")?;
        Some(sealed.unseal(&self.identities).expect("it can be opened"))
    }

    /// Its lock.
    pub fn lock(&self) -> Lock<Grant> {
        self.store.lock_grant(&self.id).expect("nobody has it for long")
    }

    /// Changes it.
    pub fn change(&self, change: impl FnOnce(&mut Grant)) {
        let lock = self.lock();
        let mut grant = self.grant().expect("it is stored");
        change(&mut grant);
        let put = self.store.put_grant(&lock, &grant, &self.recipients);
        put.expect("the store is writable");
    }
}
