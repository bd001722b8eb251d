# The list of what can be done here.
default:
    @just --list

# Everything that must hold before a change is taken.
check:
    tests/run

# Formats the source.
fmt:
    cargo fmt

# Lints, warnings denied.
lint:
    cargo clippy --all-targets -- -D warnings

# The tests alone; `just test late` runs those whose name has "late" in it.
test *words:
    cargo test {{ words }}

# The documentation, warnings denied.
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items

# Duplicates, licences and sources of what is linked.
deny:
    cargo deny check bans licenses sources

# The demo's six weeks of mail into a folder; with a number and a size, mail for measuring.
mail dir *bulk:
    cargo run --release --example invented_mail -- {{ dir }} {{ bulk }}

# docs/mails as the mails are now: their texts, and pictures of them in Chromium.
mails:
    tests/mails/redraw
