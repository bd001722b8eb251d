"""What the generators of this folder write documents with: workbooks, Word documents, their boxes and controls, and the
expected reading beside each."""
import datetime
import io
import json
import pathlib
import re
import zipfile

import docx
import openpyxl
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

HERE = pathlib.Path(__file__).resolve().parent
D = datetime.date
STAMP = datetime.datetime(2026, 11, 2, 9, 0, 0)
W14 = 'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
made = []


def still(data):
    """The same zip with fixed dates, so that two runs give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as src, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as dst:
        for item in src.infolist():
            if item.filename == "docProps/thumbnail.jpeg":
                continue
            body = src.read(item.filename)
            if item.filename == "docProps/core.xml":
                body = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2026-11-02T09:00:00Z", body)
            if item.filename in ("word/styles.xml", "word/stylesWithEffects.xml"):
                body = b'<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"/>'
            if item.filename == "_rels/.rels":
                body = re.sub(rb'<Relationship [^>]*thumbnail[^>]*/>', b"", body)
            info = zipfile.ZipInfo(item.filename, (2026, 11, 2, 9, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            dst.writestr(info, body)
    return out.getvalue()


def save(name, doc, *readings):
    """readings: dicts of form, fields (id -> value, or [value, at]), findings (set of "code" or "code:field")."""
    if isinstance(doc, openpyxl.Workbook):
        doc.properties.created = doc.properties.modified = STAMP
    else:
        doc.core_properties.created = doc.core_properties.modified = STAMP
    out = io.BytesIO()
    doc.save(out)
    (HERE / name).write_bytes(still(out.getvalue()))
    (HERE / (name + ".json")).write_text(json.dumps(list(readings), indent=1, ensure_ascii=False) + "\n")
    made.append(name)


def reading(form, findings=(), **fields):
    return {"form": form, "fields": fields, "findings": sorted(findings)}


def book(rows, title="Sheet1"):
    wb = openpyxl.Workbook()
    fill(wb.active, rows, title)
    return wb


def fill(ws, rows, title):
    ws.title = title
    for r, row in enumerate(rows, 1):
        for c, value in enumerate(row, 1):
            if value is not None:
                cell = ws.cell(r, c, value)
                if isinstance(value, D):
                    cell.number_format = "dd/mm/yyyy"
    return ws


def table(doc, rows):
    width = max(len(r) for r in rows)
    t = doc.add_table(rows=len(rows), cols=width)
    t.style = "Table Grid"
    lines = "".join(f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>' for side in ("top", "left", "bottom", "right", "insideH", "insideV"))
    t._tbl.tblPr.append(parse_xml(f'<w:tblBorders {nsdecls("w")}>{lines}</w:tblBorders>'))
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            put(t.cell(r, c), text)
    return t


def put(cell, text):
    if callable(text):
        text(cell.paragraphs[0])
    elif text is not None:
        lines = text.split("\n")
        cell.paragraphs[0].add_run(lines[0])
        for line in lines[1:]:
            cell.add_paragraph(line)


def sdt_text(text, placeholder=False):
    def add(p):
        show = "<w:showingPlcHdr/>" if placeholder else ""
        p._p.append(parse_xml(f'<w:sdt {nsdecls("w")}><w:sdtPr>{show}<w:text/></w:sdtPr><w:sdtContent><w:r><w:t>{text}</w:t></w:r></w:sdtContent></w:sdt>'))
    return add


def sdt_date(text, full):
    def add(p):
        p._p.append(parse_xml(f'<w:sdt {nsdecls("w")}><w:sdtPr><w:date w:fullDate="{full}T00:00:00Z"><w:dateFormat w:val="dd/MM/yyyy"/></w:date></w:sdtPr><w:sdtContent><w:r><w:t>{text}</w:t></w:r></w:sdtContent></w:sdt>'))
    return add


def sdt_list(text, placeholder=False):
    def add(p):
        show = "<w:showingPlcHdr/>" if placeholder else ""
        items = "".join(f'<w:listItem w:displayText="{v}" w:value="{v}"/>' for v in ("Minimal", "Emerging", "Significant", "Experiencing"))
        p._p.append(parse_xml(f'<w:sdt {nsdecls("w")}><w:sdtPr>{show}<w:dropDownList>{items}</w:dropDownList></w:sdtPr><w:sdtContent><w:r><w:t>{text}</w:t></w:r></w:sdtContent></w:sdt>'))
    return add


def box(p, on, text):
    p._p.append(parse_xml(f'<w:sdt {nsdecls("w")} {W14}><w:sdtPr><w14:checkbox><w14:checked w14:val="{int(on)}"/></w14:checkbox></w:sdtPr><w:sdtContent><w:r><w:t>{"☒" if on else "☐"}</w:t></w:r></w:sdtContent></w:sdt>'))
    p.add_run(text)


def boxes(*pairs, after=False):
    def add(p):
        for on, text in pairs:
            if after:
                p.add_run(text + " ")
                box(p, on, "  ")
            else:
                box(p, on, " " + text + "  ")
    return add


def legacy(p, checked=None, default=0):
    mark = "" if checked is None else f'<w:checked w:val="{checked}"/>'
    for xml in (
        f'<w:r {nsdecls("w")}><w:fldChar w:fldCharType="begin"><w:ffData><w:name w:val="Check1"/><w:enabled/><w:checkBox><w:sizeAuto/><w:default w:val="{default}"/>{mark}</w:checkBox></w:ffData></w:fldChar></w:r>',
        f'<w:r {nsdecls("w")}><w:instrText xml:space="preserve"> FORMCHECKBOX </w:instrText></w:r>',
        f'<w:r {nsdecls("w")}><w:fldChar w:fldCharType="separate"/></w:r>',
        f'<w:r {nsdecls("w")}><w:fldChar w:fldCharType="end"/></w:r>',
    ):
        p._p.append(parse_xml(xml))


def legacy_text(text, default=None):
    def add(p):
        pre = f'<w:default w:val="{default}"/>' if default else ""
        for xml in (
            f'<w:r {nsdecls("w")}><w:fldChar w:fldCharType="begin"><w:ffData><w:name w:val="Text1"/><w:textInput>{pre}</w:textInput></w:ffData></w:fldChar></w:r>',
            f'<w:r {nsdecls("w")}><w:instrText xml:space="preserve"> FORMTEXT </w:instrText></w:r>',
            f'<w:r {nsdecls("w")}><w:fldChar w:fldCharType="separate"/></w:r>',
            f'<w:r {nsdecls("w")}><w:t>{text}</w:t></w:r>',
            f'<w:r {nsdecls("w")}><w:fldChar w:fldCharType="end"/></w:r>',
        ):
            p._p.append(parse_xml(xml))
    return add


def legacy_list(entries, result=None):
    def add(p):
        chosen = "" if result is None else f'<w:result w:val="{result}"/>'
        items = "".join(f'<w:listEntry w:val="{e}"/>' for e in entries)
        for xml in (
            f'<w:r {nsdecls("w")}><w:fldChar w:fldCharType="begin"><w:ffData><w:name w:val="D1"/><w:ddList>{chosen}{items}</w:ddList></w:ffData></w:fldChar></w:r>',
            f'<w:r {nsdecls("w")}><w:instrText xml:space="preserve"> FORMDROPDOWN </w:instrText></w:r>',
            f'<w:r {nsdecls("w")}><w:fldChar w:fldCharType="end"/></w:r>',
        ):
            p._p.append(parse_xml(xml))
    return add


def sym(p, code, text):
    p._p.append(parse_xml(f'<w:r {nsdecls("w")}><w:sym w:font="Wingdings" w:char="{code}"/></w:r>'))
    p.add_run(text)


RAT = "Exploited and Missing Child Risk Assessment Tool (RAT)"
CE = "Child Exploitation (CE) Assessment"
OUTCOMES = [
    "Child is being exploited and presents a risk of exploitation towards children (Evidence of exploitation or multi-agency professional judgement",
    "Child is being exploited (Evidence of exploitation or multi-agency professional judgement)",
    "Child may be being exploited (Signs the child is exploited but no clear evidence)",
    "Child is not being exploited (No signs or evidence the child is being exploited)",
]
