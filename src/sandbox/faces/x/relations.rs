//! Likes, bookmarks, and who follows whom.

use serde_json::json;

use super::arguments::{invalid, is_id};
use super::fields::{Fields, Page};
use super::posts;
use crate::sandbox::call::{Answer, Call};
use crate::sandbox::http::Reply;
use crate::sandbox::world::{Post, Relation, User, World};

/// The least, the usual and the most users of a page.
const USERS: (usize, usize, usize) = (1, 100, 1_000);

pub(super) fn like(call: &mut Call<'_>) -> Answer {
    let post = post_to_keep(call)?;
    call.world.likes.add(&call.me, &post);
    Ok(Reply::json(200, &json!({"data": {"liked": true}})))
}

pub(super) fn unlike(call: &mut Call<'_>) -> Answer {
    call.is_mine("id")?;
    let post = call.argument(1).to_owned();
    call.world.likes.remove(&call.me, &post);
    Ok(Reply::json(200, &json!({"data": {"liked": false}})))
}

pub(super) fn liked(call: &mut Call<'_>) -> Answer {
    is_id("id", call.argument(0))?;
    kept(call, |world| &world.likes)
}

pub(super) fn bookmark(call: &mut Call<'_>) -> Answer {
    let post = post_to_keep(call)?;
    call.world.bookmarks.add(&call.me, &post);
    Ok(Reply::json(200, &json!({"data": {"bookmarked": true}})))
}

pub(super) fn unbookmark(call: &mut Call<'_>) -> Answer {
    call.is_mine("id")?;
    let post = call.argument(1).to_owned();
    call.world.bookmarks.remove(&call.me, &post);
    Ok(Reply::json(200, &json!({"data": {"bookmarked": false}})))
}

/// Answers a call for bookmarks, which are the account's own.
pub(super) fn bookmarks(call: &mut Call<'_>) -> Answer {
    call.is_mine("id")?;
    kept(call, |world| &world.bookmarks)
}

pub(super) fn follow(call: &mut Call<'_>) -> Answer {
    call.is_mine("id")?;
    let target = call.text("target_user_id")?;
    if target == call.me || call.world.user(&target).is_none() {
        return Err(invalid("target_user_id", &target, "names nobody who can be followed"));
    }
    call.world.follows.add(&call.me, &target);
    Ok(Reply::json(200, &json!({"data": {"following": true, "pending_follow": false}})))
}

pub(super) fn unfollow(call: &mut Call<'_>) -> Answer {
    call.is_mine("source_user_id")?;
    let target = call.argument(1).to_owned();
    call.world.follows.remove(&call.me, &target);
    Ok(Reply::json(200, &json!({"data": {"following": false}})))
}

pub(super) fn following(call: &mut Call<'_>) -> Answer {
    is_id("id", call.argument(0))?;
    users(call, call.world.follows.of(call.argument(0)))
}

pub(super) fn followers(call: &mut Call<'_>) -> Answer {
    is_id("id", call.argument(0))?;
    users(call, call.world.follows.to(call.argument(0)))
}

/// Returns the post that a call of the account's own wants to like or bookmark.
fn post_to_keep(call: &Call<'_>) -> Result<String, Reply> {
    call.is_mine("id")?;
    let post = call.text("tweet_id")?;
    if call.world.find_post(&post).is_none() {
        return Err(invalid("tweet_id", &post, "is the id of no post that is there"));
    }
    Ok(post)
}

fn kept(call: &Call<'_>, relation: impl Fn(&World) -> &Relation) -> Answer {
    let world: &World = call.world;
    let ids = relation(world).of(call.argument(0));
    let found: Vec<&Post> = ids.filter_map(|id| world.find_post(id)).collect();
    Ok(posts::list(call, Page::of(&call.query, posts::PAGE, found.into_iter())?))
}

fn users<'a>(call: &Call<'_>, ids: impl Iterator<Item = &'a str>) -> Answer {
    let fields = Fields::of(&call.query);
    let found = ids.filter_map(|id| call.world.user(id));
    let page: Page<&User> = Page::of(&call.query, USERS, found)?;
    let data = page.items.iter().map(|user| fields.user(user, call.world)).collect();
    Ok(Reply::json(200, &page.answer(data, None)))
}
