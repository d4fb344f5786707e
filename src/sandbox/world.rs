//! The data that the operations act on: users, posts, direct messages, likes and follows.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::Serialize;

/// The accounts that the consent page offers.
pub const OWNERS: [&str; 2] = ["alice", "bob"];

/// The name of the user that an app has which acts by itself.
pub(super) const BOT: &str = "helper";

/// The first id of a post or message. X's have nineteen digits, which no `double` holds: a client
/// that reads them as numbers is found out.
const FIRST_ID: u64 = 1_992_000_000_000_000_001;

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) username: String,
}

/// A post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Post {
    /// Its id: nineteen digits.
    pub id: String,
    /// The id of its author.
    pub author_id: String,
    /// The username of its author.
    pub author: String,
    /// Its text.
    pub text: String,
    /// The time at which it was made.
    pub created_at: Timestamp,
    /// The id of the post that it answers.
    pub in_reply_to: Option<String>,
}

/// A direct message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SentMessage {
    /// The id of its event: nineteen digits.
    pub id: String,
    /// Its conversation: the ids of the two users, the smaller first.
    pub conversation_id: String,
    /// The id of the user who sent it.
    pub sender_id: String,
    /// The id of the user who got it.
    pub recipient_id: String,
    /// Its text.
    pub text: String,
    /// The time at which it was sent.
    pub created_at: Timestamp,
}

/// A relation between users, or between a user and a post, in the order in which it came about.
#[derive(Default)]
pub(super) struct Relation(Vec<(String, String)>);

impl Relation {
    pub(super) fn add(&mut self, of: &str, to: &str) {
        if !self.has(of, to) {
            self.0.push((of.to_owned(), to.to_owned()));
        }
    }

    pub(super) fn remove(&mut self, of: &str, to: &str) {
        self.0.retain(|(one, other)| (one.as_str(), other.as_str()) != (of, to));
    }

    fn has(&self, of: &str, to: &str) -> bool {
        self.0.iter().any(|(one, other)| (one.as_str(), other.as_str()) == (of, to))
    }

    /// Returns the things that one has, the newest first.
    pub(super) fn of<'a>(&'a self, of: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().rev().filter(move |(one, _)| one == of).map(|(_, other)| other.as_str())
    }

    /// Returns those who have it, the newest first.
    pub(super) fn to<'a>(&'a self, to: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().rev().filter(move |(_, other)| other == to).map(|(one, _)| one.as_str())
    }
}

/// All of it.
#[derive(Default)]
pub(super) struct World {
    users: Vec<User>,
    by_id: HashMap<String, usize>,
    by_name: HashMap<String, usize>,
    posts: BTreeMap<u64, Post>,
    messages: BTreeMap<u64, SentMessage>,
    last_id: u64,
    /// Ids up to here were there from the beginning.
    last_seeded: u64,
    pub(super) likes: Relation,
    pub(super) bookmarks: Relation,
    pub(super) follows: Relation,
}

impl World {
    /// Creates a world in which something can be read: three users, some posts and messages.
    pub(super) fn seeded() -> Self {
        let mut world = Self { last_id: FIRST_ID - 1, ..Self::default() };
        for (id, name, username) in
            [("1001", "Alice", "alice"), ("1002", "Bob", "bob"), ("1003", "Carol", "carol")]
        {
            let (name, username) = (name.to_owned(), username.to_owned());
            world.add_user(User { id: id.to_owned(), name, username });
        }
        let morning = |minute: i64| {
            Timestamp::new(1_767_340_800 + 60 * minute, 0).expect("it is a time of our time")
        };
        for (minute, author, text) in [
            (0, "1003", "Good morning! Who else is testing agents offline? #sandbox"),
            (4, "1002", "@carol I am. Nothing that it posts leaves this machine."),
            (9, "1001", "An agent of mine will post here soon."),
        ] {
            world.post(author, text, None, morning(minute));
        }
        for (minute, sender, recipient, text) in [
            (12, "1003", "1001", "hello"),
            (15, "1002", "1001", "are you there? 👋"),
            (16, "1001", "1002", "one moment"),
        ] {
            world.send(sender, recipient, text, morning(minute));
        }
        world.follows.add("1001", "1002");
        world.follows.add("1002", "1001");
        world.follows.add("1003", "1001");
        world.last_seeded = world.last_id;
        world
    }

    fn add_user(&mut self, user: User) {
        self.by_id.insert(user.id.clone(), self.users.len());
        self.by_name.insert(user.username.to_ascii_lowercase(), self.users.len());
        self.users.push(user);
    }

    pub(super) fn user(&self, id: &str) -> Option<&User> {
        self.by_id.get(id).map(|at| &self.users[*at])
    }

    /// Returns the user of a name. Usernames are the same in upper and lower case.
    pub(super) fn user_named(&self, username: &str) -> Option<&User> {
        self.by_name.get(&username.to_ascii_lowercase()).map(|at| &self.users[*at])
    }

    /// Returns the id of a user, who is made if there is none of this name.
    pub(super) fn user_named_or_new(&mut self, username: &str) -> String {
        if let Some(user) = self.user_named(username) {
            return user.id.clone();
        }
        let id = (1_001 + self.users.len()).to_string();
        let (name, username) = (username.to_owned(), username.to_owned());
        self.add_user(User { id: id.clone(), name, username });
        id
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Makes a post and gives its id.
    pub(super) fn post(
        &mut self,
        author: &str,
        text: &str,
        in_reply_to: Option<&str>,
        now: Timestamp,
    ) -> String {
        let id = self.next_id();
        let post = Post {
            id: id.to_string(),
            author_id: author.to_owned(),
            author: self.user(author).map(|user| user.username.clone()).unwrap_or_default(),
            text: text.to_owned(),
            created_at: now,
            in_reply_to: in_reply_to.map(str::to_owned),
        };
        self.posts.insert(id, post);
        id.to_string()
    }

    pub(super) fn find_post(&self, id: &str) -> Option<&Post> {
        self.posts.get(&id.parse().ok()?)
    }

    pub(super) fn delete_post(&mut self, id: &str) {
        if let Ok(id) = id.parse() {
            self.posts.remove(&id);
        }
    }

    /// Returns all posts, the newest first.
    pub(super) fn posts(&self) -> impl Iterator<Item = &Post> {
        self.posts.values().rev()
    }

    /// Sends a direct message and gives the id of its event.
    pub(super) fn send(
        &mut self,
        sender: &str,
        recipient: &str,
        text: &str,
        now: Timestamp,
    ) -> String {
        let id = self.next_id();
        let message = SentMessage {
            id: id.to_string(),
            conversation_id: conversation(sender, recipient),
            sender_id: sender.to_owned(),
            recipient_id: recipient.to_owned(),
            text: text.to_owned(),
            created_at: now,
        };
        self.messages.insert(id, message);
        id.to_string()
    }

    /// Returns the messages that a user sent or got, the newest first.
    pub(super) fn messages<'a>(&'a self, user: &'a str) -> impl Iterator<Item = &'a SentMessage> {
        let mine =
            move |message: &&SentMessage| message.sender_id == user || message.recipient_id == user;
        self.messages.values().rev().filter(mine)
    }

    pub(super) fn posts_of_agents(&self) -> Vec<Post> {
        self.posts.range(self.last_seeded + 1..).map(|(_, post)| post.clone()).collect()
    }

    pub(super) fn messages_of_agents(&self) -> Vec<SentMessage> {
        self.messages.range(self.last_seeded + 1..).map(|(_, message)| message.clone()).collect()
    }
}

/// Returns the conversation of two users.
pub(super) fn conversation(one: &str, other: &str) -> String {
    let order = |id: &str| (id.len(), id.to_owned());
    let (first, second) = if order(one) <= order(other) { (one, other) } else { (other, one) };
    format!("{first}-{second}")
}
