//! A login on another device as a person does it: the code, the question, and the end.

use serde_json::Value;

use super::{PHONE, SCREENS, audit, file};
use crate::support::chromium::Chromium;
use crate::support::http::Request;
use crate::support::provider::House;

/// Asks for a code, as a device does, and returns it with the address of the page where it is typed.
fn code(house: &House) -> (String, String) {
    let client = house.sandbox.public_client().client_id.as_str();
    let fields = [("client_id", client), ("scope", "tweet.read users.read offline.access")];
    let request = Request::form("/i/oauth2/device/code", &fields);
    let answer = request.send(&house.sandbox.base_url()).expect("the sandbox answers");
    let answer: Value = serde_json::from_str(&answer.body).expect("it is JSON");
    let text = |field: &str| answer[field].as_str().expect("a text").to_owned();
    (text("user_code"), text("verification_uri"))
}

/// Looks at a page on every screen: what has to be seen first, and all of it.
#[track_caller]
fn look(browser: &mut Chromium, page: &str, first: &[&str]) {
    for (screen_name, screen) in SCREENS {
        let name = format!("device-{page}-{screen_name}");
        browser.show_on(screen);
        audit::unfold(browser, false);
        if screen.height >= PHONE.height {
            audit::fold(browser, &name, first);
        }
        browser.screenshot(&file(&name));
        audit::unfold(browser, true);
        audit::layout(browser, &name);
        audit::accessible(browser, &name);
    }
    audit::unfold(browser, false);
}

#[test]
fn a_person_types_the_code_of_a_device() {
    let Some(mut browser) = Chromium::start() else { return };
    let house = House::new();
    for (decision, title) in [("authorize", "You allowed it"), ("cancel", "You did not allow it")] {
        let (code, page) = code(&house);
        browser.show_on(PHONE);
        browser.open(&page);
        browser.wait_for("document.querySelector('input[name=user_code]')");
        if decision == "authorize" {
            look(&mut browser, "1-code", &["h1", "input", "button"]);
            // The whole code is seen, and a thumb finds the field.
            let field = "document.querySelector('input').getBoundingClientRect()";
            let (width, height) = (format!("{field}.width"), format!("{field}.height"));
            assert!(browser.evaluate(&width).as_f64().expect("a number") > 200.0);
            assert!(browser.evaluate(&height).as_f64().expect("a number") >= 44.0);
        }
        let typed = code.to_lowercase();
        let field = "document.querySelector('input[name=user_code]')";
        browser.evaluate(&format!("{field}.focus(); {field}.value = {typed:?}"));
        browser.press("Enter");
        browser.wait_for("document.querySelector('button[value=authorize]')");
        // As the device shows it, however it was typed.
        assert_eq!(browser.evaluate("document.querySelector('code').textContent"), code);
        if decision == "authorize" {
            look(&mut browser, "2-asked", &["h1", "code", "ul", ".accounts", ".decision", ".note"]);
        }
        browser.evaluate(&format!("document.querySelector('button[value={decision}]').click()"));
        browser.wait_for(&format!("document.querySelector('h1')?.textContent == {title:?}"));
        look(&mut browser, &format!("3-{decision}"), &["h1", "p", ".note"]);
        // A code is good once.
        browser.open(&format!("{page}?user_code={code}"));
        browser.wait_for("document.body.innerText.includes('was used')");
    }
    look(&mut browser, "4-refused", &["h1", "p", ".note"]);
}
