#!/usr/bin/env python3
"""Writes PDFs that are made to keep a reader busy: python3 tests/corpus/hostile/make.py. All are small; two runs give the same bytes."""
import pathlib
import zlib

HERE = pathlib.Path(__file__).resolve().parent


def pdf(name, objects, root=1):
    """Objects by number: text of a dictionary, or (dictionary, stream)."""
    out = bytearray(b"%PDF-1.7\n")
    places = {}
    for number, body in sorted(objects.items()):
        places[number] = len(out)
        out += b"%d 0 obj\n" % number
        if isinstance(body, tuple):
            head, data = body
            out += head.encode() + b"\nstream\n" + data + b"\nendstream"
        else:
            out += body if isinstance(body, bytes) else body.encode()
        out += b"\nendobj\n"
    start = len(out)
    size = max(objects) + 1
    out += b"xref\n0 %d\n" % size + b"0000000000 65535 f \n"
    for number in range(1, size):
        out += b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 65535 f \n"
    out += b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, root, start)
    (HERE / name).write_bytes(out)


def stream(data, filters="/FlateDecode", more=""):
    return (f"<< /Length {len(data)} /Filter {filters} {more}>>", data)


CATALOG = "<< /Type /Catalog /Pages 2 0 R >>"
PAGES = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
PAGE = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> /Font << /F 6 0 R >> >> >>"

pdf("pages-in-a-circle.pdf", {1: CATALOG, 2: "<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 2 /Parent 3 0 R >>", 3: "<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 2 /Parent 2 0 R >>"})
pdf("references-in-a-circle.pdf", {1: CATALOG, 2: "3 0 R", 3: "2 0 R"})
pdf("arrays-without-end.pdf", {1: CATALOG, 2: PAGES, 3: b"[" * 100_000 + b"]" * 100_000})
pdf("dictionaries-without-end.pdf", {1: CATALOG, 2: PAGES, 3: b"<</A" * 50_000 + b">>" * 50_000})
zeros = zlib.compress(bytes(300_000_000), 9)
pdf("content-that-swells.pdf", {1: CATALOG, 2: PAGES, 3: PAGE, 4: stream(zlib.compress(zeros, 9), "[/FlateDecode /FlateDecode]")})
pdf("objects-that-swell.pdf", {1: CATALOG, 2: PAGES, 3: PAGE, 7: stream(zlib.compress(zeros, 9), "[/FlateDecode /FlateDecode]", "/Type /ObjStm /N 1000000 /First 10 ")})
itself = zlib.compress(b"/X Do " * 500, 9)
pdf("a-drawing-of-itself.pdf", {1: CATALOG, 2: PAGES, 3: PAGE, 4: stream(itself), 5: stream(itself, more="/Type /XObject /Subtype /Form /Resources << /XObject << /X 5 0 R >> >> ")})
widths = "[" + "0 65535 500 " * 10_000 + "]"
words = zlib.compress(b"BT /F 10 Tf " + b"(ab) Tj " * 20 + b"ET", 9)
pdf("widths-without-end.pdf", {1: CATALOG, 2: PAGES, 3: PAGE, 4: stream(words), 6: "<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /DescendantFonts [7 0 R] >>",
                               7: f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /X /W {widths} >>"})
lines = b"".join(b"%d 0 m %d 842 l S 0 %d m 595 %d l S " % (n % 595, n % 595, n % 842, n % 842) for n in range(20_000))
many = b"BT /F 10 Tf " + b"".join(b"1 0 0 1 %d %d Tm (a) Tj " % (n % 590, n % 840) for n in range(20_000)) + b"ET "
pdf("lines-and-letters-without-end.pdf", {1: CATALOG, 2: PAGES, 3: PAGE, 4: stream(zlib.compress(lines + many, 9)), 6: "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"})
fields = {number: f"<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /V (x) /Rect [0 0 9 9] /Parent {number + 1} 0 R >>" for number in range(10, 1_500)}
fields[1_500] = "<< /Type /Annot /Subtype /Widget /Parent 10 0 R /Kids [10 0 R] >>"
notes = " ".join(f"{number} 0 R" for number in fields)
pdf("fields-in-a-circle.pdf", {1: "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [10 0 R] >> >>", 2: PAGES, 3: PAGE[:-2] + f"/Annots [{notes}] >>", 4: stream(words), **fields})
whole = (HERE / "fields-in-a-circle.pdf").read_bytes()
(HERE / "cut-short.pdf").write_bytes(whole[:5_000])
