//! The faces that a sandbox has.

mod discord;
mod gcp;
mod github;
mod google;
mod linkedin;
mod microsoft;
mod notion;
mod reddit;
mod slack;
mod x;

use std::path::PathBuf;

use super::face::Face;
use crate::error::Remedy;

/// All faces, the usual one first.
pub const FACES: [Face; 10] = [
    x::FACE,
    discord::FACE,
    gcp::FACE,
    github::FACE,
    google::FACE,
    linkedin::FACE,
    microsoft::FACE,
    notion::FACE,
    reddit::FACE,
    slack::FACE,
];

impl Face {
    /// Returns the face of a provider.
    pub fn of(provider: &str) -> Option<&'static Self> {
        FACES.iter().find(|face| face.provider == provider)
    }

    /// Returns what starts a sandbox with this face, which makes the home if one is named.
    pub fn start(&self, home: Option<PathBuf>) -> Remedy {
        let provider = (*self != FACES[0]).then(|| self.provider.to_owned());
        Remedy::StartSandbox { provider, home }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn a_face_is_one_of_a_built_in_provider() {
        let catalog = Catalog::builtin();
        for face in &FACES {
            let provider = catalog.provider(face.provider).expect(face.provider);
            if let Some(stated) = provider.lifetimes.access_token {
                assert_eq!(face.access_lives, Some(stated), "{}", face.provider);
            }
            let has_static = provider.kinds.static_token.is_some();
            assert_eq!(face.static_token.is_some(), has_static, "{}", face.provider);
        }
    }
}
