//! The judgement of records by their writers, and the signature of those that are written here.

use std::collections::HashSet;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::generations;
use super::notice::Notice;
use super::own_key;
use super::register::{Register, TrustedWriter};
use crate::error::{Code, Error, Result};
use crate::signing::{PublicKey, WriterKey};
use crate::store::folder::version::{self, Version};
use crate::store::record::{Record, SealedRecord};
use crate::sys::state::StateFolder;

/// The folder of the registers in the state folder.
const FOLDER: &str = "writers";

/// Receives each [`Notice`] once.
type Observer = Box<dyn Fn(Notice) + Send + Sync>;

/// The writers of one store, as this machine knows them.
pub(crate) struct Writers {
    /// Absent where the environment names none: then nothing is signed, and every writer taken.
    state: Option<StateFolder>,
    /// The folder of the store, by which its register is found.
    store: PathBuf,
    /// The name of the folder of its generations, and of its register without the extension.
    name: String,
    observer: Observer,
    own: OnceLock<Option<WriterKey>>,
    register: Mutex<Option<(Version, Arc<Register>)>>,
    told: Mutex<HashSet<String>>,
}

impl Writers {
    /// Returns those of the store in a folder (an absolute path). Nothing is read or made yet.
    pub(crate) fn new(
        state: Option<StateFolder>,
        store: &Path,
        observer: impl Fn(Notice) + Send + Sync + 'static,
    ) -> Self {
        let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(store.as_os_str().as_bytes()));
        Self {
            state,
            store: store.to_owned(),
            name: format!("{FOLDER}/{hash}"),
            observer: Box::new(observer),
            own: OnceLock::new(),
            register: Mutex::default(),
            told: Mutex::default(),
        }
    }

    /// Returns those of a store of which this machine keeps nothing: whoever wrote its records, they are
    /// taken, and none is signed.
    pub(crate) fn unknown() -> Self {
        Self::new(None, Path::new(""), |_| {})
    }

    /// Returns whether this machine can keep anything of them.
    pub(crate) fn has_place(&self) -> bool {
        self.state.is_some()
    }

    /// Returns the register; an empty one where there is none, or none that can be relied on.
    ///
    /// # Errors
    ///
    /// [`Code::TrustUnusable`]: it is damaged.
    pub(crate) fn register(&self) -> Result<Arc<Register>> {
        let (file, path) = (self.register_file(), self.state.as_ref().map(StateFolder::path));
        let path = path.map_or_else(PathBuf::new, |folder| folder.join(&file));
        let found = version::of(&path);
        let mut known = lock(&self.register);
        if let Some((_, register)) = known.as_ref().filter(|(version, _)| *version == found) {
            return Ok(Arc::clone(register));
        }
        let content = self.state.as_ref().map(|folder| folder.read(&file)).transpose();
        let content = content.unwrap_or_else(|error| {
            self.tell("state", || Notice::Unusable(error));
            None
        });
        let content = content.flatten();
        let register = Arc::new(Register::read(content.as_deref(), &self.store, &path)?);
        *known = Some((found, Arc::clone(&register)));
        Ok(register)
    }

    /// Returns the key of this user on this machine; `None` where none was made yet.
    ///
    /// # Errors
    ///
    /// [`Code::TrustUnusable`]: it cannot be read, is damaged, or somebody else could have written it.
    pub(crate) fn own(&self) -> Result<Option<PublicKey>> {
        let key = self.state.as_ref().map(own_key::existing).transpose()?;
        Ok(key.flatten().map(|key| key.public()))
    }

    /// Trusts a writer; `false` where it was trusted already.
    ///
    /// # Errors
    ///
    /// [`Code::TrustUnusable`]: the register cannot be used or written.
    pub(crate) fn add(&self, key: PublicKey, writer: TrustedWriter) -> Result<bool> {
        let mut is_new = false;
        self.update(|register| is_new = register.writers.insert(key, writer).is_none())?;
        Ok(is_new)
    }

    /// Trusts a writer no longer; `false` where it was not trusted.
    ///
    /// # Errors
    ///
    /// [`Code::TrustUnusable`], as [`Writers::add`].
    pub(crate) fn remove(&self, key: &PublicKey) -> Result<bool> {
        let mut was_there = false;
        self.update(|register| was_there = register.writers.remove(key).is_some())?;
        Ok(was_there)
    }

    /// Sets the mark: from now on, records of others than the trusted writers are refused.
    ///
    /// # Errors
    ///
    /// [`Code::TrustUnusable`], as [`Writers::add`].
    pub(crate) fn close(&self, now: Timestamp) -> Result<()> {
        self.update(|register| register.resealed_at = Some(now))
    }

    /// Loads the own key, which is made and trusted where it is missing, before anything is written.
    /// Where that fails, records are written unsigned.
    ///
    /// # Errors
    ///
    /// [`Code::TrustUnusable`]: records that are not signed would be refused.
    pub(in crate::store) fn prepare(&self) -> Result<()> {
        if self.own.get().is_some() {
            return Ok(());
        }
        let own = self.state.as_ref().map(|folder| {
            let key = own_key::load(folder)?;
            if !self.register()?.writers.contains_key(&key.public()) {
                self.add(key.public(), TrustedWriter::default())?;
            }
            Ok(key)
        });
        let own = match own.transpose() {
            Ok(own) => own,
            Err(error) if self.is_closed() => return Err(error),
            Err(error) => {
                self.tell("own", || Notice::Unusable(error));
                None
            }
        };
        let _ = self.own.set(own);
        Ok(())
    }

    /// Returns the content of the file of a record that was prepared for, signed.
    pub(in crate::store) fn content<R: Record>(&self, sealed: &SealedRecord<R>) -> Vec<u8> {
        match self.own.get().and_then(Option::as_ref) {
            Some(key) => sealed.content_of(key),
            None => sealed.content(),
        }
    }

    /// Judges a record that was read of its file. Returns the generation that was seen in its place, if
    /// that is a later one.
    ///
    /// # Errors
    ///
    /// [`Code::StoreTampered`]: it has the signature of something else.
    /// [`Code::RecordUnsigned`], [`Code::WriterUnknown`]: after `xreq reseal`, it is of no trusted writer.
    /// [`Code::TrustUnusable`]: the register is damaged.
    pub(in crate::store) fn judge<R: Record>(
        &self,
        sealed: &SealedRecord<R>,
        file: &Path,
    ) -> Result<Option<u64>> {
        let writer = sealed.writer()?;
        if self.state.is_none() {
            return Ok(None);
        }
        let is_trusted = match writer {
            Some(key) => self.trusts(&key)?,
            None => false,
        };
        if !is_trusted {
            if self.register()?.resealed_at.is_some() {
                return Err(sealed.refused(writer));
            }
            if writer.is_some() {
                self.tell("foreign", || Notice::Foreign);
            }
        }
        let (seen, generation) = (self.seen(file), sealed.generation());
        if is_trusted && generation > seen {
            self.note(file, generation);
        }
        Ok(Some(seen).filter(|seen| generation < *seen))
    }

    /// Tells that a record is older than what was seen in its place.
    pub(in crate::store) fn tell_older<R: Record>(
        &self,
        sealed: &SealedRecord<R>,
        file: &Path,
        seen: u64,
    ) {
        self.tell(&file.to_string_lossy(), || Notice::Older(sealed.older(seen)));
    }

    /// Returns whether a record is of a trusted writer; without a register everybody is.
    pub(in crate::store) fn has_trusted_writer<R: Record>(
        &self,
        sealed: &SealedRecord<R>,
    ) -> Result<bool> {
        match sealed.writer()? {
            _ if self.state.is_none() => Ok(true),
            Some(key) => self.trusts(&key),
            None => Ok(false),
        }
    }

    /// Returns whether this machine has a part in the store: it wrote there, or trusts somebody.
    pub(in crate::store) fn is_in_use(&self) -> Result<bool> {
        Ok(!self.register()?.writers.is_empty())
    }

    /// Returns the generation of a record that was seen last, 0 where none was.
    pub(in crate::store) fn seen(&self, file: &Path) -> u64 {
        let state = self.state.as_ref();
        let seen = state.map(|state| generations::seen(state, &self.generation_file(file)));
        seen.and_then(Result::ok).unwrap_or_default()
    }

    /// Notes the generation of a record that is used, written or agreed to. If it cannot be noted, less is
    /// told later.
    pub(in crate::store) fn note(&self, file: &Path, generation: u64) {
        if let Some(state) = &self.state {
            let _ = generations::note(state, &self.generation_file(file), generation);
        }
    }

    fn trusts(&self, key: &PublicKey) -> Result<bool> {
        if self.register()?.writers.contains_key(key) {
            return Ok(true);
        }
        // It is not in the register of a store that was moved to another folder.
        Ok(self.own().is_ok_and(|own| own == Some(*key)))
    }

    fn is_closed(&self) -> bool {
        self.register().map_or(true, |register| register.resealed_at.is_some())
    }

    fn update(&self, change: impl FnOnce(&mut Register)) -> Result<()> {
        let Some(state) = &self.state else {
            return Err(Error::new(
                Code::HomeUnknown,
                "neither `XDG_STATE_HOME` nor `HOME` holds an absolute path",
            )
            .with_hint("set `XDG_STATE_HOME` to a folder that is yours alone"));
        };
        let file = self.register_file();
        let path = state.path().join(&file);
        state.update(&file, |content| {
            let mut register = Register::read(content, &self.store, &path)?;
            change(&mut register);
            Ok(register.text())
        })
    }

    fn register_file(&self) -> String {
        format!("{}.json", self.name)
    }

    fn generation_file(&self, record: &Path) -> String {
        format!("{}/{}", self.name, generations::name(&self.store, record))
    }

    fn tell(&self, subject: &str, notice: impl FnOnce() -> Notice) {
        if lock(&self.told).insert(subject.to_owned()) {
            (self.observer)(notice());
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Writers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writers").field("store", &self.store).finish_non_exhaustive()
    }
}
