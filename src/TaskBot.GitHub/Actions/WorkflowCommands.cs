using System.Security.Cryptography;
using System.Text;

namespace TaskBot.GitHub.Actions;

/// <summary>
/// The commands that a job's log understands (<c>::name key=value::text</c>), escaped so that no text can be more than text.
/// Output that others wrote belongs inside <see cref="StopCommands"/>. Source: actions/runner, ActionCommand.
/// </summary>
public sealed class WorkflowCommands(TextWriter log)
{
    readonly Lock _writing = new();

    /// <summary>A line shown in debug runs only.</summary>
    public void Debug(string message) => Write("debug", message);

    /// <summary>An annotation of the lowest level.</summary>
    public void Notice(string message, AnnotationPlace? place = null) => Write("notice", message, place);

    /// <summary>A yellow annotation.</summary>
    public void Warning(string message, AnnotationPlace? place = null) => Write("warning", message, place);

    /// <summary>A red annotation; does not fail the step.</summary>
    public void Error(string message, AnnotationPlace? place = null) => Write("error", message, place);

    /// <summary>Hides a secret, and each of its lines, in all later output. An empty one is skipped: the runner refuses it.</summary>
    public void AddMask(string secret)
    {
        if (!string.IsNullOrWhiteSpace(secret)) Write("add-mask", secret);
    }

    /// <summary>Folds what is written until the result is disposed. Groups do not nest.</summary>
    public IDisposable Group(string title)
    {
        Write("group", title);
        return new Ending(() => Write("endgroup", ""));
    }

    /// <summary>Makes the log deaf to commands until the result is disposed, under a token that nobody can guess.</summary>
    public IDisposable StopCommands()
    {
        var token = RandomNumberGenerator.GetHexString(32, lowercase: true);
        Write("stop-commands", token);
        return new Ending(() => Line($"::{token}::"));
    }

    /// <summary>Writes text that others made, line by line, so that no line of it is taken for a command.</summary>
    public void Untrusted(string text)
    {
        using (StopCommands()) Line(text);
    }

    void Write(string command, string message, AnnotationPlace? place = null)
    {
        var line = new StringBuilder("::").Append(command);
        var separator = ' ';
        foreach (var (key, value) in place?.Properties ?? [])
        {
            line.Append(separator).Append(key).Append('=').Append(EscapeProperty(value));
            separator = ',';
        }

        Line(line.Append("::").Append(EscapeData(message)).ToString());
    }

    // A command counts only at the start of a line; what was written before may have ended without a line break, so each is its own line.
    void Line(string text)
    {
        lock (_writing)
        {
            log.WriteLine(text);
            log.Flush();
        }
    }

    static string EscapeData(string text) =>
        text.Replace("%", "%25", StringComparison.Ordinal).Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal);

    static string EscapeProperty(string text) =>
        EscapeData(text).Replace(":", "%3A", StringComparison.Ordinal).Replace(",", "%2C", StringComparison.Ordinal);

    sealed class Ending(Action end) : IDisposable
    {
        Action? _end = end;

        public void Dispose() => Interlocked.Exchange(ref _end, value: null)?.Invoke();
    }
}

/// <summary>What an annotation is about. Lines and columns count from 1.</summary>
public sealed record AnnotationPlace(
    string? File = null, int? Line = null, int? EndLine = null, int? Column = null, int? EndColumn = null, string? Title = null)
{
    internal IEnumerable<(string Key, string Value)> Properties
    {
        get
        {
            if (File is not null) yield return ("file", File);
            if (Line is { } line) yield return ("line", line.ToString());
            if (EndLine is { } endLine) yield return ("endLine", endLine.ToString());
            if (Column is { } column) yield return ("col", column.ToString());
            if (EndColumn is { } endColumn) yield return ("endColumn", endColumn.ToString());
            if (Title is not null) yield return ("title", Title);
        }
    }
}
