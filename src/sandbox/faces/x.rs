//! X: strict about codes, redirects and challenges, and most of what people do there is simulated.

mod arguments;
mod fields;
mod messages;
mod posts;
mod relations;
mod users;

use crate::catalog::Operation;
use crate::sandbox::call::{Answer, Call};
use crate::sandbox::face::{Face, RefreshTokenCondition};

pub(super) const FACE: Face = Face {
    provider: "x",
    refresh_token: RefreshTokenCondition::Scope,
    demands_challenge: true,
    access_lives: Some(7_200),
    code_error: "invalid_request",
    api: "/2/",
    perform,
    ..Face::USUAL
};

fn perform(operation: &Operation, call: &mut Call<'_>) -> Option<Answer> {
    let answer = match (operation.method.name(), operation.path.as_str()) {
        ("GET", "/2/users/me") => Ok(users::me(call)),
        ("GET", "/2/users/{id}") => users::by_id(call),
        ("GET", "/2/users/by/username/{username}") => Ok(users::by_username(call)),
        ("POST", "/2/tweets") => posts::create(call),
        ("GET", "/2/tweets") => posts::by_ids(call),
        ("GET", "/2/tweets/{id}") => posts::by_id(call),
        ("DELETE", "/2/tweets/{id}") => posts::delete(call),
        ("GET", "/2/tweets/search/recent") => posts::search(call),
        ("GET", "/2/users/{id}/tweets") => posts::of_user(call),
        ("GET", "/2/dm_events") => messages::latest(call),
        ("GET", "/2/dm_conversations/with/{participant_id}/dm_events") => messages::with(call),
        ("GET", "/2/dm_conversations/{id}/dm_events") => messages::of_conversation(call),
        ("POST", "/2/dm_conversations/with/{participant_id}/messages") => messages::send(call),
        ("POST", "/2/dm_conversations/{dm_conversation_id}/messages") => messages::reply(call),
        ("POST", "/2/users/{id}/likes") => relations::like(call),
        ("DELETE", "/2/users/{id}/likes/{tweet_id}") => relations::unlike(call),
        ("GET", "/2/users/{id}/liked_tweets") => relations::liked(call),
        ("POST", "/2/users/{id}/bookmarks") => relations::bookmark(call),
        ("DELETE", "/2/users/{id}/bookmarks/{tweet_id}") => relations::unbookmark(call),
        ("GET", "/2/users/{id}/bookmarks") => relations::bookmarks(call),
        ("POST", "/2/users/{id}/following") => relations::follow(call),
        ("DELETE", "/2/users/{source_user_id}/following/{target_user_id}") => {
            relations::unfollow(call)
        }
        ("GET", "/2/users/{id}/following") => relations::following(call),
        ("GET", "/2/users/{id}/followers") => relations::followers(call),
        _ => return None,
    };
    Some(answer)
}
