#!/usr/bin/env python3
"""Compares `cordon dicom` with tools that pip installs, on the same files in the same run.

usage: dicom_peers.py FOLDER CORDON   (pip install dcmanon dicognito dicom-anonymizer)
Prints files per second and how many files each tool wrote. One process each, all cores where the tool uses them.
"""
import os, shutil, subprocess, sys, tempfile, time

folder, cordon = sys.argv[1:3]
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


def by_dicognito(out):
    copy = os.path.join(out, "copy")
    shutil.copytree(folder, copy)
    subprocess.run([os.path.join(binaries, "dicognito"), copy, "--output-directory", out, "--quiet"],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300)
    shutil.rmtree(copy)


tools = {
    "cordon dicom": command(cordon, "dicom", folder, "OUT", "--burned-in", "keep"),
    "cordon dicom --jobs 1": command(cordon, "dicom", folder, "OUT", "--burned-in", "keep", "--jobs", "1"),
    "dcmanon": by_dcmanon,
    "dicognito": by_dicognito,
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
        print(f"{name:24} {len(files) / seconds:9.1f} files/s  {written:5} written  {seconds:7.2f} s")
