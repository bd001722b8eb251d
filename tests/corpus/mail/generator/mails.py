"""Writes the generated sample mails and, beside each, what is to be read in it, from the same plan: which words are new,
which files are attached where. `python3 mails.py` writes them; `python3 mails.py --check` says whether they are as written."""

import json
import pathlib
import sys

from containers import JPEG, PDF, PNG, archive, docx, inner, msg, pack_rich, winmail, xlsx
from shapes import SHAPES, encode, encoded_word, file_parameter, html, in_lines, quotation

HERE = pathlib.Path(__file__).resolve().parent.parent
PEOPLE = ["Priya Nair", "Tom Reed", "Callum O’Shea", "Nadia Faulkner", "Zoë Marsh", "Rhys Bevan", "Ada Lowe"]
SERVER = "mx.panel.example"


class Part:
    """An entity: a multipart of children, a body, an attachment, or an attached message."""

    def __init__(self, head, data=b"", children=None, boundary=None, kind="mixed", leaf=None, members=(), inside=None):
        self.head, self.data, self.children, self.boundary, self.kind = head, data, children, boundary, kind
        self.leaf, self.members, self.inside = leaf, list(members), inside

    def render(self):
        if self.children is None:
            return "\r\n".join(self.head).encode() + b"\r\n\r\n" + (self.inside[0] if self.inside else self.data)
        extra = '; type="multipart/alternative"' if self.kind == "related" else ""
        head = [f'Content-Type: multipart/{self.kind};\r\n\tboundary="{self.boundary}"{extra}'] + self.head
        line = b"--" + self.boundary.encode()
        body = b"".join(line + b"\r\n" + child.render() + b"\r\n" for child in self.children)
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body + line + b"--\r\n"

    def survey(self, number, prefix, found):
        """Notes leaves, nested messages and the count of leaf parts, by section number."""
        if self.children is not None:
            for n, child in enumerate(self.children, 1):
                child.survey(f"{number}.{n}" if number else f"{n}", prefix, found)
            return
        path = prefix + (number or "1")
        if self.inside:
            _, subject, text, tree, counted = self.inside
            inner_found = {"leaves": [], "nested": [], "count": 0}
            tree.survey("", path + "/", inner_found)
            found["leaves"] += inner_found["leaves"]
            found["nested"] += inner_found["nested"] + [{"path": path, "subject": subject, "text": text}]
            found["count"] += inner_found["count"] if counted else 1
            return
        found["count"] += 1
        if self.leaf:
            found["leaves"].append({"path": path} | self.leaf)
        for member in self.members:
            member = dict(member)
            member["path"] = f"{path}/{member['path']}"
            found["nested" if "subject" in member else "leaves"].append(member)


def leaf(name, format, decoration=False):
    return {"name": name, "format": format, "decoration": decoration}


class Program:
    """One mail program, writing one mail."""

    def __init__(self, name, number):
        self.name, self.number, self.shape = name, number, SHAPES[name]
        self.boundaries = 0
        self.who = PEOPLE[number % len(PEOPLE)]
        local = self.who.lower().replace("’", "").replace("ë", "e").replace(" ", ".")
        self.address = f"{local}@{self.shape['domain']}"

    def boundary(self):
        self.boundaries += 1
        return self.shape["boundary"].format(n=self.boundaries, k=1000 + self.number)

    def body(self, note, below=(), logo=None):
        """The sender's words with greeting and signature, as text and, where the program writes it, HTML."""
        shape = self.shape
        lines = ["Hi Jo,", ""] + [line for paragraph in note for line in (paragraph, "")]
        signature = ["Kind regards", self.who, "Social Worker"]
        lines += [shape["footer"]] if "footer" in shape else signature
        lines = ([shape["banner"], ""] if "banner" in shape else []) + lines
        lines += ["", *below] if below else []
        lines += ["", *shape["disclaimer"].split("\n")] if "disclaimer" in shape else []
        encoding = shape["text"]
        head = [f"Content-Type: text/plain; charset={shape['charset']}"]
        head += [f"Content-Transfer-Encoding: {encoding}"] if encoding else []
        charset = shape["charset"].split(";")[0]
        if charset.lower() == "us-ascii" and not all(line.isascii() for line in lines):
            head[0], charset = "Content-Type: text/plain; charset=utf-8", "utf-8"
            encoding = "quoted-printable" if encoding == "7bit" else encoding
            head = head[:1] + [f"Content-Transfer-Encoding: {encoding}"]
        plain = Part(head, encode("\n".join(lines) + "\n", charset, encoding))
        if not shape["html"]:
            return plain
        as_html = Part([f"Content-Type: text/html; charset={charset}", "Content-Transfer-Encoding: quoted-printable"],
                       encode(html(shape["html"], [line for line in lines if line], logo), charset, "quoted-printable"))
        return Part([], children=[plain, as_html], boundary=self.boundary(), kind="alternative")

    def file(self, name, data, format, declared, inline=False, cid=None, decoration=False, members=None):
        shape = self.shape
        head = [f"Content-Type: {declared};\r\n\t{file_parameter(shape['name'], 'name', name)}"]
        size = f";\r\n\tsize={len(data)}; creation-date=\"Mon, 02 Nov 2026 09:00:00 GMT\"" if shape.get("sized") else ""
        disposition = "inline" if inline else "attachment"
        head += [f"Content-Description: {name}"] if shape.get("sized") and name.isascii() else []
        head += [f"Content-Disposition: {disposition};\r\n\t{file_parameter(shape['name'], 'filename', name)}{size}"]
        head += [f"Content-ID: <{cid}>"] if cid else []
        head += [f"X-Attachment-Id: f_m{self.number}"] if shape.get("xid") else []
        head += ["Content-Transfer-Encoding: base64"]
        own = None if members is not None else leaf(name, format, decoration)
        return Part(head, in_lines(data), leaf=own, members=members or ())

    def mixed(self, *children):
        return Part([], children=list(children), boundary=self.boundary())

    def mail(self, subject, tree, extra=()):
        day, minute = 2 + self.number % 20, self.number % 60
        received = f"from out.{self.shape['domain']} (192.0.2.{self.number % 250 + 1}) by {SERVER} with ESMTPS id 5x{self.number}; "
        when = f"{day} Nov 2026 09:{minute:02}:07 +0000"
        self.arrived = f"2026-11-{day:02}T09:{minute:02}:07Z"
        self.subject = self.shape.get("subject", "") + subject
        written = self.subject if self.subject.isascii() else encoded_word(self.subject)
        name = self.who if self.who.isascii() else encoded_word(self.who)
        head = [f"Return-Path: <{self.address}>", f"Received: {received}{when}", f"From: {name} <{self.address}>",
                "To: Panel Duty <duty@panel.example>", f"Subject: {written}", f"Date: {when}",
                f"Message-ID: <{self.name}.{self.number}@{self.shape['domain']}>", *extra]
        for key, value in self.shape["agent"]:
            head.append(f"{key}: {value}".replace("{k}", str(self.number)))
        if not any(key.lower() == "mime-version" for key, _ in self.shape["agent"]):
            head.append("MIME-Version: 1.0")
        return "\r\n".join(head).encode() + b"\r\n" + tree.render()


def expected(program, tree, note, **more):
    found = {"leaves": [], "nested": [], "count": 0}
    tree.survey("", "", found)
    return {"authserv_id": None, "authentication": "not configured", "arrived_at": program.arrived, "sender": program.address,
            "subject": program.subject, "auto": "person", "list": False, "own": None, "new_text": "\n\n".join(note),
            "leaves": found["leaves"], "nested": found["nested"], "problems": [], "refused": {}, "mime_leaves": found["count"]} | more


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def referral(p):
    note = ["Please find attached the risk assessment for the next meeting."]
    return "Referral to panel", note, p.mixed(p.body(note), p.file("CE RAT.docx", docx("a"), "docx", WORD, inline=p.shape.get("inline", False)))


def named(p):
    note = ["The updated assessment is attached.", "The GP has changed since the last one."]
    return "Updated RAT – November", note, p.mixed(p.body(note), p.file("Zoë O’Neil – RAT.xlsx", xlsx("b"), "xlsx", EXCEL))


def reply(p):
    note = ["Yes, I can come to the meeting."]
    below = quotation(p.shape["quote"], "MACE", "mace@panel.example", "10:15", "Papers", ["This is urgent: immediate danger.", "Do not share."])
    tree = p.body(note, below)
    return "RE: Papers R-0042", note, tree


def forward(p):
    note = ["For the next meeting please, see below."]
    below = ["---------- Forwarded message ---------"] if p.shape["quote"] == "wrote" else []
    below += quotation("header", "Rhys Bevan", "rhys.bevan@surrey.example", "11:30", "Assessment", ["Form attached, he is missing now."])
    return "FW: Assessment", note, p.mixed(p.body(note, below), p.file("Assessment.pdf", PDF, "pdf", "application/pdf", inline=True))


def attached_mail(p):
    note = ["The school sent me the attached."]
    words = "Please see the form."
    inside = Part(["Content-Type: text/plain; charset=utf-8"], (words + "\r\n").encode())
    form = Part([f'Content-Type: {WORD}; name="screening tool.docx"', "Content-Transfer-Encoding: base64"], in_lines(docx("c")), leaf=leaf("screening tool.docx", "docx"))
    tree = Part([], children=[inside, form], boundary=f"inner-{p.number}")
    whole = (b"From: Head <head@school.example>\r\nTo: worker@surrey.example\r\nDate: Sun, 1 Nov 2026 08:00:00 +0000\r\n"
             b"Subject: Concern\r\nMIME-Version: 1.0\r\n" + tree.render())
    if p.shape["mail_as"] == "rfc822":
        part = Part(['Content-Type: message/rfc822; name="Concern.eml"', 'Content-Disposition: attachment; filename="Concern.eml"'],
                    inside=(whole, "Concern", words, tree, True))
    elif p.shape["mail_as"] == "eml":
        part = Part(['Content-Type: application/octet-stream; name="Concern.eml"', 'Content-Disposition: attachment; filename="Concern.eml"',
                     "Content-Transfer-Encoding: base64"], inside=(in_lines(whole), "Concern", words, tree, False))
    else:
        saved = msg("Concern", "head@school.example", "Head", words, [("screening tool.docx", docx("c"))])
        members = [{"path": "1"} | leaf("screening tool.docx", "docx")]
        part = p.file("Concern.msg", saved, "msg", "application/vnd.ms-outlook", members=members)
        part.members = []
        part.nested_msg = True
        part.leaf = None
        part.members = members
        return "FW: Concern", note, p.mixed(p.body(note), NestedFile(part, "Concern", words))
    return "FW: Concern", note, p.mixed(p.body(note), part)


class NestedFile(Part):
    """A message in a file that is no MIME: one leaf part, a nested message, and its members."""

    def __init__(self, part, subject, text):
        super().__init__(part.head, part.data, members=part.members)
        self.subject, self.text = subject, text

    def survey(self, number, prefix, found):
        super().survey(number, prefix, found)
        found["nested"].append({"path": prefix + (number or "1"), "subject": self.subject, "text": self.text})


def picture(p):
    note = ["Assessment attached, signed by my manager."]
    body = p.body(note, logo="logo001@01DC" if p.shape["html"] else None)
    logo = p.file("image001.png", PNG + b"\0" * 300, "image", "image/png", inline=True, cid="logo001@01DC", decoration=True)
    body = Part([], children=[body, logo], boundary=p.boundary(), kind="related")
    return "Signed assessment", note, p.mixed(body, p.file("signed.pdf", PDF, "pdf", "application/octet-stream"))


def papers(p):
    note = ["All the papers for both children."]
    packed = archive([("papers/RAT one.docx", docx("d")), ("papers/RAT two.xlsx", xlsx("e"))])
    members = [{"path": "1"} | leaf("RAT one.docx", "docx"), {"path": "2"} | leaf("RAT two.xlsx", "xlsx")]
    return "Papers", note, p.mixed(p.body(note), p.file("papers.zip", packed, "zip", "application/x-zip-compressed", members=members),
                                   p.file("rhi.pdf", PDF, "pdf", "application/pdf", inline=True))


SCENES = {"referral": referral, "accented-name": named, "reply": reply, "forward": forward, "attached-mail": attached_mail,
          "logo": picture, "zip-and-inline": papers}


def special():
    """Mails whose shape is their point: name, program, subject, note, tree, and what differs from the usual."""
    n = 200

    def program(name):
        nonlocal n
        n += 1
        return Program(name, n)

    def with_file(name, data, format, declared, shape="outlook", note=None, members=None, subject="Papers"):
        p = program(shape)
        note = ["See attached."] if note is None else note
        return p, subject, note, p.mixed(p.body(note), p.file(name, data, format, declared, members=members))

    one = lambda path, name, format: {"path": path} | leaf(name, format)
    tnef = "application/ms-tnef"
    rich = (b"{\\rtf1\\ansi\\ansicpg1252\\fromtext {\\fonttbl{\\f0\\fswiss Arial;}}\r\n\\uc1\\f0\\fs20 Hi Jo,\\par\r\n"
            b"He\\'92s moved to Leeds since this was written.\\par\r\nKind regards\\par\r\nTom Reed\\par\r\n}")
    wrapped = (b"{\\rtf1\\ansi\\ansicpg1252\\fromhtml1 {\\fonttbl{\\f0 Arial;}}{\\*\\htmltag64 <html><body>}{\\*\\htmltag64 <p>}\\htmlrtf {\\htmlrtf0 "
               b"Form attached & ready, Zo\\'eb.\\htmlrtf\\par}\\htmlrtf0{\\*\\htmltag72 </p>}{\\*\\htmltag58 </body></html>}}")
    yield ("winmail-form-and-body", *with_file("winmail.dat", winmail("x", [("RAT.docx", docx("f"))]), "tnef", tnef, members=[one("1", "RAT.docx", "docx")]), {})
    yield ("winmail-long-accented-name", *with_file("winmail.dat", winmail(None, [("Zoë O’Neil risk assessment.docx", docx("g")), ("map.png", PNG + b"\0" * 12_000)]),
        "tnef", "application/octet-stream", members=[one("1", "Zoë O’Neil risk assessment.docx", "docx"), one("2", "map.png", "image")]), {})
    p = program("outlook")
    tree = p.file("winmail.dat", winmail(None, [("RAT.xlsx", xlsx("h"))], rich=pack_rich(rich)), "tnef", tnef, members=[one("1", "RAT.xlsx", "xlsx")])
    yield "winmail-only-packed-rich-text", p, "RAT", ["He’s moved to Leeds since this was written."], tree, {}
    p = program("outlook")
    tree = p.file("winmail.dat", winmail(None, [], rich=pack_rich(wrapped)), "tnef", tnef, members=[])
    yield "winmail-html-in-rich-text", p, "RAT", ["Form attached & ready, Zoë."], tree, {}
    p = program("outlook")
    tree = p.file("winmail.dat", winmail(None, [("RAT.xlsx", xlsx("i"))], html="<p>The RAT is attached.</p>"), "tnef", tnef, members=[one("1", "RAT.xlsx", "xlsx")])
    yield "winmail-html-body", p, "RAT", ["The RAT is attached."], tree, {}
    inside = winmail("Inner words", [("old RAT.docx", docx("j"))])
    part = program("outlook")
    held = part.file("winmail.dat", winmail("x", [("Concern", inside, True)]), "tnef", tnef,
                     members=[{"path": "1", "subject": "", "text": "Inner words"}, one("1/1", "old RAT.docx", "docx")])
    yield "winmail-with-a-message-in-it", part, "FW", ["See attached."], part.mixed(part.body(["See attached."]), held), {}
    whole = winmail("x", [("RAT.docx", docx("k")), ("second.docx", docx("l"))])
    cut = [{"path": "2/1"} | leaf("RAT.docx", "docx"), {"path": "2/2"} | leaf("second.d", "empty"), {"path": "2"} | leaf("winmail.dat", "tnef")]
    p, subject, note, tree = with_file("winmail.dat", whole[:whole.index(docx("l")) + 50], "tnef", tnef)
    yield "winmail-cut-short", p, subject, note, tree, {"leaves": cut, "refused": {"2": "unreadable"}}
    p, subject, note, tree = with_file("winmail.dat", b"\x78\x9f\x3e\x22\x01\x00" + b"\xff" * 40, "tnef", tnef)
    yield "winmail-broken", p, subject, note, tree, {"refused": {"2": "unreadable"}}
    p = program("outlook")
    tree = p.file("winmail.dat", winmail(None, [], kind="IPM.Microsoft Schedule.MtgRespP"), "tnef", tnef, members=[])
    yield "winmail-meeting-accepted", p, "Accepted: MACE", [], tree, {"auto": "calendar_reply"}

    deep = msg("Outer", "jo@surrey.example", "Jo", "outer words", [("Middle", inner("Middle", "al@surrey.example", "Al", "middle words",
        [("RAT.docx", docx("m")), ("Inmost", inner("Inmost", None, "Cy", "inmost words", [("rhi.pdf", PDF)]))]))])
    p = program("outlook")
    members = [one("1/1", "RAT.docx", "docx"), one("1/2/1", "rhi.pdf", "pdf"), {"path": "1/2", "subject": "Inmost", "text": "inmost words"},
               {"path": "1", "subject": "Middle", "text": "middle words"}]
    yield "msg-three-deep", p, "FW", ["See attached."], p.mixed(p.body(["See attached."]), NestedFile(p.file("Outer.msg", deep, "msg", "application/octet-stream", members=members), "Outer", "outer words")), {}

    def saved(name, data, members, subject, text, **more):
        p = program("outlook-web")
        tree = p.mixed(p.body(["See attached."]), NestedFile(p.file("saved.msg", data, "msg", "application/vnd.ms-outlook", members=members), subject, text))
        return name, p, "FW", ["See attached."], tree, more

    yield saved("msg-rich-text-body", msg("Rich", "jo@surrey.example", "Jo", None, [("RAT.docx", docx("n"))], rich=pack_rich(rich)), [one("1", "RAT.docx", "docx")],
                "Rich", "Hi Jo,\nHe’s moved to Leeds since this was written.\nKind regards\nTom Reed")
    yield saved("msg-eight-bit-strings", msg("Zoë", "jo@surrey.example", "Jo", "She’s 14.", [("Zoë RAT.doc.docx", docx("o"))], ansi=True), [one("1", "Zoë RAT.doc.docx", "docx")], "Zoë", "She’s 14.")
    yield saved("msg-html-and-logo", msg("Html", "jo@surrey.example", "Jo", None, [{(0x3705, 3): 1, (0x3707, 0x1F): "logo.png", (0x3712, 0x1F): "l1", (0x3701, 0x102): PNG + b"\0" * 12_000},
        ("RAT.docx", docx("p"))], html="<p>Words <img src='cid:l1'></p>"), [{"path": "1"} | leaf("logo.png", "image", True), one("2", "RAT.docx", "docx")], "Html", "Words")
    header = "Received: from a by b\r\nFrom: Jo Bloggs <jo@surrey.example>\r\nSubject: On the wire\r\nMessage-ID: <w1@surrey.example>\r\nDate: Mon, 2 Nov 2026 08:00:00 +0000\r\n"
    yield saved("msg-with-its-header", msg("In Outlook", "jo@surrey.example", "Jo", "Words.", [], header=header), [], "On the wire", "Words.")
    yield saved("msg-with-a-link-for-a-file", msg("Link", "jo@surrey.example", "Jo", "Words.", [("link", "RAT.docx")]), [one("1", "RAT.docx", "empty")], "Link", "Words.", refused={"2/1": "unreadable"})
    yield saved("msg-that-claims-more", msg("Two", "jo@surrey.example", "Jo", "Words.", [("RAT.docx", docx("q"))], claim=2), [one("1", "RAT.docx", "docx")], "Two", "Words.", problems=["count_mismatch"])
    yield saved("msg-large-attachment", msg("Large", "jo@surrey.example", "Jo", "Words.", [("scan.pdf", PDF + b"%" * 9_000)]), [one("1", "scan.pdf", "pdf")], "Large", "Words.")
    p, subject, note, tree = with_file("saved.msg", msg("S", "jo@surrey.example", "J", "W")[:-600], "msg", "application/vnd.ms-outlook")
    yield "msg-cut-short", p, subject, note, tree, {"refused": {"2": "unreadable"}}

    zipped = "application/zip"
    yield ("zip-in-zip", *with_file("a.zip", archive([("b.zip", archive([("RAT.docx", docx("r"))])), ("x.pdf", PDF)]), "zip", zipped, "gmail",
        members=[one("1/1", "RAT.docx", "docx"), one("2", "x.pdf", "pdf")]), {})
    three = archive([("c.zip", archive([("b.zip", archive([("RAT.docx", docx("s"))]))]))])
    yield ("zip-three-deep", *with_file("a.zip", three, "zip", zipped, "gmail", members=[one("1/1", "b.zip", "zip")]), {"refused": {"2/1/1": "limit_exceeded"}})
    yield ("zip-leads-out", *with_file("a.zip", archive([("../RAT.docx", docx("t"))]), "zip", zipped, "gmail"), {"refused": {"2": "unreadable"}})
    yield ("zip-absolute", *with_file("a.zip", archive([("/RAT.docx", docx("u"))]), "zip", zipped, "gmail"), {"refused": {"2": "unreadable"}})
    yield ("zip-from-a-macintosh", *with_file("a.zip", archive([("RAT.docx", docx("v")), ("__MACOSX/._RAT.docx", b"\0\5\x16\7"), (".DS_Store", b"x")]), "zip", zipped, "apple-mail",
        members=[one("1", "RAT.docx", "docx")]), {})
    yield ("zip-bomb", *with_file("a.zip", archive([("RAT.docx", b"\0" * 400_000)]), "zip", zipped, "gmail"), {"refused": {"2": "limit_exceeded"}})
    locked = bytearray(archive([("RAT.docx", docx("w"))]))
    locked[6] |= 1
    locked[locked.index(b"PK\1\2") + 8] |= 1
    yield ("zip-with-a-password", *with_file("a.zip", bytes(locked), "zip", zipped, "egress"), {"refused": {"2": "encrypted"}})
    mail = b"From: Al <al@surrey.example>\r\nSubject: Packed\r\nDate: Mon, 2 Nov 2026 08:00:00 +0000\r\n\r\nPacked words\r\n"
    yield ("zip-with-a-mail-in-it", *with_file("a.zip", archive([("mail.eml", mail), ("old.msg", msg("Old", "jo@surrey.example", "Jo", "Old words", [("RAT.docx", docx("x"))]))]), "zip", zipped, "mimecast",
        members=[{"path": "1", "subject": "Packed", "text": "Packed words"}, one("2/1", "RAT.docx", "docx"), {"path": "2", "subject": "Old", "text": "Old words"}]), {})

    p = program("apple-mail")
    tree = p.mixed(p.body(["First part."]), p.file("RAT.docx", docx("y"), "docx", WORD),
                   Part(['Content-Type: text/plain; charset="us-ascii"; name="ATT00001.txt"', 'Content-Disposition: attachment; filename="ATT00001.txt"'], b"He has moved to Leeds.\r\n"))
    yield "exchange-splits-the-body", p, "RAT", ["First part.", "Kind regards\nRhys Bevan\nSocial Worker\n\nHe has moved to Leeds."], tree, {"new_text": None}
    p = program("cjsm")
    signed = Part(["Content-Type: application/pkcs7-signature; name=smime.p7s", "Content-Transfer-Encoding: base64", "Content-Disposition: attachment; filename=smime.p7s"],
                  in_lines(bytes.fromhex("30820a0006092a864886f70d010702a08209f13082") + b"\1" * 900), leaf=leaf("smime.p7s", "unknown", True))
    tree = p.mixed(p.body(["Signed form attached."]), p.file("RAT.docx", docx("z"), "docx", WORD))
    yield "signed-smime", p, "RAT", ["Signed form attached."], Part([], children=[tree, signed], boundary=p.boundary(), kind="signed"), {}
    p = program("outlook")
    card = Part(['Content-Type: text/x-vcard; name="Tom.vcf"', 'Content-Disposition: attachment; filename="Tom.vcf"'], b"BEGIN:VCARD\r\nFN:Tom\r\nEND:VCARD\r\n", leaf=leaf("Tom.vcf", "text", True))
    yield "outlook-business-card", p, "RAT", ["Form attached."], p.mixed(p.body(["Form attached."]), p.file("RAT.docx", docx("aa"), "docx", WORD), card), {}
    p = program("iphone")
    photo = p.file("IMG_0042.jpeg", JPEG + b"\0" * 103_000, "image", "image/jpeg", inline=True)
    yield "iphone-photograph-of-a-form", p, "RAT", ["Photo of the form."], p.mixed(p.body(["Photo of the form."]), photo), {}


def plan():
    """Every mail: name, bytes, what is to be read."""
    number = 0
    for scene, make in SCENES.items():
        for name in SHAPES:
            number += 1
            p = Program(name, number)
            subject, note, tree = make(p)
            extra = ["In-Reply-To: <S-000001@panel.example>", "References: <S-000001@panel.example>"] if scene == "reply" else []
            raw = p.mail(subject, tree, extra)
            yield f"{name}-{scene}", raw, expected(p, tree, note)
    for name, p, subject, note, tree, more in special():
        raw = p.mail(subject, tree)
        want = expected(p, tree, note) | more
        yield name, raw, {key: value for key, value in want.items() if value is not None or key in ("own", "authserv_id")}


def main():
    wrong = []
    for name, raw, want in plan():
        for path, data in ((HERE / f"{name}.eml", raw), (HERE / f"{name}.json", (json.dumps(want, indent=2, ensure_ascii=False) + "\n").encode())):
            if "--check" not in sys.argv:
                path.write_bytes(data)
            elif not path.exists() or path.read_bytes() != data:
                wrong.append(path.name)
    if wrong:
        sys.exit("not as the generator writes them: " + ", ".join(wrong))


main()
