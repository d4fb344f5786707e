//! The names of a form (`application/x-www-form-urlencoded`).

use std::collections::HashSet;

use super::percent::decoded;

/// Returns the names of a form.
///
/// # Errors
///
/// The reason why it could be read in two ways.
pub(super) fn names(body: &[u8]) -> Result<Vec<String>, &'static str> {
    const BROKEN: &str = "the form has a broken escape";
    let text =
        std::str::from_utf8(body).map_err(|_| "the form has a character that is not ASCII")?;
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("the form has a character that has to be escaped there");
    }
    if text.contains(';') {
        return Err("the form has a `;`");
    }
    let mut names = Vec::new();
    for pair in text.split('&').filter(|_| !text.is_empty()) {
        let raw = pair.split('=').next().unwrap_or_default();
        let name = decoded(&raw.replace('+', " ")).ok_or(BROKEN)?;
        let name = String::from_utf8(name).map_err(|_| BROKEN)?;
        if decoded(&pair[raw.len()..]).is_none_or(|value| std::str::from_utf8(&value).is_err()) {
            return Err(BROKEN);
        }
        if name.is_empty() {
            return Err("the form has a parameter without a name");
        }
        names.push(name);
    }
    let distinct: HashSet<_> = names.iter().collect();
    if distinct.len() < names.len() {
        return Err("the form has a parameter twice");
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_a_server_does() {
        assert_eq!(names(b"a=1&b%5f=2+3&c").expect("a form"), ["a", "b_", "c"]);
        assert!(names(b"").expect("an empty form").is_empty());
    }

    #[test]
    fn what_has_two_readings_is_refused() {
        for (body, part) in [
            (&b"a=1&a=2"[..], "twice"),
            (b"a=1&%61=2", "twice"),
            (b"a=1;b=2", "`;`"),
            (b"a=1&&b=2", "without a name"),
            (b"=1", "without a name"),
            (b"a=1&", "without a name"),
            (b"a=%zz", "escape"),
            (b"%=1", "escape"),
            (b"a=%ff", "escape"),
            (b"a=1\n", "escaped"),
            (b"a=\xc3\xbc", "escaped"),
            (b"a=\xff", "ASCII"),
        ] {
            let fault = names(body).expect_err("it has two readings");
            assert!(fault.contains(part), "{}: {fault}", String::from_utf8_lossy(body));
        }
    }
}
