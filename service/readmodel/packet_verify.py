"""Check an evidence packet without the program that made it: python3 verify.py [PACKET.zip or folder]."""

import base64
import gzip
import hashlib
import io
import json
import sys
import zipfile
from pathlib import Path


def files_of_zip(path: Path, wrong: list[str]) -> dict[str, bytes]:
    found, again = {}, io.BytesIO()
    with zipfile.ZipFile(path) as packed, zipfile.ZipFile(again, "w") as written:
        for name, one in zip(packed.namelist(), packed.infolist(), strict=True):
            is_outside = name.startswith(("/", "\\")) or ".." in name or ":" in name
            if name in found or is_outside or one.compress_type or one.file_size > path.stat().st_size:
                raise ValueError(f"{name!r} is in it twice, lies outside of it, or is larger than it")
            same = zipfile.ZipInfo(name)
            same.create_system, same.external_attr = 3, 0o644 << 16
            found[name] = packed.read(one)
            written.writestr(same, found[name])
    wrong += [f"{path.name} was changed around its files"] * (again.getvalue() != path.read_bytes())
    return found


def check_evidence(warc: bytes, chain: dict, pages: dict[str, str], wrong: list[str]) -> None:
    stream, shown = io.BytesIO(gzip.GzipFile(fileobj=io.BytesIO(warc)).read(500_000_000)), {}
    while stream.readline().startswith(b"WARC/"):
        head = dict(line.split(": ", 1) for line in iter(lambda: stream.readline().strip().decode(), ""))
        block = stream.read(int(head["Content-Length"]) + 4)[:-4]
        body = block.partition(b"\r\n\r\n")[2] if head["WARC-Type"] in ("response", "request") else block
        for name, part in (("WARC-Block-Digest", block), ("WARC-Payload-Digest", body)):
            if head.get(name, name) not in (name, f"sha256:{hashlib.sha256(part).hexdigest()}"):
                wrong.append(f"pages.warc.gz: {head['WARC-Record-ID']} is not what its digest says")
        if head["WARC-Type"] != "request" and "WARC-Target-URI" in head:
            shown[hashlib.sha256(body).hexdigest()] = head["WARC-Target-URI"]
    if shown != pages:
        wrong.append("pages.warc.gz does not hold the pages that manifest.json names")
    seals = {one["id"]: one for one in chain["seals"]}
    for number, one in seals.items():
        start = json.dumps([chain["form"], one["before"], one["at"], *one["marks"]], separators=(",", ":"))
        covered = start.encode() + b"\n" + base64.b64decode(one["leaves"])
        if hashlib.sha256(covered).hexdigest() != one["entry"]:
            wrong.append(f"chain.json: the entry of seal {number} is not the hash of what it covers")
    for row in chain["rows"]:
        table, identity, *values = json.loads(row["sealed"])
        item = bytes([chain["tables"].index(table)]) + identity.to_bytes(8, "big", signed=True)
        item += hashlib.sha256(row["sealed"].encode()).digest()
        if item not in base64.b64decode(seals[row["seal"]]["leaves"]):
            wrong.append(f"chain.json: {table} {identity} is not what seal {row['seal']} covers")
        pages = {sha256: url for sha256, url in pages.items() if table != "snapshot" or sha256 not in values}
    wrong += [f"chain.json: no seal covers the page {sha256[:12]}" for sha256 in pages]


def check(path: Path, wrong: list[str]) -> None:
    there = {one.relative_to(path).as_posix(): one for one in path.rglob("*") if one.is_file()}
    files = {name: one.read_bytes() for name, one in there.items()} or files_of_zip(path, wrong)
    manifest, stamp = json.loads(text := files.pop("manifest.json")), files.pop("manifest.tsr", None)
    if stamp is not None and hashlib.sha256(text).digest() not in stamp:
        wrong.append("manifest.tsr is a time stamp of something else")
    if json.dumps(manifest, indent=1, sort_keys=True).encode() != text:
        wrong.append("manifest.json is not as it was written")
    for name in sorted({*manifest["files"], *files}):
        if name not in files or name not in manifest["files"]:
            wrong.append(f"{name} is {'extra' if name in files else 'missing'}")
        elif hashlib.sha256(files[name]).hexdigest() != manifest["files"][name]:
            wrong.append(f"{name} differs")
    check_evidence(files["pages.warc.gz"], json.loads(files["chain.json"]), manifest["pages"], wrong)


if __name__ == "__main__":
    packet, problems = Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve(), list[str]()
    try:
        check(packet.parent if packet.suffix == ".py" else packet, problems)
    except Exception as error:
        problems.append(f"the packet cannot be read whole; it is cut, damaged or no packet: {error}")
    sys.exit("\n".join(f"WRONG: {one}" for one in problems) or print("This packet is whole and unchanged."))
