"""From reportlab's pages to an archival, accessible file: PDF/A-3a (ISO 19005-3) and PDF/UA-1 (ISO 14289-1).

Adds what reportlab does not write: output intent, metadata, structure tree, signature fields, associated files. The
same input gives the same bytes.
"""

import datetime as dt
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any
from xml.sax.saxutils import escape

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from auditor.evidence.attachments import Attachment
from auditor.evidence.decision import DPO_FIELD, FIELDS, LONGEST
from auditor.evidence.tags import Annotation, Canvas, Content, Element, Field

PRINT = 4
"""Annotation flag: shown and printed (ISO 19005-3, 6.3.2)."""


MULTILINE = 1 << 12
"""Flag of a field for text (ISO 32000-1, table 228)."""
TYPING = String("/Helv 9 Tf 0 g")


@dataclass(frozen=True)
class Description:
    """What the file says of itself."""

    title: str
    author: str
    language: str
    creator: str
    when: dt.datetime


def finish(raw: bytes, canvas: Canvas, about: Description, attachments: Sequence[Attachment]) -> bytes:
    """The finished, unsigned file."""
    with pikepdf.open(io.BytesIO(raw)) as pdf:
        _describe(pdf, about)
        _intend(pdf)
        _place_fields(pdf, canvas.fields)
        _grow_tree(pdf, canvas.root)
        _mend_pages(pdf)
        _embed(pdf, attachments, about)
        out = io.BytesIO()
        pdf.remove_unreferenced_resources()
        pdf.save(
            out,
            deterministic_id=True,
            fix_metadata_version=False,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            min_version="1.7",
        )
    return out.getvalue()


def _date(when: dt.datetime) -> String:
    return String(when.strftime("D:%Y%m%d%H%M%S+00'00'"))


def _describe(pdf: pikepdf.Pdf, about: Description) -> None:
    """Document information and XMP, which must agree (ISO 19005-3, 6.6.3)."""
    producer = "reportlab, pikepdf"
    pdf.trailer.Info = pdf.make_indirect(
        Dictionary(
            Title=String(about.title),
            Author=String(about.author),
            Creator=String(about.creator),
            Producer=String(producer),
            CreationDate=_date(about.when),
            ModDate=_date(about.when),
        )
    )
    stream = pikepdf.Stream(pdf, _metadata(about, producer).encode())
    stream.Type, stream.Subtype = Name.Metadata, Name.XML
    root = pdf.Root
    root.Metadata = pdf.make_indirect(stream)
    root.MarkInfo = Dictionary(Marked=True)
    root.Lang = String(about.language)
    root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    root.PageMode = Name.UseOutlines


def _metadata(about: Description, producer: str) -> str:
    time = about.when.strftime("%Y-%m-%dT%H:%M:%S+00:00")
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    extension = "http://www.aiim.org/pdfa/ns"
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{rdf}">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="{extension}/id/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(about.title)}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{escape(about.author)}</rdf:li></rdf:Seq></dc:creator>
<dc:language><rdf:Bag><rdf:li>{about.language}</rdf:li></rdf:Bag></dc:language>
<xmp:CreateDate>{time}</xmp:CreateDate><xmp:ModifyDate>{time}</xmp:ModifyDate><xmp:MetadataDate>{time}</xmp:MetadataDate>
<xmp:CreatorTool>{escape(about.creator)}</xmp:CreatorTool><pdf:Producer>{escape(producer)}</pdf:Producer>
<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance><pdfuaid:part>1</pdfuaid:part>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="{extension}/extension/" xmlns:pdfaSchema="{extension}/schema#"
 xmlns:pdfaProperty="{extension}/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 that this file follows</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
</rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


@cache
def _profile() -> bytes:
    return resources.files("pikepdf").joinpath("pdfa", "data", "sRGB.icc").read_bytes()


def _intend(pdf: pikepdf.Pdf) -> None:
    """All colours are sRGB (ISO 19005-3, 6.2.3)."""
    profile = pikepdf.Stream(pdf, _profile())
    profile.N, profile.Alternate = 3, Name.DeviceRGB
    intent = Dictionary(
        Type=Name.OutputIntent,
        S=Name.GTS_PDFA1,
        OutputConditionIdentifier=String("sRGB"),
        Info=String("sRGB IEC61966-2.1"),
        DestOutputProfile=pdf.make_indirect(profile),
    )
    pdf.Root.OutputIntents = Array([pdf.make_indirect(intent)])


def _place_fields(pdf: pikepdf.Pdf, fields: Sequence[Field]) -> None:
    """Empty fields, complete with tags: who signs later only fills them in."""
    if not fields:
        return
    made = Array()
    for each in fields:
        page = pdf.pages[each.page]
        left, low, right, high = (round(value, 3) for value in each.box)
        widget = pdf.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Widget,
                T=String(each.name),
                TU=String(each.label),
                Contents=String(each.label),
                Rect=Array([left, low, right, high]),
                F=PRINT,
                P=page.obj,
                **_kind(pdf, each, right - left, high - low),
            )
        )
        if Name.Annots not in page:
            page.Annots = Array()
        page.Annots.append(widget)
        made.append(widget)
        each.element.children.append(Annotation(each.page, len(page.Annots) - 1))
    pdf.Root.AcroForm = pdf.make_indirect(Dictionary(Fields=made, SigFlags=1, **_typing(pdf, fields)))


def _kind(pdf: pikepdf.Pdf, field: Field, width: float, height: float) -> dict[str, Any]:
    """What a field is besides its place (ISO 32000-1, 12.7.4)."""
    blank = _look(pdf, b"", width, height)
    if field.kind == "check":
        cross = f"1.2 w 2 2 m {width - 2:g} {height - 2:g} l 2 {height - 2:g} m {width - 2:g} 2 l S"
        looks = Dictionary(On=_look(pdf, cross.encode(), width, height), Off=blank)
        return {"FT": Name.Btn, "V": Name.Off, "AS": Name.Off, "AP": Dictionary(N=looks)}
    if field.kind == "text":
        return {"FT": Name.Tx, "Ff": MULTILINE, "DA": TYPING, "MaxLen": LONGEST, "AP": Dictionary(N=blank)}
    signature: dict[str, Any] = {"FT": Name.Sig, "AP": Dictionary(N=blank)}
    if field.name == DPO_FIELD:
        # Who decides signs the decision with it: after that signature nobody may change these fields.
        locked = Array([String(name) for name in FIELDS])
        signature["Lock"] = pdf.make_indirect(Dictionary(Type=Name.SigFieldLock, Action=Name.Include, Fields=locked))
    return signature


def _look(pdf: pikepdf.Pdf, drawing: bytes, width: float, height: float) -> pikepdf.Object:
    look = pikepdf.Stream(pdf, drawing)
    look.Type, look.Subtype = Name.XObject, Name.Form
    look.BBox, look.Resources = Array([0, 0, round(width, 3), round(height, 3)]), Dictionary()
    return pdf.make_indirect(look)


def _typing(pdf: pikepdf.Pdf, fields: Sequence[Field]) -> dict[str, Any]:
    """The font for programs that fill in text themselves; nothing of the dossier is shown in it."""
    if all(field.kind != "text" for field in fields):
        return {}
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
    return {"DR": Dictionary(Font=Dictionary(Helv=pdf.make_indirect(font))), "DA": TYPING}


class _Tree:
    """Writes the structure tree and collects what the parent tree needs (ISO 32000-1, 14.7.4.4)."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self.pdf, self.pages = pdf, list(pdf.pages)
        self.content: dict[int, dict[int, pikepdf.Object]] = {}
        self.annotations: list[pikepdf.Object] = []

    def write(self, element: Element, parent: pikepdf.Object) -> pikepdf.Object:
        """One element with everything below it."""
        made = self.pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name("/" + element.tag), P=parent))
        if element.alt:
            made.Alt = String(element.alt)
        if element.lang:
            made.Lang = String(element.lang)
        if element.box:
            box = Array([round(value, 3) for value in element.box])
            made.A = Dictionary(O=Name.Layout, BBox=box, Placement=Name.Block)
        if element.scope:
            made.A = Dictionary(O=Name.Table, Scope=Name("/" + element.scope))
        kids = [self._child(child, made) for child in element.children]
        if kids:
            # pyHanko looks for a lone OBJR as /K itself, not within an array, when it judges a later signature.
            made.K = kids[0] if len(kids) == 1 else Array(kids)
        return made

    def _child(self, child: Element | Content | Annotation, parent: pikepdf.Object) -> pikepdf.Object:
        if isinstance(child, Element):
            return self.write(child, parent)
        page = self.pages[child.page]
        if isinstance(child, Content):
            self.content.setdefault(child.page, {})[child.number] = parent
            return Dictionary(Type=Name.MCR, Pg=page.obj, MCID=child.number)
        annotation = page.Annots[child.index]
        annotation.StructParent = len(self.pages) + len(self.annotations)
        self.annotations.append(parent)
        return Dictionary(Type=Name.OBJR, Pg=page.obj, Obj=annotation)


def _grow_tree(pdf: pikepdf.Pdf, root: Element) -> None:
    top = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
    tree = _Tree(pdf)
    top.K = Array([tree.write(root, top)])
    numbers = Array()
    for page, parents in sorted(tree.content.items()):
        numbers.append(page)
        numbers.append(pdf.make_indirect(Array([parents[number] for number in sorted(parents)])))
    for index, parent in enumerate(tree.annotations):
        numbers.append(len(tree.pages) + index)
        numbers.append(parent)
    top.ParentTree = pdf.make_indirect(Dictionary(Nums=numbers))
    top.ParentTreeNextKey = len(tree.pages) + len(tree.annotations)
    pdf.Root.StructTreeRoot = top


def _mend_pages(pdf: pikepdf.Pdf) -> None:
    for index, page in enumerate(pdf.pages):
        page.StructParents = index
        page.Tabs = Name.S
        if Name.Trans in page:
            del page.Trans
        for annotation in page.get("/Annots", []):
            annotation.F = PRINT
            if annotation.Subtype == Name.Link:
                annotation.Contents = String("Link to a place in this document")


def _embed(pdf: pikepdf.Pdf, attachments: Sequence[Attachment], about: Description) -> None:
    """Associated files, in the name tree in the order of their names."""
    names, files = Array(), Array()
    for each in sorted(attachments, key=lambda attachment: attachment.name):
        stream = pikepdf.Stream(pdf, each.data)
        stream.Type, stream.Subtype = Name.EmbeddedFile, Name(f"/{each.media}")
        checksum = hashlib.md5(each.data, usedforsecurity=False).digest()
        stream.Params = Dictionary(Size=len(each.data), ModDate=_date(about.when), CheckSum=String(checksum))
        held = pdf.make_indirect(stream)
        specification = pdf.make_indirect(
            Dictionary(
                Type=Name.Filespec,
                F=String(each.name),
                UF=String(each.name),
                Desc=String(each.description),
                AFRelationship=Name("/" + each.relation),
                EF=Dictionary(F=held, UF=held),
            )
        )
        names.append(String(each.name))
        names.append(specification)
        files.append(specification)
    if Name.Names not in pdf.Root:
        pdf.Root.Names = Dictionary()
    pdf.Root.Names.EmbeddedFiles = pdf.make_indirect(Dictionary(Names=names))
    pdf.Root.AF = files
