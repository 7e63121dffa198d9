using System.Collections.Immutable;

namespace TaskBot.Workspaces.Edits.Formats;

internal enum LineRole
{
    Context,
    Removed,
    Added,
}

/// <summary>One line of a hunk without its line end.</summary>
/// <param name="Raw">The line as the reply has it, where a leading column was taken off; equal to <paramref name="Text"/> elsewhere.</param>
internal readonly record struct HunkLine(LineRole Role, string Text, string Raw)
{
    public bool IsOld => Role != LineRole.Added;

    public bool IsBlank => string.IsNullOrWhiteSpace(Text);
}

/// <summary>What one block changes: old lines to be found in the file, and the lines that take their place. Every format becomes this.</summary>
internal sealed record Hunk
{
    /// <summary>Position among the reply's blocks, from 1.</summary>
    public required int Block { get; init; }

    public required int ReplyLine { get; init; }

    public required ImmutableArray<HunkLine> Lines { get; init; }

    /// <summary>The line on which the reply says that the old text starts, from 1; null where it says nothing.</summary>
    public int? OldStart { get; init; }

    /// <summary>Whether the lines come from a notation with a leading column (diffs), which replies lose or double.</summary>
    public bool HasColumn { get; init; }

    /// <summary>Whether a context line stands in the first column, so that its column must have been lost.</summary>
    public bool LostColumn { get; init; }

    /// <summary>Whether the header promises more or fewer new lines than old ones, which a hunk without a changed line does not keep.</summary>
    public bool LostChange { get; init; }

    /// <summary>Lines that must stand before the hunk, in this order (Codex's <c>@@ class Foo</c>).</summary>
    public ImmutableArray<string> Anchors { get; init; } = [];

    /// <summary>Whether the hunk must end with the file (Codex's <c>*** End of File</c>).</summary>
    public bool AtEndOfFile { get; init; }

    /// <summary>What <c>\ No newline at end of file</c> says of the old and of the new text.</summary>
    public bool OldLacksFinalNewline { get; init; }

    public bool NewLacksFinalNewline { get; init; }

    /// <summary>Whether the new lines are the old ones.</summary>
    public bool ChangesNothing => OldLacksFinalNewline == NewLacksFinalNewline && Lines.Where(line => line.Role != LineRole.Added).Select(line => line.Text)
        .SequenceEqual(Lines.Where(line => line.Role != LineRole.Removed).Select(line => line.Text));
}
