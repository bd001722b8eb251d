#!/usr/bin/env python3
"""Every mail looked at by axe-core in Chromium: on a phone and on a desktop, in light and in dark colours.

    accessible.py AXE_MIN_JS FOLDER      FOLDER has one .html a mail (DUTYCLERK_GALLERY of the tests writes it)

It prints what axe-core finds, and ends with 1 if it finds anything, 2 if it could not look. axe-core (MPL-2.0) is not part
of this repository: `tests/run` fetches it.

Before it believes a clean result it spoils the first mail in five ways and wants each of them found.
"""

import contextlib
import itertools
import json
import pathlib
import sys

from chromium import Chromium, ChromiumFailed

WIDTHS = {"phone": 390, "desktop": 1280}
SCHEMES = ("light", "dark")
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

# Rules for pages of a site, which a mail is not: the mail program's window has the landmarks, and a mail that brought its own
# would put a second `main` into it.
NOT_FOR_MAIL = ("region", "landmark-one-main")

# What is done to a mail, in which colours, and the rule that must notice.
SPOILED = (
    ("light", "color: #1a1a1a", "color: #c9c9c9", "color-contrast"),
    ("dark", "color: #f0f0f0 !important", "color: #555555 !important", "color-contrast"),
    ("light", '<html lang="en-GB"', "<html", "html-has-lang"),
    ("light", "<h1", "<h4", "page-has-heading-one"),
    ("light", '<td class="page">', '<td class="page"><p style="width:500px">wide</p>', "reflow"),
)

RUN = """axe.run(document, {
  runOnly: {type: 'tag', values: %s}, rules: %s, resultTypes: ['violations', 'incomplete'],
}).then(({violations, incomplete, passes}) => ({
  looked: passes.length,
  found: [...violations, ...incomplete.map(rule => ({...rule, unsure: true}))].map(rule => ({
    id: rule.id, help: rule.help, unsure: !!rule.unsure, nodes: rule.nodes.map(node => ({
      html: node.html.slice(0, 160), why: (node.any[0] || node.all[0] || node.none[0] || {message: ''}).message,
    })),
  })),
}))"""


def look(page, width, scheme):
    """What axe-core finds wrong with a page, and what it could not decide: that is a finding too."""
    page.show(width, scheme)
    off = {rule: {"enabled": False} for rule in NOT_FOR_MAIL}
    result = page.evaluate(RUN % (json.dumps(TAGS), json.dumps(off)))
    if not result["looked"]:
        raise ChromiumFailed("axe-core looked at nothing")
    found = result["found"]
    # Nothing is cut off on a narrow screen, and nothing needs scrolling sideways (WCAG 1.4.10).
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        why = f"{wide} pixels wide in a window of {width}"
        found.append({"id": "reflow", "help": "No scrolling sideways", "unsure": False, "nodes": [{"html": "", "why": why}]})
    return found


@contextlib.contextmanager
def opened(browser, axe, html):
    """A page of this mail with axe-core in it."""
    with browser.page(html) as page:
        page.evaluate(axe + "; undefined")
        yield page


def sees_what_is_spoiled(browser, axe, html):
    for scheme, right, wrong, rule in SPOILED:
        if right not in html:
            raise ChromiumFailed(f"the mail that is spoiled on purpose has no {right!r}: mend SPOILED in {__file__}")
        with opened(browser, axe, html.replace(right, wrong)) as page:
            found = look(page, 390, scheme)
        if rule not in [one["id"] for one in found]:
            raise ChromiumFailed(f"{wrong!r} was not found out by {rule}: a clean result would mean nothing")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    axe = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
    mails = sorted(pathlib.Path(sys.argv[2]).glob("*.html"))
    if not mails:
        print(f"there is no mail in {sys.argv[2]}")
        return 2
    bad = pages = 0
    with Chromium() as browser:
        sees_what_is_spoiled(browser, axe, mails[0].read_text(encoding="utf-8"))
        for mail in mails:
            with opened(browser, axe, mail.read_text(encoding="utf-8")) as page:
                for (screen, width), scheme in itertools.product(WIDTHS.items(), SCHEMES):
                    pages += 1
                    for rule in look(page, width, scheme):
                        bad += 1
                        unsure = " (undecided)" if rule["unsure"] else ""
                        print(f"{mail.stem}, {screen}, {scheme}: {rule['id']}{unsure}: {rule['help']}")
                        for node in rule["nodes"][:3]:
                            print(f"    {node['html']}\n    {node['why']}")
    print(f"{len(mails)} mails, {pages} pages: {bad} findings")
    return 1 if bad else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ChromiumFailed, OSError) as error:
        print(error)
        sys.exit(2)
