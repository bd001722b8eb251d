"""Outlook message files (MS-OXMSG in MS-CFB), winmail.dat (MS-OXTNEF) with packed rich text (MS-OXRTFCP), and zip
archives, written by hand so that the samples share no code with the program's readers."""

import io
import struct
import zipfile

FREE, END, FAT_SECTOR = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def compound(tree):
    """An OLE compound file of this tree: names to bytes (streams) or dicts (storages). Small streams share the ministream."""
    entries = []

    def add(name, kind, data=b""):
        entries.append({"name": name, "kind": kind, "data": data, "left": FREE, "right": FREE, "child": FREE, "start": END})
        return len(entries) - 1

    def fill(parent, folder):
        made = []
        for name, value in folder.items():
            index = add(name, 1 if isinstance(value, dict) else 2, b"" if isinstance(value, dict) else value)
            made.append(index)
            if isinstance(value, dict):
                fill(index, value)
        # A balanced tree, in the order of the format: by length, then by upper-case name.
        made.sort(key=lambda i: (len(entries[i]["name"].encode("utf-16-le")), entries[i]["name"].upper()))

        def balance(part):
            if not part:
                return FREE
            middle = len(part) // 2
            entries[part[middle]]["left"] = balance(part[:middle])
            entries[part[middle]]["right"] = balance(part[middle + 1:])
            return part[middle]

        entries[parent]["child"] = balance(made)

    root = add("Root Entry", 5)
    fill(root, tree)
    sectors, fat = [], []

    def store(data):
        """Puts bytes into sectors of their own; gives the first."""
        if not data:
            return END
        first = len(sectors)
        pieces = [data[i:i + 512].ljust(512, b"\0") for i in range(0, len(data), 512)]
        for n, piece in enumerate(pieces):
            sectors.append(piece)
            fat.append(first + n + 1 if n + 1 < len(pieces) else END)
        return first

    mini, minifat = b"", []
    for entry in entries:
        if entry["kind"] != 2:
            continue
        if len(entry["data"]) >= 4096:
            entry["start"] = store(entry["data"])
        elif entry["data"]:
            first = len(minifat)
            count = -(-len(entry["data"]) // 64)
            minifat += [first + n + 1 if n + 1 < count else END for n in range(count)]
            mini += entry["data"].ljust(count * 64, b"\0")
            entry["start"] = first
    entries[root]["data"] = mini
    entries[root]["start"] = store(mini)
    minifat_bytes = b"".join(struct.pack("<I", n) for n in minifat)
    minifat_bytes += b"\xff" * (-len(minifat_bytes) % 512)
    minifat_start = store(minifat_bytes)
    directory = b""
    for entry in entries:
        name = entry["name"].encode("utf-16-le") + b"\0\0"
        directory += name.ljust(64, b"\0") + struct.pack("<HBB", len(name), entry["kind"], 1)
        directory += struct.pack("<III", entry["left"], entry["right"], entry["child"])
        directory += b"\0" * 16 + b"\0" * 4 + b"\0" * 16
        size = 0 if entry["kind"] == 1 else len(entry["data"])
        directory += struct.pack("<IQ", 0 if entry["kind"] == 1 else entry["start"], size)
    while len(directory) % 512:
        directory += b"\0" * 68 + struct.pack("<III", FREE, FREE, FREE) + b"\0" * 48
    directory_start = store(directory)
    count = 1
    while count * 128 < len(sectors) + count:
        count += 1
    fat_at = [len(sectors) + n for n in range(count)]
    fat += [FAT_SECTOR] * count
    table = b"".join(struct.pack("<I", n) for n in fat)
    table += b"\xff" * (count * 512 - len(table))
    sectors += [table[i:i + 512] for i in range(0, len(table), 512)]
    header = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 16
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack("<IIIIIIIII", 0, count, directory_start, 0, 4096, minifat_start, len(minifat_bytes) // 512, END, 0)
    header += b"".join(struct.pack("<I", n) for n in (fat_at + [FREE] * 109)[:109])
    return header + b"".join(sectors)


def utf16(text):
    return text.encode("utf-16-le")


def storage(properties, head):
    """A storage of MAPI properties: {(id, type): value}."""
    tree, rows = {}, b""
    for (id, kind), value in properties.items():
        if kind in (0x0003, 0x000B):
            rows += struct.pack("<HHIII", kind, id, 6, value, 0)
            continue
        data = utf16(value) if kind == 0x001F else value.encode("cp1252") if kind == 0x001E else value
        tree[f"__substg1.0_{id:04X}{kind:04X}"] = data
        extra = 2 if kind == 0x001F else 1 if kind == 0x001E else 0
        rows += struct.pack("<HHIII", kind, id, 6, len(data) + extra, 0)
    tree["__properties_version1.0"] = head + rows
    return tree


def message_storage(subject, sender, name, text, attachments, top, header=None, html=None, rich=None, ansi=False, claim=None,
                    kind="IPM.Note"):
    """`attachments`: (file name, bytes) or (name, a message_storage tree) or ("link", name) or a dict of properties."""
    string = 0x001E if ansi else 0x001F
    properties = {(0x001A, string): kind, (0x0037, string): subject, (0x0C1A, string): name, (0x3FDE, 3): 65001}
    if ansi:
        properties[(0x3FFD, 3)] = 1252
    if sender:
        properties[(0x0C1F, string)] = "/O=EXCHANGE/OU=COUNCIL/CN=RECIPIENTS/CN=USER7" if header is None else sender
        properties[(0x5D01, string)] = sender
    if text is not None:
        properties[(0x1000, string)] = text
    if html is not None:
        properties[(0x1013, 0x0102)] = html.encode("utf-8")
    if rich is not None:
        properties[(0x1009, 0x0102)] = rich
    if header is not None:
        properties[(0x007D, string)] = header
    count = len(attachments) if claim is None else claim
    head = struct.pack("<IIIIII", 0, 0, 0, count, 0, count)
    head = b"\0" * 8 + struct.pack("<IIII", 0, count, 0, count) + (b"\0" * 8 if top else b"")
    tree = storage(properties, head)
    for n, attachment in enumerate(attachments):
        tree[f"__attach_version1.0_#{n:08X}"] = attachment_storage(attachment, string)
    if top:
        tree["__nameid_version1.0"] = {"__substg1.0_00020102": b"", "__substg1.0_00030102": b"", "__substg1.0_00040102": b""}
    return tree


def attachment_storage(attachment, string):
    if isinstance(attachment, dict):
        return storage(attachment, b"\0" * 8)
    name, content = attachment
    if name == "link":
        properties = {(0x3705, 3): 7, (0x3707, string): content, (0x370D, string): "https://files.example/" + content}
        return storage(properties, b"\0" * 8)
    if isinstance(content, dict):
        tree = storage({(0x3705, 3): 5, (0x3001, string): name}, b"\0" * 8)
        tree["__substg1.0_3701000D"] = content
        tree["__properties_version1.0"] += struct.pack("<HHIII", 0x000D, 0x3701, 6, 0xFFFFFFFF, 1)
        return tree
    stem, dot, ending = name.rpartition(".")
    short = (stem[:6].upper().encode("ascii", "replace").decode().replace("?", "_") + "~1." + ending[:3].upper()) if dot else name
    return storage({(0x3705, 3): 1, (0x3704, string): short, (0x3707, string): name, (0x3703, string): "." + ending,
                    (0x3701, 0x0102): content}, b"\0" * 8)


def msg(subject, sender, name, text, attachments=(), **more):
    """A saved Outlook message."""
    return compound(message_storage(subject, sender, name, text, list(attachments), True, **more))


def inner(subject, sender, name, text, attachments=(), **more):
    """A message inside a saved one."""
    return message_storage(subject, sender, name, text, list(attachments), False, **more)


# ---- winmail.dat ----

def attribute(level, id, data):
    return struct.pack("<BII", level, id, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def padded(data):
    return data + b"\0" * (-len(data) % 4)


def table(properties):
    out = struct.pack("<I", len(properties))
    for (id, kind), value in properties.items():
        out += struct.pack("<HH", kind, id)
        if id >= 0x8000:
            out += b"\x86\x03\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46" + struct.pack("<II", 1, 10) + padded(utf16("Note\0"))
        if kind in (0x0003, 0x000B):
            out += struct.pack("<I", value)
        elif kind == 0x0040:
            out += struct.pack("<Q", value)
        else:
            data = utf16(value + "\0") if kind == 0x001F else value.encode("cp1252") + b"\0" if kind == 0x001E else value
            out += struct.pack("<II", 1, len(data)) + padded(data)
    return out


def winmail(text=None, attachments=(), rich=None, html=None, kind="IPM.Microsoft Mail.Note", cut=None):
    """`attachments`: (file name, bytes), or (name, a winmail bytes to be embedded as a message, True)."""
    out = struct.pack("<IH", 0x223E9F78, 7)
    out += attribute(1, 0x00089006, struct.pack("<I", 0x00010000))
    out += attribute(1, 0x00069007, struct.pack("<II", 1252, 0))
    out += attribute(1, 0x00078008, kind.encode() + b"\0")
    if text is not None:
        out += attribute(1, 0x0002800C, text.encode("cp1252") + b"\0")
    properties = {(0x0E06, 0x0040): 0x01DC000000000000, (0x8001, 0x001F): "named", (0x3FDE, 3): 65001}
    if rich is not None:
        properties[(0x1009, 0x0102)] = rich
    if html is not None:
        properties[(0x1013, 0x0102)] = html.encode("utf-8")
    out += attribute(1, 0x00069003, table(properties))
    for item in attachments:
        name, content = item[0], item[1]
        out += attribute(2, 0x00069002, struct.pack("<HIHHI", 1, 0xFFFFFFFF, 0, 0, 0))
        if len(item) > 2:
            data = bytes.fromhex("0703020000000000c000000000000046") + content
            out += attribute(2, 0x00069005, table({(0x3705, 3): 5, (0x3001, 0x001F): name, (0x3701, 0x000D): data}))
            continue
        short = name[:8].encode("ascii", "replace") + b"\0"
        out += attribute(2, 0x00018010, short)
        out += attribute(2, 0x0006800F, content)
        out += attribute(2, 0x00069005, table({(0x3705, 3): 1, (0x3707, 0x001F): name, (0x370E, 0x001E): "application/octet-stream"}))
    return out[:cut] if cut else out


DICTIONARY = (b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
              b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n"
              b"\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx")


def pack_rich(rich):
    """Compressed RTF, with back references into the dictionary and into what was written."""
    window = bytearray(4096)
    window[:len(DICTIONARY)] = DICTIONARY
    write, filled, at, tokens = len(DICTIONARY), len(DICTIONARY), 0, []
    while at < len(rich):
        best, where = 0, 0
        for offset in range(min(filled, 4096)):
            length = 0
            while (length < 17 and at + length < len(rich) and offset + length < min(filled, 4096)
                   and window[offset + length] == rich[at + length]):
                length += 1
            if length > best and offset != write:
                best, where = length, offset
        step = best if best >= 2 else 1
        tokens.append((where, best) if best >= 2 else rich[at])
        for byte in rich[at:at + step]:
            window[write] = byte
            write = (write + 1) % 4096
            filled = min(4096, filled + 1)
        at += step
    tokens.append((write, 2))
    body = b""
    for first in range(0, len(tokens), 8):
        control, bytes_ = 0, b""
        for bit, token in enumerate(tokens[first:first + 8]):
            if isinstance(token, tuple):
                control |= 1 << bit
                bytes_ += struct.pack(">H", token[0] << 4 | token[1] - 2)
            else:
                bytes_ += bytes([token])
        body += bytes([control]) + bytes_
    return struct.pack("<II", len(body) + 12, len(rich)) + b"LZFu" + struct.pack("<I", crc(body)) + body


def crc(data):
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xEDB88320 if value & 1 else 0)
    return value


def archive(entries, date=(2026, 11, 2, 9, 0, 0)):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in entries:
            made.writestr(zipfile.ZipInfo(name, date), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def docx(text):
    """The least that is a Word document."""
    types = ('<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
             '<Default Extension="xml" ContentType="application/xml"/></Types>')
    body = ('<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
            f"<w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>")
    return archive([("[Content_Types].xml", types), ("word/document.xml", body)])


def xlsx(text):
    types = ('<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
             '<Default Extension="xml" ContentType="application/xml"/></Types>')
    return archive([("[Content_Types].xml", types), ("xl/workbook.xml", f"<workbook><!-- {text} --></workbook>")])


PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c636060606000000005"
                    "0001a5f645400000000049454e44ae426082")
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000")
