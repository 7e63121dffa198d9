using System.Collections.Immutable;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Edits.Formats;

internal enum FileAction
{
    /// <summary>Hunks on a file that exists.</summary>
    Change,

    /// <summary>A file that must not exist yet, or must be empty.</summary>
    Create,

    /// <summary>The whole new text of a file that may exist.</summary>
    Replace,

    Delete,
}

/// <summary>What a reply says of one file, before any file was looked at: paths are still as the model wrote them.</summary>
internal sealed record FileEdit
{
    public required int Block { get; init; }

    public required int ReplyLine { get; init; }

    public required FileAction Action { get; init; }

    /// <summary>The spellings under which the file may be meant, likeliest first; the first that exists is meant.</summary>
    public required ImmutableArray<string> Paths { get; init; }

    public ImmutableArray<Hunk> Hunks { get; init; } = [];

    /// <summary>The text of a created or replaced file, lines without their ends.</summary>
    public ImmutableArray<string> Content { get; init; } = [];

    public bool ContentLacksFinalNewline { get; init; }

    /// <summary>Set where the file moves.</summary>
    public string? RenameTo { get; init; }

    /// <summary>Set where the reply sets the kind of the file (git's modes).</summary>
    public FileKind? Kind { get; init; }

    /// <summary>For a deletion by diff: the lines that the reply says the file has. Empty where it does not say.</summary>
    public Hunk? DeletedText { get; init; }

    /// <summary>Whether a replaced file's text was only guessed to be whole, so that it must resemble the file.</summary>
    public bool IsGuess { get; init; }
}
