//! The header fields `RateLimit` and `RateLimit-Policy` of the IETF's draft (draft-ietf-httpapi-ratelimit-headers),
//! in its newer form and in that of its seventh version.

/// What these fields say, in the draft's own units: calls, and seconds from now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Fields {
    pub(super) limit: Option<u64>,
    pub(super) remaining: Option<u64>,
    pub(super) reset: Option<f64>,
}

impl Fields {
    /// Reads the fields. Of several limits the one counts that leaves least.
    pub(super) fn of(limit: &str, policy: Option<&str>) -> Option<Self> {
        let mut flat = Self::default();
        let mut tightest: Option<(Self, &str)> = None;
        for member in parts(limit, ',') {
            let mut parameters = parts(member, ';');
            let name = parameters.next().unwrap_or_default();
            let mut found = Self::default();
            for (key, value) in parameters.filter_map(|it| it.split_once('=')) {
                match key.trim() {
                    "r" => found.remaining = number(value),
                    "t" => found.reset = seconds(value),
                    _ => {}
                }
            }
            match name.split_once('=').map(|(key, value)| (key.trim(), value)) {
                Some(("limit", value)) => flat.limit = number(value),
                Some(("remaining", value)) => flat.remaining = number(value),
                Some(("reset", value)) => flat.reset = seconds(value),
                _ => {}
            }
            let is_tighter = tightest.is_none_or(|(known, _)| found.remaining < known.remaining);
            if found.remaining.is_some() && is_tighter {
                tightest = Some((found, name));
            }
        }
        match tightest {
            Some((found, name)) => {
                let limit = policy.and_then(|policy| quota(policy, name));
                Some(Self { limit, ..found })
            }
            None => flat.remaining.map(|_| flat),
        }
    }
}

/// Returns the quota of a policy.
fn quota(policies: &str, name: &str) -> Option<u64> {
    let mut policies = parts(policies, ',').map(|policy| parts(policy, ';'));
    let mut named = policies.find_map(|mut it| (it.next() == Some(name)).then_some(it))?;
    let quota = named.find_map(|it| it.split_once('=').filter(|(key, _)| key.trim() == "q"))?;
    number(quota.1)
}

/// Returns the parts of a text between separators that are in no quotes.
fn parts(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    let parts = text.split(move |c| {
        is_quoted ^= c == '"';
        c == separator && !is_quoted
    });
    parts.map(str::trim)
}

/// Returns a number of calls, of which some providers have fractions. What follows a comma or a semicolon is
/// of another window.
pub(super) fn number(text: &str) -> Option<u64> {
    let first = text.split([',', ';']).next()?.trim();
    first.parse().ok().or_else(|| seconds(first).and_then(whole))
}

/// Returns a number of seconds.
pub(super) fn seconds(text: &str) -> Option<f64> {
    let first = text.split([',', ';']).next()?.trim();
    let is_plain = first.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    first.parse().ok().filter(|_| is_plain)
}

/// Returns the whole part of a number.
fn whole(number: f64) -> Option<u64> {
    std::time::Duration::try_from_secs_f64(number).ok().map(|it| it.as_secs())
}
