# What to type while working on xreq. `just` lists it.

default:
    @just --list

# Build, and run all tests
test *ARGS:
    cargo test {{ARGS}}

# What continuous integration runs
ci:
    .ci/run

# Format, lint
lint:
    cargo fmt
    cargo clippy --all-targets -- -D warnings

# Write what the program prints now into the expected outputs; read the difference
bless:
    XREQ_BLESS=1 cargo test
    git diff --stat

# What a launch costs, beside the floor
bench *ARGS:
    cargo bench --bench startup -- {{ARGS}}

# Licences, advisories, sources of the dependencies
deny:
    cargo deny check
