#!/usr/bin/env python3
"""Compares `cordon dicom` with tools that pip and Debian (libgdcm-tools) install, on the same files in the same run.

usage: dicom_peers.py FOLDER CORDON [PLANTS]   (pip install dcmanon dicognito dicom-anonymizer)
Prints files per second and how many files each tool wrote. With PLANTS, a JSON object of file names and the strings
planted in them, also how many of those are still in what it wrote; `CORDON_CORPUS=folder cargo test --test it
the_corpus -- --ignored` writes such files and plants. Then a file of 500 MB beside `cp`.
"""
import json, os, shutil, struct, subprocess, sys, tempfile, time

folder, cordon = sys.argv[1:3]
plants = json.load(open(sys.argv[3])) if len(sys.argv) > 3 else {}
binaries = os.path.dirname(sys.executable)
files = [os.path.join(root, name) for root, _, names in os.walk(folder) for name in sorted(names)]


def by_dcmanon(out):
    from dcmanon import Anonymizer
    anonymizer = Anonymizer()
    for path in files:
        try:
            data = anonymizer.anonymize(path)
        except Exception:
            continue
        target = os.path.join(out, os.path.relpath(path, folder))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as file:
            file.write(data)


def command(*arguments):
    def run(out):
        subprocess.run([a.replace("OUT", out) for a in arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return run


def by_gdcmanon(out):
    for path in files:
        target = os.path.join(out, os.path.relpath(path, folder))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        subprocess.run(["gdcmanon", "-c", certificate, "-e", "-i", path, "-o", target],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def by_dicognito(out):
    copy = os.path.join(out, "copy")
    shutil.copytree(folder, copy)
    subprocess.run([os.path.join(binaries, "dicognito"), copy, "--output-directory", out, "--quiet"],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300)
    shutil.rmtree(copy)


def left(out):
    """How many of the planted strings are in what a tool wrote, and how many it had to deal with."""
    survived = total = 0
    for root, _, names in os.walk(out):
        for name in names:
            wanted = plants.get(name, [])
            data = open(os.path.join(root, name), "rb").read().lower() if wanted else b""
            total += len(wanted)
            survived += sum(text.lower().encode() in data for text in wanted)
    return f"  {survived:6} of {total} left" if plants else ""


def big_file(path):
    """An image of 512 frames of a megabyte."""
    def element(tag, vr, value):
        value += b" " * (len(value) % 2)
        return struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr, len(value)) + value
    kind = b"1.2.840.10008.5.1.4.1.1.2\0"
    meta = element(0x00020002, b"UI", kind) + element(0x00020010, b"UI", b"1.2.840.10008.1.2.1\0")
    head = element(0x00080016, b"UI", kind) + element(0x00080018, b"UI", b"1.2.3\0") + element(0x00080060, b"CS", b"CT")
    head += element(0x00100010, b"PN", b"Kovacs^Maria") + element(0x00280008, b"IS", b"512")
    for tag, number in ((0x00280002, 1), (0x00280010, 1024), (0x00280011, 1024), (0x00280100, 8)):
        head += element(tag, b"US", struct.pack("<H", number))
    with open(path, "wb") as file:
        file.write(b"\0" * 128 + b"DICM" + meta + head + struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OW", 0, 512 << 20))
        for frame in range(512):
            file.write(bytes([frame % 256]) * (1 << 20))


certificate = os.path.join(tempfile.mkdtemp(), "certificate.pem")
subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=bench", "-keyout", os.devnull,
                "-out", certificate], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
tools = {
    "cordon dicom": command(cordon, "dicom", folder, "OUT", "--burned-in", "keep"),
    "cordon dicom --jobs 1": command(cordon, "dicom", folder, "OUT", "--burned-in", "keep", "--jobs", "1"),
    "dcmanon": by_dcmanon,
    "dicognito": by_dicognito,
    "gdcmanon": by_gdcmanon,
    "dicom-anonymizer": command(os.path.join(binaries, "dicom-anonymizer"), folder, "OUT"),
}
print(f"{len(files)} files in {folder}")
for name, run in tools.items():
    with tempfile.TemporaryDirectory() as out:
        start = time.monotonic()
        try:
            run(out)
        except Exception as error:
            print(f"{name:24} {type(error).__name__}")
            continue
        seconds = time.monotonic() - start
        written = sum(len(names) for _, _, names in os.walk(out))
        print(f"{name:24} {len(files) / seconds:9.1f} files/s  {written:5} written  {seconds:7.2f} s{left(out)}")

with tempfile.TemporaryDirectory() as out:
    big, copy = os.path.join(out, "big.dcm"), os.path.join(out, "copy.dcm")
    big_file(big)
    took = {"cp": [], "cordon dicom": []}
    for _ in range(5):
        for name, arguments in (("cp", ["cp", big, copy]), ("cordon dicom", [cordon, "dicom", big, copy])):
            start = time.monotonic()
            subprocess.run(arguments, check=True)
            took[name].append(time.monotonic() - start)
            os.remove(copy)
    best = {name: min(times) for name, times in took.items()}
    print(f"512 MB: cp {best['cp']:.2f} s, cordon dicom {best['cordon dicom']:.2f} s, "
          f"ratio {best['cordon dicom'] / best['cp']:.2f}")
