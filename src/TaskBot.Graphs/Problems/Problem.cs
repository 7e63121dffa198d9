namespace TaskBot.Graphs.Problems;

/// <summary>A place in a layer.</summary>
/// <param name="Layer">The layer's identifier: a file path, <c>taskbot:core/...</c>, or the name of a layer held in memory.</param>
/// <param name="Line">1-based; 0 where the layer as a whole is meant.</param>
/// <param name="Column">1-based; 0 where the line as a whole is meant.</param>
public sealed record SourceLocation(string Layer, int Line, int Column)
{
    public override string ToString() => Line == 0 ? Layer : Column == 0 ? $"{Layer}:{Line}" : $"{Layer}:{Line}:{Column}";
}

/// <summary>Whether a problem stops a run or is only said.</summary>
public enum ProblemSeverity
{
    Error,
    Warning,
}

/// <summary>One mistake in what a user wrote: where, what is wrong, and what to write instead.</summary>
/// <param name="Kind">A stable word for programs, such as <c>unknown-key</c> or <c>missing-reference</c>.</param>
/// <param name="Location">Where it stands.</param>
/// <param name="Message">What is wrong, a full sentence.</param>
/// <param name="Fix">What to write instead, where that is known.</param>
/// <param name="Severity">Whether it stops a run.</param>
public sealed record Problem(string Kind, SourceLocation Location, string Message, string? Fix = null, ProblemSeverity Severity = ProblemSeverity.Error)
{
    public override string ToString() => Fix is null ? $"{Location}: {Message}" : $"{Location}: {Message} {Fix}";
}
