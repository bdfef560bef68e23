"""`asn cluster`: a Spark cluster of this machine, for tests and trials."""

import typer

from asn_warehouse.cli.common import app, console, shown
from asn_warehouse.errors import ConfigurationError
from asn_warehouse.settings import get_settings

cluster = typer.Typer(
    name="cluster",
    help="A Spark cluster of this machine alone: master, two workers, thrift server.\n\n"
    "For tests and trials; it listens on loopback and lets in whoever is on this machine. A shared "
    "installation names its own cluster in ASN_SPARK_HOST and ASN_SPARK_PORT. "
    "Exit codes: 0 it works, 1 it does not.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
app.add_typer(cluster)


@cluster.command(epilog="Example: asn cluster start, then ASN_TARGET=spark asn build -p 2026-10")
def start() -> None:
    """Start the cluster and wait until it computes; one that works is left as it is."""
    from asn_warehouse import cluster as clusters

    settings = get_settings()
    with console.status("Starting Spark"):
        started = clusters.start(settings)
    console.print(f"Spark computes at {clusters.HOST}:{started.port}.")
    console.print(f"Logs: {shown(settings.spark_home)}")


@cluster.command(epilog="Example: asn cluster stop")
def stop() -> None:
    """End what `asn cluster start` started, and nothing else; its tables stay."""
    from asn_warehouse import cluster as clusters

    with console.status("Stopping Spark"):
        ended = clusters.stop(get_settings())
    console.print(f"{ended} processes were ended." if ended else "No cluster was running.")


@cluster.command(epilog="Example: asn cluster status")
def status() -> None:
    """Say which processes run, how many workers the master knows, and whether it computes."""
    from asn_warehouse import cluster as clusters

    settings = get_settings()
    known = clusters.known(settings)
    if known is None:
        raise ConfigurationError("No cluster was started here.", mend="Run `asn cluster start`.")
    found = clusters.status(settings, known)
    for name, is_running in found.running.items():
        console.print(f"  {name:<14} {'[green]runs[/]' if is_running else '[red]is gone[/]'}")
    console.print(f"  {found.workers} workers; {clusters.HOST}:{known.port}", end=" ")
    console.print("[green]computes[/]" if found.answers else "[red]does not answer[/]")
    if not found.is_whole:
        raise typer.Exit(1)
