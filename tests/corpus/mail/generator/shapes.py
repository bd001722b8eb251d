"""How mail programs and gateways shape a message: header order, boundaries, encodings, signatures, quotations, names of
files. Each shape is a table; nothing here knows what a message says."""

import base64
import quopri
import urllib.parse

SHAPES = {
    "outlook": dict(domain="surrey.example", agent=[("Thread-Index", "AdxQ9lkc2b1Yk5hPQ0mY7l1c5tq7Sw=="), ("Accept-Language", "en-GB, en-US"),
        ("Content-Language", "en-GB"), ("X-MS-Has-Attach", "yes"), ("X-MS-TNEF-Correlator", "")], boundary="_00{n}_LO2P265MB{k}surrey_",
        text="quoted-printable", charset="us-ascii", html="mso", name="2231", quote="header", mail_as="msg", sized=True),
    "outlook-web": dict(domain="st-helens.example", agent=[("Accept-Language", "en-GB"), ("X-MS-Has-Attach", ""), ("msip_labels", "")],
        boundary="_000_CWLP265MB{k}{n}_", text="quoted-printable", charset="Windows-1252", html="owa", name="2047", quote="rule",
        mail_as="eml", sized=True),
    "outlook-mac": dict(domain="barnet.example", agent=[("User-Agent", "Microsoft-MacOutlook/16.89.24090815"), ("Mime-version", "1.0")],
        boundary="B_3811155{n}{k}", text="quoted-printable", charset="UTF-8", html="mso", name="2047", quote="bold", mail_as="rfc822"),
    "outlook-ios": dict(domain="surrey.example", agent=[("X-MS-Has-Attach", "yes")], boundary="_00{n}_DB9PR0{k}_", text="base64",
        charset="utf-8", html="owa", name="2231", quote="rule", mail_as="eml", footer="Get Outlook for iOS<https://aka.ms/o0ukef>"),
    "gmail": dict(domain="catch22.example", agent=[], boundary="000000000000{k}{n}06", text=None, charset="UTF-8", html="plain",
        name="2047", quote="wrote", mail_as="rfc822", xid=True),
    "gmail-android": dict(domain="wise.example", agent=[], boundary="0000000000{k}b{n}62", text="quoted-printable", charset="UTF-8",
        html="plain", name="raw", quote="wrote", mail_as="eml", xid=True),
    "apple-mail": dict(domain="police.example", agent=[("Mime-Version", "1.0 (Mac OS X Mail 16.0 \\(3826.200.121\\))"),
        ("X-Mailer", "Apple Mail (2.3826.200.121)")], boundary="Apple-Mail=_5F{k}-{n}", text="quoted-printable", charset="utf-8",
        html=None, name="2231", quote="wrote", mail_as="rfc822", inline=True),
    "iphone": dict(domain="surrey.example", agent=[("Mime-Version", "1.0 (1.0)"), ("X-Mailer", "iPhone Mail (22B91)")],
        boundary="Apple-Mail-{k}-{n}", text="7bit", charset="us-ascii", html=None, name="2231", quote="wrote", mail_as="rfc822",
        footer="Sent from my iPhone", inline=True),
    "thunderbird": dict(domain="st-giles.example", agent=[("User-Agent", "Mozilla Thunderbird"), ("Content-Language", "en-GB")],
        boundary="------------{k}Yx{n}", text="8bit", charset="UTF-8; format=flowed", html=None, name="2231-parts", quote="wrote",
        mail_as="rfc822"),
    "nhsmail": dict(domain="nhs.example", agent=[("x-ms-exchange-messagesentrepresentingtype", "1"), ("X-MS-Has-Attach", "yes")],
        boundary="_00{n}_LNXP265MB{k}nhs_", text="quoted-printable", charset="us-ascii", html="mso", name="2231", quote="header",
        mail_as="msg", subject="[secure] ",
        disclaimer="This message may contain confidential information. If you are not the intended recipient please inform the\nsender that you have received the message in error before deleting it."),
    "egress": dict(domain="health-trust.example", agent=[("X-Egress-Switch", "2.1; protected=true"), ("X-EgressSwitch-Id", "c0ffee")],
        boundary="egress-{k}-{n}", text="base64", charset="utf-8", html="plain", name="2047", quote="header", mail_as="rfc822",
        disclaimer="This message was sent securely using Egress."),
    "mimecast": dict(domain="barnet.example", agent=[("X-Mimecast-Spam-Score", "0"), ("X-MC-Unique", "k3Jh-{k}"), ("X-Mimecast-Originator", "barnet.example")],
        boundary="----=_Part_{k}_{n}.1729", text="base64", charset="WINDOWS-1252", html="plain", name="2231", quote="header", mail_as="rfc822",
        banner="CAUTION: This email originated from outside of the organisation. Do not click links unless you recognise the sender."),
    "cjsm": dict(domain="police.example", agent=[("X-CJSM-Delivery", "secure"), ("X-Proofpoint-Virus-Version", "vendor=baseguard")],
        boundary="cjsm_{k}_{n}", text="quoted-printable", charset="iso-8859-1", html=None, name="2047", quote="header", mail_as="rfc822",
        disclaimer="The contents of this e-mail are OFFICIAL. If you are not the intended recipient, destroy it."),
    "notes": dict(domain="police.example", agent=[("X-Mailer", "HCL Notes Release 12.0.2 November 17, 2022"), ("X-MIMETrack", "Serialize by Router")],
        boundary="=_mixed 00{k}{n}802579F1_=", text="7bit", charset="US-ASCII", html="plain", name="2047", quote="header", mail_as="rfc822"),
}


def encoded_word(text):
    return "=?UTF-8?B?" + base64.b64encode(text.encode()).decode() + "?="


def file_parameter(how, key, name):
    """A file name as a header parameter, as programs write those that are not plain ASCII."""
    if name.isascii():
        return f'{key}="{name}"'
    escaped = urllib.parse.quote(name, safe="")
    if how == "2231":
        return f"{key}*=utf-8''{escaped}"
    if how == "2231-parts":
        pieces, at = [], 0
        while at < len(escaped):
            cut = min(len(escaped), at + 24)
            while escaped[cut - 2:cut].find("%") >= 0 and cut < len(escaped):
                cut -= 1
            pieces.append(escaped[at:cut])
            at = cut
        return ";\r\n ".join(f"{key}*{n}*={'utf-8' + chr(39) * 2 if n == 0 else ''}{piece}" for n, piece in enumerate(pieces))
    if how == "raw":
        return f'{key}="{name}"'
    return f'{key}="{encoded_word(name)}"'


def in_lines(data):
    text = base64.b64encode(data).decode()
    return "\r\n".join(text[i:i + 76] for i in range(0, len(text), 76)).encode()


def encode(text, charset, encoding):
    charset = charset.split(";")[0]
    data = text.replace("\n", "\r\n").encode(charset, "xmlcharrefreplace" if "<" in text else "replace")
    if encoding == "base64":
        return in_lines(data)
    if encoding == "quoted-printable":
        return quopri.encodestring(data).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return data


def html(kind, paragraphs, logo=None):
    """The HTML of these paragraphs as each program writes it."""
    escape = lambda text: text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("’", "&#8217;")
    if kind == "mso":
        body = "".join(f'<p class=3D"MsoNormal">{escape(p)}<o:p></o:p></p>\n'.replace("=3D", "=") for p in paragraphs)
        head = ('<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns="http://www.w3.org/TR/REC-html40"><head>'
                '<meta http-equiv="Content-Type" content="text/html; charset=us-ascii">'
                "<style><!-- p.MsoNormal {margin:0cm;font-size:11.0pt;} --></style></head>"
                '<body lang="EN-GB" link="#0563C1"><div class="WordSection1">\n')
        tail = "</div></body></html>"
    elif kind == "owa":
        body = "".join(f'<div class="elementToProof" style="font-family: Aptos, sans-serif;">{escape(p)}</div>\n<div><br></div>\n' for p in paragraphs)
        head, tail = '<html><head><meta http-equiv="Content-Type" content="text/html"></head><body dir="ltr">\n', "</body></html>"
    else:
        body = "".join(f"<div>{escape(p)}</div><div><br></div>\n" for p in paragraphs)
        head, tail = '<div dir="ltr">', "</div>"
    picture = f'<p><img width="120" height="40" src="cid:{logo}" alt="logo"></p>' if logo else ""
    return head + body + picture + tail


def quotation(kind, who, address, when, subject, lines):
    """The original below a reply or a forwarded mail, as text."""
    if kind == "wrote":
        return [f"On Mon, 2 Nov 2026 at {when}, {who} <{address}> wrote:", ""] + [f"> {line}" for line in lines]
    if kind == "rule":
        return ["________________________________", f"From: {who} <{address}>", f"Sent: 02 November 2026 {when}", "To: Duty", f"Subject: {subject}", ""] + lines
    if kind == "bold":
        return [f"From: {who} <{address}>", f"Date: Monday, 2 November 2026 at {when}", "To: Duty", f"Subject: {subject}", ""] + lines
    return [f"From: {who} <{address}>", f"Sent: 02 November 2026 {when}", "To: Duty", f"Subject: {subject}", ""] + lines
