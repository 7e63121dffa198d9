using System.Globalization;
using Spectre.Console;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Runs;

namespace TaskBot.Terminal;

/// <summary>Tells the story of a run as it happens: in colour with a line of what runs now on a terminal, as plain lines into a pipe.</summary>
sealed class StoryTeller
{
    readonly IAnsiConsole console;
    readonly TimeProvider time;
    readonly long start;
    RunProgress? progress;
    readonly Dictionary<string, string> running = new(StringComparer.Ordinal);

    /// <param name="toError">True where standard output is for a program: the story then goes to standard error.</param>
    public StoryTeller(TimeProvider time, bool toError)
    {
        this.time = time;
        start = time.GetTimestamp();
        var plain = toError ? Console.IsErrorRedirected : Console.IsOutputRedirected;
        console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(toError ? Console.Error : Console.Out),
            Ansi = plain ? AnsiSupport.No : AnsiSupport.Detect,
            Interactive = plain ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (plain) console.Profile.Width = int.MaxValue;
    }

    /// <summary>Says something that is not of one run.</summary>
    public void Say(string text) => Line("", text);

    /// <summary>Follows the news until <paramref name="ends"/> says so.</summary>
    public async Task FollowAsync(IAsyncEnumerable<RunNews> news, Func<RunNews, bool> ends, CancellationToken cancellationToken)
    {
        if (console.Profile.Capabilities.Interactive)
        {
            await console.Status().Spinner(Spinner.Known.Dots).StartAsync(
                "waiting", async status => await TellAsync(news, ends, () => status.Status(Markup.Escape(Running())), cancellationToken));
        }
        else
        {
            await TellAsync(news, ends, () => { }, cancellationToken);
        }
    }

    async Task TellAsync(IAsyncEnumerable<RunNews> news, Func<RunNews, bool> ends, Action refresh, CancellationToken cancellationToken)
    {
        await foreach (var item in news.WithCancellation(cancellationToken))
        {
            switch (item)
            {
                case RunNews.Told told: Line("bold", told.Text); break;
                case RunNews.NodeMoved moved: Tell(moved.Event); break;
            }

            refresh();
            if (ends(item)) return;
        }
    }

    void Tell(RunEvent moved)
    {
        progress = moved.Progress ?? progress;
        if (moved.Node.IsBranch) return;
        var name = moved.Node.Path.ToString();
        if (moved.State == NodeState.Running) running[name] = moved.Node.Type;
        else if (moved.State is not (NodeState.Waiting or NodeState.Ready)) running.Remove(name);
        var because = string.IsNullOrEmpty(moved.Message) ? "" : $": {FirstLine(moved.Message)}";
        switch (moved.State)
        {
            case NodeState.Running when moved.Message is not null: Line("grey", $"  … {name}{because}"); break;
            case NodeState.Succeeded when moved.Cached: Line("blue", $"  = {name} ({moved.Node.Type}) taken from the cache"); break;
            case NodeState.Succeeded: Line("green", $"  + {name} ({moved.Node.Type}) done{because}"); break;
            case NodeState.Failed: Line("red", $"  ! {name} ({moved.Node.Type}) failed{because}"); break;
            case NodeState.Skipped or NodeState.Cancelled or NodeState.Denied or NodeState.OverBudget or NodeState.WaitingForHuman:
                Line("yellow", $"  - {name} ({moved.Node.Type}) {Outcomes.Word(moved.State)}{because}");
                break;
        }
    }

    string Running()
    {
        var names = running.Count == 0 ? "waiting" : string.Join(", ", running.Keys);
        if (progress is not { Total: > 0 } known) return names;
        var left = known.Left is { TotalSeconds: >= 1 } time ? $", about {(time.TotalMinutes >= 2 ? $"{time.TotalMinutes:0} minutes" : $"{time.TotalSeconds:0} s")} left" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{known.Done} of {known.Total} ({known.Percent} %){left}: {names}");
    }

    static string FirstLine(string text) => text.AsSpan().Trim().IndexOf('\n') is var end && end < 0 ? text.Trim() : text.Trim()[..end];

    void Line(string style, string text)
    {
        var seconds = time.GetElapsedTime(start).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture).PadLeft(6);
        var line = $"[[{seconds} s]] {Markup.Escape(text)}";
        console.MarkupLine(style.Length == 0 ? line : $"[{style}]{line}[/]");
    }
}
