"""How a page looks: on a phone and a desk, light, dark and on paper."""

import base64
import json

DARK, LIGHT, PAPER = "rgb(20, 22, 27)", "rgb(251, 250, 248)", "rgb(255, 255, 255)"


def shown(browser, page, width=1240, **emulated):
    browser.emulate(width, **emulated)
    browser.open(page)
    assert not browser.console, f"{page.name}: the console says {browser.console}"


# WCAG's ratio of a text's colour to what lies behind it.
CONTRAST = """(selector => {
    const parse = text => text.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
        .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
    const node = document.querySelector(selector);
    if (!node) return null;  // a page without marks, say
    let behind = node;
    while (parse(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
    const [a, b] = [getComputedStyle(node).color, getComputedStyle(behind).backgroundColor]
        .map(colour => light(parse(colour))).sort((x, y) => y - x);
    return (a + .05) / (b + .05);
})"""


def check_contrast(browser):
    for selector in ("body", ".sub", ".mark", ".sort", "caption", "figcaption", "a", ".commands"):
        ratio = browser.evaluate(f"{CONTRAST}({json.dumps(selector)})")
        assert ratio is None or ratio >= 4.5, f"{selector}: contrast {ratio:.2f}"


def check_appearances(browser, page):
    for width in (390, 768, 1240):
        shown(browser, page, width)
        wide = browser.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"at {width} px the page is {wide} px too wide"
    background = "getComputedStyle(document.body).backgroundColor"
    shown(browser, page)
    assert browser.evaluate(background) == LIGHT
    check_contrast(browser)
    shown(browser, page, scheme="dark")
    assert browser.evaluate(background) == DARK
    check_contrast(browser)
    shown(browser, page, scheme="dark", media="print")
    assert browser.evaluate(background) == PAPER, "paper stays white"
    hidden = browser.evaluate("""["nav", ".controls", ".more"].every(
        name => getComputedStyle(document.querySelector(name)).display === "none")""")
    assert hidden, "controls are not printed"
    paper = base64.b64decode(browser.pdf())
    assert paper.startswith(b"%PDF") and paper.count(b"/Type /Page\n") > 3, "it prints"
    assert browser.evaluate("[...document.querySelectorAll('details')].every(each => each.open)")
