#!/usr/bin/env python3
"""Pictures of every mail as Chromium shows it: on a phone and on a desktop, each in light and in dark colours.

    pictures.py FOLDER PAGES      FOLDER has one .html a mail (DUTYCLERK_GALLERY of the tests writes it)

PAGES is `docs/mails`: each picture that a page there shows is drawn beside it, the mail's four looks side by side. Which HTML
(SHA-256) a picture shows stands in `pictured.txt`; one that shows what its mail says now is left alone, and one that no page
shows is deleted. `just mails` runs it.
"""

import base64
import hashlib
import json
import pathlib
import re
import sys

from chromium import Chromium, ChromiumFailed

LOOKS = (("phone", 390, "light"), ("phone", 390, "dark"), ("desktop", 1280, "light"), ("desktop", 1280, "dark"))
GAP = 24

# Draws the sheet and gives it as lossless WebP. Every pixel takes the nearest of the commonest colours that can be told apart: type
# stays sharp, flat colours stay exact, and a picture is a third of its size.
DRAW = """(async (shots, gap, colours) => {
  const images = await Promise.all(shots.map(async shot => {
    const image = new Image();
    image.src = 'data:image/png;base64,' + shot.png;
    await image.decode();
    return image;
  }));
  const canvas = document.createElement('canvas'), top = gap * 2;
  canvas.width = images.reduce((sum, image) => sum + image.width + gap, gap);
  canvas.height = Math.max(...images.map(image => image.height)) + top + gap;
  const pen = canvas.getContext('2d');
  pen.fillStyle = '#8a8f94';
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = '#000000';
  pen.font = '600 18px sans-serif';
  images.reduce((x, image, n) => {
    pen.drawImage(image, x, top);
    pen.fillText(shots[n].name, x, top - 12);
    return x + image.width + gap;
  }, gap);
  const data = pen.getImageData(0, 0, canvas.width, canvas.height), pixels = new Uint32Array(data.data.buffer);
  const count = new Map();
  for (const pixel of pixels) count.set(pixel, (count.get(pixel) || 0) + 1);
  const apart = (a, b) => [0, 8, 16].reduce((sum, n) => sum + ((a >> n & 255) - (b >> n & 255)) ** 2, 0);
  const palette = [];
  for (const pixel of [...count.keys()].sort((a, b) => count.get(b) - count.get(a)))
    if (palette.length < colours && palette.every(one => apart(one, pixel) >= 200)) palette.push(pixel);
  const nearest = new Map([...count.keys()].map(pixel =>
    [pixel, palette.reduce((best, one) => apart(one, pixel) < apart(best, pixel) ? one : best)]));
  pixels.forEach((pixel, n) => { pixels[n] = nearest.get(pixel); });
  pen.putImageData(data, 0, 0);
  return canvas.toDataURL('image/webp', 1).split(',')[1];
})(%s, %d, %d)"""
COLOURS = 16


def sheet(browser, html):
    """The four looks of a mail on one sheet, as WebP."""
    shots = []
    with browser.page(html) as page:
        for screen, width, scheme in LOOKS:
            page.show(width, scheme)
            shots.append({"name": f"{screen}, {width} pixels, {scheme}", "png": base64.b64encode(page.picture()).decode()})
    with browser.page("<!DOCTYPE html>") as page:
        return base64.b64decode(page.evaluate(DRAW % (json.dumps(shots), GAP, COLOURS)))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    gallery, pages = map(pathlib.Path, sys.argv[1:])
    wanted = sorted(name for page in pages.glob("*.md") for name in re.findall(r"\(([a-z0-9-]+)\.webp\)", page.read_text()))
    record = pages / "pictured.txt"
    shown = dict(reversed(line.split("  ")) for line in record.read_text().splitlines()) if record.exists() else {}
    if not wanted:
        sys.exit(f"no page in {pages} shows a picture")
    drawn = 0
    with Chromium() as browser:
        for name in wanted:
            html = (gallery / f"{name}.html").read_bytes()
            picture, digest = pages / f"{name}.webp", hashlib.sha256(html).hexdigest()
            if shown.get(name) != digest or not picture.exists():
                picture.write_bytes(sheet(browser, html.decode()))
                shown[name] = digest
                drawn += 1
    for picture in pages.glob("*.webp"):
        if picture.stem not in wanted:
            picture.unlink()
    record.write_text("".join(f"{shown[name]}  {name}\n" for name in wanted))
    print(f"{drawn} pictures drawn, {len(wanted) - drawn} left as they were")


if __name__ == "__main__":
    try:
        main()
    except (ChromiumFailed, OSError) as error:
        sys.exit(str(error))
