# What to type while working on xreq. `just` lists it.

default:
    @just --list

# Build, and run all tests
test *ARGS:
    cargo test {{ARGS}}

# What continuous integration runs
ci:
    .ci/run

# What takes long, before an issue is closed
slow:
    .ci/slow

# Format, lint
lint:
    cargo fmt
    cargo clippy --all-targets -- -D warnings

# Write what the program prints now into the expected outputs; read the difference
bless:
    XREQ_BLESS=1 cargo test
    git diff --stat

# The release build as users make it: what `cargo bench` builds has what the tests want as well
plain:
    cargo build --release --target-dir target/plain

# Look for bytes that break a reader: manifest, provider, store or token_response (fuzz/README.md)
fuzz TARGET SECONDS="60":
    cp Cargo.lock fuzz/Cargo.lock
    mkdir -p fuzz/found/{{TARGET}}
    cargo +nightly fuzz run --release --sanitizer none {{TARGET}} fuzz/found/{{TARGET}} fuzz/corpus/{{TARGET}} -- -dict=fuzz/dictionaries/{{TARGET}}.dict -max_len=8192 -timeout=1 -max_total_time={{SECONDS}}

# What a launch costs, beside the floor
bench *ARGS: plain
    XREQ_BENCH=target/plain/release/xreq cargo bench --bench startup -- {{ARGS}}

# What keeping grants fresh costs: 10,000 of them, and fifty agents on one
bench-refresh *ARGS: plain
    XREQ_BENCH=target/plain/release/xreq cargo bench --bench refresh -- {{ARGS}}

# What the endpoint of a supervised agent gives
bench-endpoint *ARGS: plain
    XREQ_BENCH=target/plain/release/xreq cargo bench --bench endpoint -- {{ARGS}}

# What a broker adds to a call, beside the straight way and other proxies
bench-broker *ARGS: plain
    XREQ_BENCH=target/plain/release/xreq cargo bench --bench broker -- {{ARGS}}

# What hiding secrets costs
bench-redact *ARGS:
    cargo bench --bench redact -- {{ARGS}}

# What checking 1, 100 and 10,000 manifests costs, beside other validators
bench-validate *ARGS: plain
    XREQ_BENCH=target/plain/release/xreq cargo bench --bench validate -- {{ARGS}}

# The binary to hand out: optimised as a whole, position-independent and without shared libraries
dist:
    RUSTFLAGS="-C target-feature=+crt-static" cargo build --profile dist --target x86_64-unknown-linux-gnu

# The same for that binary
bench-dist *ARGS: dist
    XREQ_BENCH=target/x86_64-unknown-linux-gnu/dist/xreq cargo bench --bench startup -- {{ARGS}}

# Licences, advisories, sources of the dependencies
deny:
    cargo deny check
