"""`modstream windows`: the statistics of windows, as a table and as a picture."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modstream.commands import windows_recount

if TYPE_CHECKING:
    from modstream.windows.statistics import NewestWindows
    from streams.kafka_cluster import Cluster

SHOWN = 10
DRAWN = 10_000

HELP = """Show the newest windows: comments, alerts and probabilities by event time.

Of each window the newest revision is shown, the newest window first. State
is 'open' while more is expected, 'final' after that, and 'revised' when a
final window has changed: a partition that had been idle brought more. The
line of blocks is the histogram of the probabilities, a dot is an empty bin.

Without --subreddit the row for all comments ('*') is shown. What is read
begins at the ends of the topic and goes back as far as it has to.

\b
Examples:
  modstream windows
  modstream windows --follow
  modstream windows --subreddit science --last 60
  modstream windows --all --last 1
  modstream windows --json | jq 'select(.final) | .alert_rate'
  modstream windows plot --out windows.png
  modstream windows recount > recounted.ndjson
"""

PLOT_HELP = """Draw comments, alert rate and mean probability over time.

Above are the comments of each window, and those that came too late for any;
below the alert rate with its 95% interval (Wilson's), and the mean
probability. What is not final is lighter. Many windows are drawn
in groups of neighbours. The file's ending says the format: .png, .svg, .pdf.

A gap is long if more than 1,000 windows are missing in it, and more than
there are in all. Without --last and --since the newest windows that have no
long gap among them are drawn, but not those of a lone comment far away in
time. How many are left out is said.

\b
Examples:
  modstream windows plot --out windows.png
  modstream windows plot --out science.svg --subreddit science --last 1440
  modstream windows plot --out today.pdf --since 2026-01-31T06:00
"""


def _named(subreddit: str) -> str:
    if not subreddit:
        raise typer.BadParameter("a name is needed; '*' is all comments")
    return subreddit


Subreddit = Annotated[
    str,
    typer.Option(
        metavar="S", help="Show this one; '*' is all comments.", show_default=False, callback=_named
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command."""
    group = typer.Typer(invoke_without_command=True)
    group.callback(help=HELP)(show)
    group.command("plot", help=PLOT_HELP)(plot)
    windows_recount.add_to(group)
    app.add_typer(group, name="windows", short_help="The statistics of windows: show, follow, plot, recount.")


def show(
    context: typer.Context,
    *,
    follow: Annotated[bool, typer.Option("--follow", help="Go on showing changes until Ctrl-C.")] = False,
    subreddit: Subreddit = "*",
    everyone: Annotated[bool, typer.Option("--all", help="Show every subreddit.")] = False,
    last: Annotated[int, typer.Option(metavar="N", min=1, help="Show the N newest windows.")] = SHOWN,
    json: Annotated[bool, typer.Option("--json", help="Print a line of JSON for each row.")] = False,
) -> None:
    """Parse, read, print."""
    from modstream.errors import OptionsError

    if context.invoked_subcommand is not None:
        _require_no_options(context)
        return
    if everyone and subreddit != "*":
        raise OptionsError("--all and --subreddit exclude each other: every subreddit, or one")

    from modstream.windows.statistics import NewestWindows

    newest = NewestWindows(last, None if everyone else subreddit)
    if follow:
        _follow(newest, json=json)
    else:
        _show(newest, json=json)


def plot(
    file: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to: .png, .svg or .pdf.")],
    subreddit: Subreddit = "*",
    last: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help=f"Draw the N newest windows.  [default: {DRAWN:,} at the most]"
        ),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            metavar="TIME",
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"],
            help="Draw windows that start at this time or later, in UTC, such as 2026-01-31T06:00.",
        ),
    ] = None,
) -> None:
    """Parse, read, draw."""
    from modstream.console import say
    from modstream.windows.errors import NoWindowsError
    from modstream.windows.picture import Target, draw, newest_run
    from modstream.windows.statistics import NewestWindows
    from modstream.windows.table import left_out_text, nothing, unreadable_text
    from modstream.wording import counted

    target = Target(file)
    target.require_writable()
    since_s = None if since is None else since.replace(tzinfo=UTC).timestamp()
    newest = NewestWindows(last or DRAWN, subreddit, since_s=since_s)
    topic = _read(newest)
    rows = newest.rows()
    if not rows:
        raise NoWindowsError(nothing(newest, topic) + unreadable_text(newest.unreadable))
    windows = [row.stats for row in rows]
    drawn = newest_run(windows) if last is None and since_s is None else windows
    target.write(draw(drawn, newest.steps, target.form))
    left_out = left_out_text(len(windows) - len(drawn), len(windows))
    say(f"{counted(len(drawn), 'window')} drawn: {file}{left_out}{unreadable_text(newest.unreadable)}")


def _show(newest: "NewestWindows", *, json: bool) -> None:
    from rich.text import Text

    from modstream.console import err, out
    from modstream.windows.errors import NoWindowsError
    from modstream.windows.table import as_json, line, nothing, summary, table, unreadable_text
    from streams.windows import EVERYTHING

    topic = _read(newest)
    rows = newest.rows()
    if not rows and newest.subreddit not in (None, EVERYTHING):
        raise NoWindowsError(nothing(newest, topic) + unreadable_text(newest.unreadable))
    told = summary(newest)
    if json or not rows:
        for row in rows:
            out.print(Text(as_json(row)))
        if not rows:
            (err if json else out).print(Text(nothing(newest, topic)))
        if newest.unreadable:
            err.print(Text(told))
        return
    if out.is_terminal:
        out.print(table(rows, out.width))
    else:
        for row in rows:
            out.print(Text(line(row)))
    out.print(Text(told))


def _follow(newest: "NewestWindows", *, json: bool) -> None:
    import asyncio

    from modstream.commands.stopping import stopping
    from modstream.console import err, out
    from modstream.windows import view
    from modstream.windows.reading import follow
    from modstream.windows.table import as_json

    at, topic, max_ahead_s = _where()

    def say_lost() -> None:
        shown = out if out.is_terminal and not json else err  # a table that is redrawn knows of its own alone
        shown.print(f"the broker at {at} does not answer; waiting, Ctrl-C ends", markup=False)

    def followed(on_change: view.Show) -> None:
        asyncio.run(
            follow(
                at,
                topic,
                newest,
                max_ahead_s,
                should_stop=should_stop,
                on_change=on_change,
                on_lost=say_lost,
            )
        )

    with stopping() as should_stop:
        if json:
            followed(view.lines(newest, topic, as_json))
        elif not out.is_terminal:
            followed(view.lines(newest, topic))
        else:
            with view.live(newest, topic) as on_change:
                followed(on_change)


def _read(newest: "NewestWindows") -> str:
    """Read what is there, and return the topic's name."""
    import asyncio

    from modstream.console import progress
    from modstream.windows.reading import read_once

    at, topic, max_ahead_s = _where()
    with progress("reading", total=None) as advance:
        asyncio.run(read_once(at, topic, newest, max_ahead_s, advance))
    return topic


def _where() -> tuple["Cluster", str, float]:
    """Return the cluster, the statistics' topic, and how far comments may be ahead."""
    from modstream.cluster import cluster_of, require_broker
    from modstream.settings import DoorSettings
    from streams.settings import StreamSettings

    settings = DoorSettings()
    at = cluster_of(settings)
    require_broker(at)
    return at, settings.topics.window_stats.name, StreamSettings().max_ahead_s


def _require_no_options(context: typer.Context) -> None:
    """Refuse options between `windows` and the name of its sub-command, which would do nothing.

    Raises:
        OptionsError: If there is one.
    """
    from modstream.errors import OptionsError

    given = [
        name
        for name in context.params
        if (source := context.get_parameter_source(name)) is not None and source.name == "COMMANDLINE"
    ]
    if given:
        verb = context.invoked_subcommand
        raise OptionsError(f"options of 'modstream windows {verb}' come after '{verb}'")
