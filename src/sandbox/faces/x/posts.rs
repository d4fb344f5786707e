//! Making, deleting, reading and finding posts.

use serde_json::{Value, json};

use super::arguments::{invalid, is_id, not_found};
use super::fields::{Fields, Page};
use crate::sandbox::call::{Answer, Call};
use crate::sandbox::http::Reply;
use crate::sandbox::world::Post;

/// The maximum number of posts that one request may ask for by id.
const MOST_IDS: usize = 100;

/// The least, the usual and the most posts of a page.
pub(super) const PAGE: (usize, usize, usize) = (5, 10, 100);
const SEARCH_PAGE: (usize, usize, usize) = (10, 10, 100);

pub(super) fn create(call: &mut Call<'_>) -> Answer {
    let text = call.text("text")?;
    let answered = call.body.pointer("/reply/in_reply_to_tweet_id").and_then(Value::as_str);
    if let Some(id) = answered.filter(|id| call.world.find_post(id).is_none()) {
        let name = "reply.in_reply_to_tweet_id";
        return Err(invalid(name, id, "is the id of no post that is there"));
    }
    let id = call.world.post(&call.me, &text, answered, call.now);
    let data = json!({"id": id, "text": text, "edit_history_tweet_ids": [id]});
    Ok(Reply::json(201, &json!({"data": data})))
}

pub(super) fn delete(call: &mut Call<'_>) -> Answer {
    let id = call.argument(0).to_owned();
    is_id("id", &id)?;
    match call.world.find_post(&id) {
        None => Ok(Reply::json(200, &json!({"errors": [not_found("tweet", "id", &id)]}))),
        Some(post) if post.author_id != call.me => {
            let detail = "You are not authorized to delete this Tweet.";
            let problem = json!({"title": "Forbidden", "detail": detail, "type": "about:blank", "status": 403});
            Err(Reply::json(403, &problem))
        }
        Some(_) => {
            call.world.delete_post(&id);
            Ok(Reply::json(200, &json!({"data": {"deleted": true}})))
        }
    }
}

pub(super) fn by_id(call: &mut Call<'_>) -> Answer {
    let id = call.argument(0);
    is_id("id", id)?;
    let fields = Fields::of(&call.query);
    let Some(post) = call.world.find_post(id) else {
        return Ok(Reply::json(200, &json!({"errors": [not_found("tweet", "id", id)]})));
    };
    let mut body = json!({"data": fields.post(post, call.world)});
    let author = std::iter::once(post.author_id.as_str());
    if let Some(includes) = fields.included("author_id", author, call.world) {
        body["includes"] = includes;
    }
    Ok(Reply::json(200, &body))
}

pub(super) fn by_ids(call: &mut Call<'_>) -> Answer {
    let ids = call.query.get("ids").unwrap_or_default();
    let list: Vec<_> = ids.split(',').collect();
    if list.len() > MOST_IDS {
        return Err(invalid("ids", ids, "has more than 100 ids"));
    }
    for id in &list {
        is_id("ids", id)?;
    }
    let fields = Fields::of(&call.query);
    let found: Vec<&Post> = list.iter().filter_map(|id| call.world.find_post(id)).collect();
    let missing = list.iter().filter(|id| call.world.find_post(id).is_none());
    let errors: Vec<_> = missing.map(|id| not_found("tweet", "ids", id)).collect();
    let mut body = json!({});
    if !found.is_empty() {
        let posts = found.iter().map(|post| fields.post(post, call.world));
        body["data"] = posts.collect::<Vec<_>>().into();
        let authors = found.iter().map(|post| post.author_id.as_str());
        if let Some(includes) = fields.included("author_id", authors, call.world) {
            body["includes"] = includes;
        }
    }
    if !errors.is_empty() {
        body["errors"] = errors.into();
    }
    Ok(Reply::json(200, &body))
}

pub(super) fn of_user(call: &mut Call<'_>) -> Answer {
    let id = call.argument(0);
    is_id("id", id)?;
    let posts = call.world.posts().filter(|post| post.author_id == id);
    Ok(list(call, Page::of(&call.query, PAGE, posts)?))
}

pub(super) fn search(call: &mut Call<'_>) -> Answer {
    let query = call.query.get("query").unwrap_or_default();
    let terms: Vec<Term> =
        query.split_whitespace().map(term).collect::<Option<_>>().unwrap_or_default();
    if terms.is_empty() {
        let why = "has to be words, `from:USER`, or these with a `-`: the sandbox knows no other operators";
        return Err(invalid("query", query, why));
    }
    let posts = call.world.posts().filter(|post| terms.iter().all(|term| term.finds(post)));
    Ok(list(call, Page::of(&call.query, SEARCH_PAGE, posts)?))
}

/// Returns the answer with a page of posts.
pub(super) fn list(call: &Call<'_>, page: Page<&Post>) -> Reply {
    let fields = Fields::of(&call.query);
    let authors = page.items.iter().map(|post| post.author_id.as_str());
    let includes = fields.included("author_id", authors, call.world);
    let data = page.items.iter().map(|post| fields.post(post, call.world)).collect();
    Reply::json(200, &page.answer(data, includes))
}

/// A part of a search query; all parts have to hold.
struct Term {
    negated: bool,
    author: Option<String>,
    word: String,
}

fn term(text: &str) -> Option<Term> {
    let (negated, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let author = text.strip_prefix("from:").map(|name| name.trim_start_matches('@').to_lowercase());
    let is_operator = author.is_none() && text.contains(':');
    let known = !is_operator && !text.is_empty() && text != "OR" && !text.contains(['(', ')', '"']);
    known.then(|| Term { negated, author, word: text.to_lowercase() })
}

impl Term {
    fn finds(&self, post: &Post) -> bool {
        let found = match &self.author {
            Some(author) => post.author.to_lowercase() == *author,
            None => post.text.to_lowercase().contains(&self.word),
        };
        found != self.negated
    }
}
