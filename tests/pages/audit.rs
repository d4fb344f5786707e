//! What a browser can say of a page: its form, its sizes, its colours.

use serde_json::{Value, json};

use crate::support::chromium::Chromium;
use crate::support::node::installed;

/// Every element with text of its own: what it is, its size, and how its colour stands out from
/// what is behind it (WCAG 2.2, contrast ratio).
const TEXTS: &str = "(() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (c) => c.slice(0, 3).map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const own = (element) => [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  return [...document.body.querySelectorAll('*')].filter(own).map((element) => {
    const style = getComputedStyle(element);
    const [a, b] = [light(rgb(style.color)), light(behind(element))].sort((x, y) => y - x);
    const box = element.getBoundingClientRect();
    return {
      what: element.tagName + ': ' + element.textContent.slice(0, 40),
      size: parseFloat(style.fontSize),
      contrast: (a + 0.05) / (b + 0.05),
      left: box.left, right: box.right, height: box.height,
    };
  });
})()";

/// Asserts what holds on every screen: a whole document, that took nothing from elsewhere, and
/// nothing from the query that brought the browser.
#[track_caller]
pub fn document(browser: &mut Chromium, name: &str) {
    let count = |selector: &str| format!("document.querySelectorAll({selector:?}).length");
    for (expression, expected) in [
        ("document.compatMode".to_owned(), json!("CSS1Compat")),
        ("document.characterSet".to_owned(), json!("UTF-8")),
        ("document.documentElement.lang".to_owned(), json!("en")),
        ("document.title.endsWith(' · xreq')".to_owned(), json!(true)),
        (count("h1"), json!(1)),
        (count("main"), json!(1)),
        (count("main header"), json!(1)),
        (count("body > footer"), json!(1)),
        (count("meta[name=viewport]"), json!(1)),
        (count("section:not([aria-labelledby])"), json!(0)),
        (count("script, link, img, iframe, form, base, meta[http-equiv]"), json!(0)),
        ("performance.getEntriesByType('resource').length".to_owned(), json!(0)),
        // The style works, so that its hash is the one of the policy.
        ("getComputedStyle(document.querySelector('main')).borderRadius".to_owned(), json!("16px")),
        ("document.documentElement.outerHTML.includes('canary')".to_owned(), json!(false)),
        (
            "[...document.querySelectorAll('[aria-labelledby]')].every((section) => \
             document.getElementById(section.getAttribute('aria-labelledby')))"
                .to_owned(),
            json!(true),
        ),
    ] {
        assert_eq!(browser.evaluate(&expression), expected, "{name}: {expression}");
    }
}

/// Asserts what depends on the screen: nothing is wider than it, and all text can be read.
#[track_caller]
pub fn layout(browser: &mut Chromium, name: &str) {
    let widths = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]";
    let widths = browser.evaluate(widths);
    assert_eq!(widths[0], widths[1], "{name} can be scrolled sideways");
    let texts = browser.evaluate(TEXTS);
    let texts = texts.as_array().expect("a list");
    assert!(texts.len() >= 3, "{name}: {texts:?}");
    let number = |text: &Value, field: &str| text[field].as_f64().expect("a number");
    for text in texts {
        assert!(number(text, "size") >= 16.0, "{name}: {text}");
        assert!(number(text, "contrast") >= 4.5, "{name}: {text}");
        assert!(number(text, "left") >= 0.0, "{name}: {text}");
        assert!(number(text, "right") <= widths[1].as_f64().expect("a number"), "{name}: {text}");
        assert!(number(text, "height") > 0.0, "{name}: {text}");
    }
}

/// Asserts that elements are seen without scrolling.
#[track_caller]
pub fn fold(browser: &mut Chromium, name: &str, selectors: &[&str]) {
    let height = browser.evaluate("innerHeight").as_f64().expect("a number");
    for selector in selectors {
        let element = format!("document.querySelector({selector:?})");
        let bottom = browser.evaluate(&format!("{element}?.getBoundingClientRect().bottom"));
        let bottom = bottom.as_f64().unwrap_or_else(|| panic!("{name}: there is no {selector}"));
        assert!(bottom <= height, "{name}: {selector} ends at {bottom} of {height}");
    }
}

/// Opens or closes what is folded.
pub fn unfold(browser: &mut Chromium, is_open: bool) {
    let all = "document.querySelectorAll('details').forEach((details) => details.open = ";
    browser.evaluate(&format!("{all}{is_open})"));
}

/// Asserts that axe finds nothing that keeps people from using the page; best practices included.
#[track_caller]
pub fn accessible(browser: &mut Chromium, name: &str) {
    let Some(axe) = installed("axe-core/axe.min.js") else { return };
    let axe = std::fs::read_to_string(axe).expect("it can be read");
    let found = browser.evaluate(&format!(
        "{axe}; axe.run().then(({{violations}}) => violations.map(({{id, nodes}}) => \
         id + ': ' + nodes.map(({{html}}) => html).join(' ')))"
    ));
    assert_eq!(found, json!([]), "{name}");
}
