"""Names of files and folders: misspelt, copied, hidden in links, or made to mislead."""

import os
from collections.abc import Callable
from pathlib import Path

from faults.catalogue import Answer, Case, accepted, refused
from faults.rows import APPRAISAL, appraisals, table

GOOD = table(APPRAISAL, appraisals(3))


def landed(
    id: str,
    did: str,
    name: str,
    answer: Answer,
    folder: str | None = None,
    write: Callable[[Path], object] | None = None,
) -> Case:
    """Return a case of a sound file at an odd place; ``asn check`` takes a file of any name."""

    def sound(path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(GOOD)

    return Case(id, did, name, write or sound, answer, folder, is_checked=False)


def shown(name: str) -> str:
    """Return a name as a message shows it: on one line."""
    return " ".join(name.split())


def unknown(stem: str) -> Answer:
    return refused("file.unknown_dataset", f"Nama berkas {shown(stem.lower())} bukan nama data")


def no_format(name: str) -> Answer:
    return refused("file.format", f"Jenis berkas {name} tidak diterima")


def file_cases() -> list[Case]:
    three = accepted(3)
    wrong = {
        "copy-windows": "kinerja - Copy", "copy-browser": "kinerja (1)", "final": "kinerja_final",
        "blank-behind": "kinerja ", "blank-before": " kinerja", "twice": "kinerja.csv",
        "dashes": "penilaian-kompetensi", "blanks": "penilaian kompetensi", "year": "kinerja2026",
        "cyrillic": "kіnеrjа", "full-width": "ｋｉｎｅｒｊａ", "accent": "kinérja",
        "accent-apart": "kine\u0301rja", "zero-width": "kin\u200berja", "turned": "kin\u202eajre",
        "dot-behind": "kinerja.", "emoji": "🙂", "markup": "[red]x", "quote": "kin'erja; drop",
        "log": "submission", "braces": "{value}", "line-break": "kin\nerja", "percent": "%s%n",
        "star": "*", "backslash": "x\\..\\kinerja", "long": "x" * 200, "dollar": "$(rm -rf x)",
    }  # fmt: skip
    ends = {
        "none": "kinerja", "old-excel": "kinerja.xls",
        "macros": "kinerja.xlsm", "binary-excel": "kinerja.xlsb", "open-document": "kinerja.ods",
        "zip": "kinerja.zip", "text": "kinerja.txt", "pdf": "kinerja.pdf", "tsv": "kinerja.tsv",
        "packed-excel": "kinerja.gz", "backup": "kinerja.csv~", "part": "kinerja.part",
    }  # fmt: skip
    double = {
        "packed-json": ("kinerja.json.gz", "kinerja.json"),
        "packed-book": ("kinerja.xlsx.gz", "kinerja.xlsx"),
        "zipped": ("kinerja.csv.zip", "kinerja.csv"),
    }
    return [
        landed("file-upper", "names the file in capitals", "KINERJA.CSV", three),
        landed("file-mixed", "names the file in mixed letters", "KiNerJa.Csv", three),
        *(landed(f"file-{id}", f"names the file {stem[:30]!r}", f"{stem}.csv", unknown(stem))
          for id, stem in wrong.items()),
        *(landed(f"file-end-{id}", f"names the file {name!r}", name, no_format(name))
          for id, name in ends.items()),
        *(landed(f"file-end-{id}", f"names the file {name!r}", name, unknown(stem))
          for id, (name, stem) in double.items()),
        landed("file-bytes", "names the file in bytes that are no text",
               os.fsdecode(b"pegawai_\xe9.csv"), unknown("pegawai_�")),
    ]  # fmt: skip


def folder_cases() -> list[Case]:
    folders = {
        "unknown": "9999", "name": "Kota Kendari", "blank": "4011 ", "full-width": "４０１１",
        "arabic": "٤٠١١", "old": "4011.old", "dash": "-rf", "markup": "[bold]x",
        "letters": "4O11", "zero": "04011", "line-break": "40\n11", "person": "Ani 19800317",
        "long": "9" * 120, "turned": "\u202e1104", "percent": "%2e%2e",
    }  # fmt: skip
    return [
        landed(f"folder-{id}", f"puts the file into the folder {name[:30]!r}", "kinerja.csv",
               refused("file.unknown_agency", f"Kode instansi {shown(name)} tidak dikenal"), name)
        for id, name in folders.items()
    ]  # fmt: skip


def link_cases() -> list[Case]:
    link = refused("file.link", "tautan ke tempat lain")
    nested = "tidak terletak langsung di folder instansi"

    def to(target: str) -> Callable[[Path], object]:
        return lambda path: path.symlink_to(target)

    def to_neighbour(path: Path) -> None:
        target = path.parent / "..asli.csv"
        target.write_text(GOOD)
        path.symlink_to(target.name)

    return [
        landed("link-secret", "links to a file of the server", "kinerja.csv", link,
               write=to("/etc/passwd")),
        landed("link-above", "links to a file of the vault by two dots", "kinerja.csv", link,
               write=to("../../../vault/pseudonym.key")),
        landed("link-neighbour", "links to a sound file of its own", "kinerja.csv", link,
               write=to_neighbour),
        landed("link-broken", "links to a file that is not there", "kinerja.csv", link,
               write=to("tidak-ada.csv")),
        landed("link-loop", "links a file to itself", "kinerja.csv", link,
               write=to("kinerja.csv")),
        landed("link-endless", "links to a device that never ends", "kinerja.csv", link,
               write=to("/dev/zero")),
        landed("link-pipe", "puts a pipe in place of a file", "kinerja.csv", link,
               write=os.mkfifo),
        landed("nested", "puts the file into a folder of its own", "kiriman/kinerja.csv",
               refused("file.nested", f"kiriman/kinerja.csv {nested}")),
        landed("nested-deep", "puts the file four folders deep", "a/b/c/d/kinerja.csv",
               refused("file.nested", nested)),
        landed("nested-named", "names a folder like a file", "kinerja.csv/kinerja.csv",
               refused("file.nested", nested)),
    ]  # fmt: skip


def cases() -> list[Case]:
    return [*file_cases(), *folder_cases(), *link_cases()]
