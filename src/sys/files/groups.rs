//! Groups that are one user's own, by `/etc/passwd` and `/etc/group`.
//!
//! Many systems give each user a group of the same name, and a umask by which what they make is
//! writable for it. The two files are read as they are: a directory service is not asked, so that a
//! group that only it knows is not private.

use std::fs;

/// Returns whether a group is the primary one of this user, and of nobody else.
pub(super) fn is_private(group: u32, user: u32) -> bool {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    is_private_by(&read("/etc/passwd"), &read("/etc/group"), group, user)
}

/// Returns the name of a user.
pub(super) fn user_name(user: u32) -> Option<String> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    entries(&users).find(|entry| entry.user == user).map(|entry| entry.name.to_owned())
}

fn is_private_by(users: &str, groups: &str, group: u32, user: u32) -> bool {
    let (own, others): (Vec<_>, Vec<_>) = entries(users).partition(|entry| entry.user == user);
    if !own.iter().any(|entry| entry.group == group)
        || others.iter().any(|entry| entry.group == group)
    {
        return false;
    }
    let mut found = groups.lines().filter_map(|line| members(line, group)).peekable();
    found.peek().is_some()
        && found.flatten().all(|member| own.iter().any(|entry| entry.name == member))
}

/// A line of `/etc/passwd` (passwd(5)).
struct Entry<'a> {
    name: &'a str,
    user: u32,
    group: u32,
}

fn entries(users: &str) -> impl Iterator<Item = Entry<'_>> {
    users.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        let (user, group) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
        Some(Entry { name, user, group })
    })
}

/// Returns the members that a line of `/etc/group` (group(5)) names, where it is the line of this
/// group.
fn members(line: &str, group: u32) -> Option<impl Iterator<Item = &str>> {
    let mut fields = line.split(':');
    let is_its = fields.nth(2)?.parse() == Ok(group);
    let members = fields.next().unwrap_or_default().split(',').map(str::trim);
    is_its.then(|| members.filter(|member| !member.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const USERS: &str = "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n\
                         bob:x:1001:1001::/home/bob:/bin/sh\nann2:x:1000:1000::/:/bin/sh\n\
                         carl:x:1002:100::/home/carl:/bin/sh\ndora:x:1003:1005::/:/bin/sh\n\
                         # a comment\n\nbroken:x:1004\n";
    const GROUPS: &str = "root:x:0:\nann:x:1000:ann\nbob:x:1001:ann\nusers:x:100:\n\
                          staff:x:50:ann\nbroken\n";

    #[test]
    fn a_group_of_one_user_is_private() {
        let is_private = |group, user| is_private_by(USERS, GROUPS, group, user);
        assert!(is_private(1000, 1000));
        assert!(is_private(0, 0));
        // Another member, another user's, a secondary one, one that is not listed.
        assert!(!is_private(1001, 1001));
        assert!(!is_private(1000, 1001));
        assert!(!is_private(50, 1000));
        assert!(!is_private(1005, 1003));
    }

    #[test]
    fn a_group_that_another_user_has_as_primary_is_shared() {
        assert!(is_private_by(USERS, GROUPS, 100, 1002));
        let users = format!("{USERS}eve:x:1009:100::/:/bin/sh\n");
        assert!(!is_private_by(&users, GROUPS, 100, 1002));
        assert!(!is_private_by(USERS, "", 1000, 1000));
        assert!(!is_private_by("", GROUPS, 1000, 1000));
    }
}
