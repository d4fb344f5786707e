//! What must hold for whatever bytes xreq is given: one function a kind of input, which panics
//! where it does not hold. The fuzzer looks for such bytes, and the tests of xreq run every file of
//! the corpus through the same functions.

pub mod manifest;
pub mod provider;
pub mod store;
pub mod token_response;
