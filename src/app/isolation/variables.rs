//! Variables of an isolated agent: programs keep what they keep where it can be written.

use crate::launch::environment::{Plan, Value, Variable};

/// The variables, each with its value. Caches are not those of the user: who could write there could put
/// in what others run.
const VARIABLES: [(&str, &str); 5] = [
    ("TMPDIR", "/tmp"),
    ("XDG_CACHE_HOME", "/tmp/.cache"),
    ("GOCACHE", "/tmp/.cache/go-build"),
    ("DENO_DIR", "/tmp/.cache/deno"),
    ("npm_config_cache", "/tmp/.cache/npm"),
];

/// Points programs to folders that are the agent's own.
pub(crate) fn point_inside(plan: &mut Plan) {
    for (name, value) in VARIABLES {
        plan.inherited.retain(|(inherited, _)| inherited != name);
        plan.set.push(Variable {
            name: name.to_owned(),
            value: Value::Public(value.to_owned()),
            origin: "the agent is isolated, and this is its own".to_owned(),
        });
    }
}
