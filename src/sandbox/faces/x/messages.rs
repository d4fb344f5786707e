//! Reading and sending direct messages.

use serde_json::{Value, json};

use super::arguments::{invalid, is_id};
use super::fields::{Fields, Page};
use crate::sandbox::call::{Answer, Call};
use crate::sandbox::http::Reply;
use crate::sandbox::world::{SentMessage, conversation};

/// The least, the usual and the most messages of a page.
const PAGE: (usize, usize, usize) = (1, 100, 100);

pub(super) fn latest(call: &mut Call<'_>) -> Answer {
    list(call, |_| true)
}

pub(super) fn with(call: &mut Call<'_>) -> Answer {
    is_id("participant_id", call.argument(0))?;
    let wanted = conversation(&call.me, call.argument(0));
    list(call, |message| message.conversation_id == wanted)
}

pub(super) fn of_conversation(call: &mut Call<'_>) -> Answer {
    list(call, |message| message.conversation_id == call.argument(0))
}

pub(super) fn send(call: &mut Call<'_>) -> Answer {
    let recipient = call.argument(0).to_owned();
    deliver(call, "participant_id", &recipient)
}

pub(super) fn reply(call: &mut Call<'_>) -> Answer {
    let given = call.argument(0).to_owned();
    let recipient = match given.split_once('-') {
        Some((one, other)) if one == call.me => other,
        Some((one, other)) if other == call.me => one,
        _ => return Err(Reply::problem(403)),
    };
    deliver(call, "dm_conversation_id", recipient)
}

fn deliver(call: &mut Call<'_>, parameter: &str, recipient: &str) -> Answer {
    if recipient == call.me || call.world.user(recipient).is_none() {
        return Err(invalid(parameter, recipient, "names nobody who can be written to"));
    }
    let text = call.text("text")?;
    let id = call.world.send(&call.me, recipient, &text, call.now);
    let conversation = conversation(&call.me, recipient);
    let data = json!({"dm_conversation_id": conversation, "dm_event_id": id});
    Ok(Reply::json(201, &json!({"data": data})))
}

fn list(call: &Call<'_>, wanted: impl Fn(&SentMessage) -> bool) -> Answer {
    let kinds: Vec<_> = call.query.all("event_types").flat_map(|kinds| kinds.split(',')).collect();
    // There are no other events: nobody joins or leaves a conversation of two.
    let any = kinds.is_empty() || kinds.contains(&"MessageCreate");
    let messages = call.world.messages(&call.me).filter(|message| any && wanted(message));
    let page = Page::of(&call.query, PAGE, messages)?;
    let fields = Fields::of(&call.query);
    let senders = page.items.iter().map(|message| message.sender_id.as_str());
    let includes = fields.included("sender_id", senders, call.world);
    let data: Vec<Value> = page.items.iter().map(|message| fields.message(message)).collect();
    Ok(Reply::json(200, &page.answer(data, includes)))
}
