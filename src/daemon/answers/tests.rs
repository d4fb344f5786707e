use super::*;

#[test]
fn labels_are_escaped() {
    let mut page = Page::default();
    page.metric("m", "gauge", "Help.");
    page.sample(&[("a", "b\\c\"d\ne")], 7);
    assert_eq!(page.text, "# HELP m Help.\n# TYPE m gauge\nm{a=\"b\\\\c\\\"d\\ne\"} 7\n");
}
