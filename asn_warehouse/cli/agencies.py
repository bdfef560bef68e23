"""Commands for the agencies' own officers, in their language: template, check."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from babel.numbers import format_decimal
from rich.markup import escape
from rich.table import Table

from asn_warehouse.admission import Outcome
from asn_warehouse.cli.common import (
    STATUS_ID,
    WITH_REJECTS,
    app,
    console,
    progress_bar,
    settings_now,
    shown,
)
from asn_warehouse.errors import UsageError
from asn_warehouse.periods import Period
from asn_warehouse.settings import Settings


def parse_month(text: str) -> Period:
    """Return the month that ``text`` names.

    Raises:
        UsageError: when it names none.
    """
    try:
        return Period.parse(text)
    except UsageError as error:
        raise UsageError(
            f"Bulan laporan {text!r} tidak dikenal.", mend="Tulis TTTT-BB, misalnya 2026-10."
        ) from error


MonthOption = Annotated[
    Period | None,
    typer.Option(
        "--period", "-p", parser=parse_month, metavar="TTTT-BB", help="Bulan yang dilaporkan."
    ),
]
AgencyOption = Annotated[
    str | None, typer.Option("--agency", metavar="KODE", help="Kode instansi, misalnya 4011.")
]


@app.command(
    epilog="Contoh: asn template pegawai --agency 4011 --period 2026-10 · asn template --all"
)
def template(
    dataset: Annotated[
        str | None, typer.Argument(metavar="[DATA]", help="Nama data, misalnya pegawai.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Tulis templat untuk semua data ke satu folder.")
    ] = False,
    agency: AgencyOption = None,
    period: MonthOption = None,
    output: Annotated[
        Path | None,
        typer.Option(help="Berkas tujuan, atau folder tujuan bila memakai --all."),
    ] = None,
) -> None:
    """Tulis templat Excel yang tinggal diisi: daftar pilihan, contoh, kode, dan petunjuk."""
    from asn_warehouse.admission.template import write_template
    from asn_warehouse.admission.template_guide import addressee
    from asn_warehouse.contracts import datasets

    settings = settings_now()
    known = datasets(settings)
    if every == (dataset is not None) or (dataset is not None and dataset not in known):
        raise UsageError(
            "Sebutkan satu nama data, atau --all untuk semua data.",
            mend=f"Nama data: {', '.join(known)}.",
        )
    folder = output or Path("templat")
    targets = (
        {name: folder / f"{name}.xlsx" for name in known}
        if dataset is None
        else {dataset: output or Path(f"{dataset}.xlsx")}
    )
    there = [str(path) for path in targets.values() if path.exists()]
    if there:
        raise UsageError(
            f"{', '.join(there)} sudah ada dan mungkin sudah diisi.",
            mend="Pindahkan berkas itu, atau pilih tujuan lain dengan --output.",
        )
    for name, path in targets.items():
        to = addressee(settings, name, agency, period)
        write_template(path, settings, known[name], to)
        console.print(f"Templat {known[name].label}: {escape(shown(path))}", soft_wrap=True)


@app.command(
    epilog="Contoh: asn check pegawai.xlsx --agency 4011 --period 2026-10 · "
    "asn check landing/2026-10/4011 --rejects ditolak"
)
def check(
    path: Annotated[
        Path, typer.Argument(metavar="BERKAS|FOLDER", help="Berkas atau folder yang akan dikirim.")
    ],
    dataset: Annotated[
        str | None,
        typer.Option(metavar="DATA", help="Isi berkas, misalnya pegawai; biasanya dari namanya."),
    ] = None,
    agency: AgencyOption = None,
    period: MonthOption = None,
    rejects: Annotated[
        Path | None,
        typer.Option(
            metavar="TUJUAN",
            help="Tulis juga baris yang ditolak: satu berkas .xlsx, atau ke sebuah folder.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Cetak tanda terima sebagai JSON, tanpa tabel.")
    ] = False,
) -> None:
    """Periksa data sebelum dikirim: jawabannya sama dengan saat diterima, tidak ada yang disimpan.

    Instansi dan bulan dibaca dari folder <bulan>/<kode instansi>/ bila berkas terletak di sana.
    """
    from asn_warehouse.admission.check import Sending, check_sending, sendings
    from asn_warehouse.admission.receipts import receipt
    from asn_warehouse.contracts import datasets

    settings = settings_now()
    wanted = sendings(settings, path, dataset, agency, period)
    if rejects is not None and len(wanted) > 1 and rejects.suffix == ".xlsx":
        raise UsageError(
            f"Baris yang ditolak dari {len(wanted)} berkas tidak muat dalam satu buku kerja.",
            mend="Sebutkan sebuah folder untuk --rejects.",
        )
    judged: list[tuple[Sending, Outcome]] = []
    with progress_bar("Memeriksa") as progress:
        for done, sending in enumerate(wanted):
            progress(done, len(wanted), escape(sending.path.name))
            judged.append((sending, check_sending(settings, sending)))
    answers = [
        receipt(str(sending.period), outcome, datasets(settings).get(sending.dataset))
        for sending, outcome in judged
    ]
    if as_json:
        print(json.dumps(answers, ensure_ascii=False, indent=2))  # noqa: T201 - for a program
    else:
        _print_answers(path, [sending for sending, _ in judged], answers)
    if rejects is not None:
        written = _write_rejects(settings, rejects, path, judged)
        if not as_json:
            for target in written:
                console.print(f"Baris yang ditolak: {escape(shown(target))}", soft_wrap=True)
    if any(answer["status"] != "diterima" for answer in answers):
        raise typer.Exit(WITH_REJECTS)


def _write_rejects(
    settings: Settings, target: Path, root: Path, judged: list[tuple[Any, Outcome]]
) -> list[Path]:
    """Write the rejected rows of every file beside each other, under the folders they came from."""
    from asn_warehouse.admission.rejects import write_workbook
    from asn_warehouse.contracts import datasets

    written: list[Path] = []
    for sending, outcome in judged:
        if not outcome.rejected:
            continue
        path = target
        if target.suffix != ".xlsx":
            folder = sending.path.parent.relative_to(root) if root.is_dir() else Path()
            path = target / folder / f"{sending.dataset}.ditolak.xlsx"
            if path in written:
                path = path.with_name(f"{sending.path.name}.ditolak.xlsx")
        contract = datasets(settings)[sending.dataset]
        write_workbook(path, outcome, contract, outcome.file.received_at)
        written.append(path)
    return written


def _print_answers(root: Path, sent: list[Any], answers: list[dict[str, Any]]) -> None:
    """Print one line for each file, then what is wrong with each, then whether to send."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Berkas", overflow="fold")
    table.add_column("Hasil")
    for title in ("Dibaca", "Diterima", "Ditolak", "Peringatan"):
        table.add_column(title, justify="right")
    names = [
        _plain(str(one.path.relative_to(root)) if root.is_dir() else one.path.name) for one in sent
    ]
    for name, answer in zip(names, answers, strict=True):
        counts = ("dibaca", "diterima", "ditolak", "diperingatkan")
        numbers = [_count(answer[f"baris_{what}"]) for what in counts]
        table.add_row(name, STATUS_ID[answer["status"]], *numbers)
    console.print(table)
    for name, one, answer in zip(names, sent, answers, strict=True):
        if one.name_to_send and answer["status"] != "ditolak":
            console.print(f"\n{name}: saat dikirim, beri nama [bold]{one.name_to_send}[/].")
        _print_problems(name, answer)
    unsound = sum(answer["status"] != "diterima" for answer in answers)
    console.print(
        f"\n[yellow]{unsound} dari {len(answers)} berkas perlu diperbaiki.[/]"
        if unsound
        else "\n[green]Siap dikirim.[/]"
    )


def _print_problems(name: str, answer: dict[str, Any]) -> None:
    refusal, ignored = answer["penolakan_berkas"], answer["kolom_diabaikan"]
    if refusal or answer["alasan"] or ignored:
        console.print(f"\n[bold]{name}[/]")
    if refusal:
        console.print(f"[red]{_plain(refusal['alasan'])}[/]\n{_plain(refusal['perbaikan'])}")
    if answer["alasan"]:
        console.print(_problem_table(answer["alasan"]))
    if answer["alasan_lain"]:
        console.print(f"Masih ada {answer['alasan_lain']} jenis masalah lain.")
    if ignored:
        console.print(f"Kolom yang tidak dikenal dan diabaikan: {_plain(', '.join(ignored))}.")


def _problem_table(reasons: list[dict[str, Any]]) -> Table:
    """Return a table of problems by rule that fits in 80 columns."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 1, 0))
    table.add_column("Jumlah", min_width=10)
    table.add_column("Baris", max_width=9)
    table.add_column("Contoh isi", max_width=14, overflow="fold")
    table.add_column("Masalah dan cara memperbaiki", overflow="fold")
    for reason in reasons:
        rows = ", ".join(map(str, (reason["contoh_baris"], *reason["contoh_baris_lain"])))
        colour = "red" if reason["sifat"] == "ditolak" else "yellow"
        table.add_row(
            f"{_count(reason['jumlah_baris'])}\n[{colour}]{reason['sifat']}[/]",
            rows + (", …" if reason["jumlah_baris"] > 1 + len(reason["contoh_baris_lain"]) else ""),
            _plain(reason["contoh_isi"] or ""),
            f"{_plain(reason['alasan'])}\n[dim]{_plain(reason['perbaikan'])}[/]",
        )
    return table


def _plain(text: str) -> str:
    """Return what an agency wrote as text for a terminal: no markup and no control characters."""
    return escape("".join(c if c.isprintable() else "\ufffd" for c in text))


def _count(value: int) -> str:
    return str(format_decimal(value, locale="id_ID"))
