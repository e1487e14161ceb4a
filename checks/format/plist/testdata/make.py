#!/usr/bin/env python3
"""Writes values.binary.plist and values.xml.plist, the same values in both
forms, with Python's plistlib. Run it in this folder."""
import datetime
import plistlib

values = {
    "ZAutoUpdate": True,
    "off": False,
    "n": 23,
    "big": 70000,
    "negative": -5,
    "least": -(2**63),
    "beyond": 2**63,
    "real": 0.25,
    "text": "Zoom",
    "umlaut": "Bücher \N{GRINNING FACE}",
    "long": "x" * 300,
    "when": datetime.datetime(2026, 11, 24, 10, 30, 15),
    "early": datetime.datetime(1970, 1, 1),
    "data": bytes([0, 1, 254, 255]),
    "list": ["a", 1, [], {}],
    "PackageRecommend": {"ZDisableVideo": True, "text": "Zoom"},
}

for name, form in (("binary", plistlib.FMT_BINARY), ("xml", plistlib.FMT_XML)):
    with open(f"values.{name}.plist", "wb") as f:
        plistlib.dump(values, f, fmt=form)
with open("archive.binary.plist", "wb") as f:
    plistlib.dump({"$top": {"root": plistlib.UID(1), "wide": plistlib.UID(300)}}, f, fmt=plistlib.FMT_BINARY)
