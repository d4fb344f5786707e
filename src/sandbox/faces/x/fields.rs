//! The fields of users, posts and messages that an answer has, and the relatives that come along. X
//! answers few fields unless more are asked for.

use serde_json::{Map, Value, json};

use super::arguments::invalid;
use crate::sandbox::http::{Parameters, Reply};
use crate::sandbox::world::{Post, SentMessage, User, World};

const USER: &[&str] = &["id", "name", "username"];
const POST: &[&str] = &["id", "text", "edit_history_tweet_ids"];
const MESSAGE: &[&str] = &["id", "text", "event_type"];

/// The fields and relatives that a request asks for.
pub(super) struct Fields {
    user: Vec<String>,
    post: Vec<String>,
    message: Vec<String>,
    expansions: Vec<String>,
}

impl Fields {
    pub(super) fn of(query: &Parameters) -> Self {
        let list = |name: &str| {
            let values = query.all(name).flat_map(|value| value.split(','));
            values.filter(|value| !value.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        };
        // The specification says `post.fields`, most clients `tweet.fields`.
        let post = [list("tweet.fields"), list("post.fields")].concat();
        Self {
            user: list("user.fields"),
            post,
            message: list("dm_event.fields"),
            expansions: list("expansions"),
        }
    }

    fn expands(&self, name: &str) -> bool {
        self.expansions.iter().any(|expansion| expansion == name)
    }

    pub(super) fn user(&self, user: &User, world: &World) -> Value {
        let whole = json!({
            "id": user.id,
            "name": user.name,
            "username": user.username,
            "created_at": "2026-01-01T00:00:00.000Z",
            "description": "A user of the sandbox",
            "protected": false,
            "verified": false,
            "public_metrics": {
                "followers_count": world.follows.to(&user.id).count(),
                "following_count": world.follows.of(&user.id).count(),
                "tweet_count": world.posts().filter(|post| post.author_id == user.id).count(),
                "listed_count": 0,
            },
        });
        select(whole, USER, &self.user, &[])
    }

    pub(super) fn post(&self, post: &Post, world: &World) -> Value {
        let mut whole = json!({
            "id": post.id,
            "text": post.text,
            "edit_history_tweet_ids": [post.id],
            "author_id": post.author_id,
            "created_at": time(post.created_at),
            "conversation_id": post.in_reply_to.as_ref().unwrap_or(&post.id),
            "public_metrics": {
                "like_count": world.likes.to(&post.id).count(),
                "bookmark_count": world.bookmarks.to(&post.id).count(),
                "reply_count":
                    world.posts().filter(|p| p.in_reply_to.as_ref() == Some(&post.id)).count(),
                "retweet_count": 0,
                "quote_count": 0,
                "impression_count": 0,
            },
        });
        if let Some(id) = &post.in_reply_to {
            whole["referenced_tweets"] = json!([{"type": "replied_to", "id": id}]);
            if let Some(answered) = world.find_post(id) {
                whole["in_reply_to_user_id"] = answered.author_id.as_str().into();
            }
        }
        select(whole, POST, &self.post, &self.expansions)
    }

    pub(super) fn message(&self, message: &SentMessage) -> Value {
        let whole = json!({
            "id": message.id,
            "text": message.text,
            "event_type": "MessageCreate",
            "sender_id": message.sender_id,
            "dm_conversation_id": message.conversation_id,
            "created_at": time(message.created_at),
        });
        select(whole, MESSAGE, &self.message, &self.expansions)
    }

    /// Returns the users that are to come along, each once.
    pub(super) fn included<'a>(
        &self,
        expansion: &str,
        ids: impl Iterator<Item = &'a str>,
        world: &World,
    ) -> Option<Value> {
        if !self.expands(expansion) {
            return None;
        }
        let mut seen = Vec::new();
        for id in ids {
            if !seen.contains(&id) {
                seen.push(id);
            }
        }
        let users = seen.into_iter().filter_map(|id| world.user(id));
        Some(json!({"users": users.map(|user| self.user(user, world)).collect::<Vec<_>>()}))
    }
}

/// Selects the fields that are always there, those that are asked for, and those that are expanded.
fn select(whole: Value, always: &[&str], asked: &[String], expansions: &[String]) -> Value {
    let Value::Object(whole) = whole else { return whole };
    let wanted = |name: &str| {
        let expanded = |e: &String| e.split('.').next() == Some(name);
        always.contains(&name) || asked.iter().any(|a| a == name) || expansions.iter().any(expanded)
    };
    whole.into_iter().filter(|(name, _)| wanted(name)).collect::<Map<_, _>>().into()
}

fn time(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}

/// A part of a long list, as `max_results` and `pagination_token` want it.
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    next: Option<usize>,
}

impl<T> Page<T> {
    pub(super) fn of(
        query: &Parameters,
        (least, usual, most): (usize, usize, usize),
        all: impl Iterator<Item = T>,
    ) -> Result<Self, Reply> {
        let size = match query.get("max_results") {
            None => usual,
            Some(text) => {
                text.parse().ok().filter(|n| (least..=most).contains(n)).ok_or_else(|| {
                    invalid("max_results", text, &format!("is not between {least} and {most}"))
                })?
            }
        };
        let token = query.get("pagination_token").or_else(|| query.get("next_token"));
        let start: usize = match token {
            None => 0,
            Some(text) => {
                let start = text.strip_prefix("from").and_then(|at| at.parse().ok());
                start.ok_or_else(|| invalid("pagination_token", text, "is not valid"))?
            }
        };
        let mut items: Vec<T> = all.skip(start).take(size + 1).collect();
        let more = items.len() > size;
        items.truncate(size);
        Ok(Self { items, next: more.then_some(start + size) })
    }

    /// Returns the answer with this list. An empty one has no `data`.
    pub(super) fn answer(self, data: Vec<Value>, includes: Option<Value>) -> Value {
        let mut meta = json!({"result_count": data.len()});
        if let Some(next) = self.next {
            meta["next_token"] = format!("from{next}").into();
        }
        let mut answer = Map::new();
        if !data.is_empty() {
            answer.insert("data".into(), data.into());
            if let Some(includes) = includes {
                answer.insert("includes".into(), includes);
            }
        }
        answer.insert("meta".into(), meta);
        answer.into()
    }
}
