using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace TaskBot.Workspaces.Edits;

/// <summary>What became of one block of a reply.</summary>
public enum EditStatus
{
    /// <summary>Part of the changes that the result carries.</summary>
    [JsonStringEnumMemberName("applied")]
    Applied,

    /// <summary>Found and right in itself, yet not applied, because another block was refused and a reply is applied whole or not at all.</summary>
    [JsonStringEnumMemberName("fine")]
    Fine,

    [JsonStringEnumMemberName("refused")]
    Refused,
}

/// <summary>How a block's old text was found. Each needs one place only; a block is matched by one of them from its first line to its last.</summary>
public enum MatchTier
{
    /// <summary>Byte for byte, line ends aside.</summary>
    [JsonStringEnumMemberName("exact")]
    Exact,

    /// <summary>Blanks at the ends of lines ignored; the file's own bytes stay where a line is kept.</summary>
    [JsonStringEnumMemberName("trailing_blanks")]
    TrailingBlanks,

    /// <summary>Without the empty lines that the reply has around the block and the file has not.</summary>
    [JsonStringEnumMemberName("edge_blank_lines")]
    EdgeBlankLines,

    /// <summary>Every line moved by the same indentation, the new lines with them.</summary>
    [JsonStringEnumMemberName("indentation")]
    Indentation,

    /// <summary>The diff's context lines lack their leading column.</summary>
    [JsonStringEnumMemberName("context_column")]
    ContextColumn,

    /// <summary>The diff's signs are two columns wide: <c>"- old"</c>, <c>"+ new"</c>.</summary>
    [JsonStringEnumMemberName("sign_column")]
    SignColumn,

    /// <summary>Nothing had to be found: a new, deleted, renamed or wholly replaced file.</summary>
    [JsonStringEnumMemberName("whole_file")]
    WholeFile,
}

/// <summary>Why a block was refused; the message of its report says the same in words.</summary>
public enum RefusalReason
{
    [JsonStringEnumMemberName("no_edit")]
    NoEdit,
    [JsonStringEnumMemberName("malformed")]
    Malformed,
    [JsonStringEnumMemberName("cut_off")]
    CutOff,
    [JsonStringEnumMemberName("mixed_formats")]
    MixedFormats,
    [JsonStringEnumMemberName("too_large")]
    TooLarge,
    [JsonStringEnumMemberName("no_path")]
    NoPath,
    [JsonStringEnumMemberName("unsafe_path")]
    UnsafePath,
    [JsonStringEnumMemberName("missing_file")]
    MissingFile,
    [JsonStringEnumMemberName("file_exists")]
    FileExists,
    [JsonStringEnumMemberName("not_text")]
    NotText,
    [JsonStringEnumMemberName("not_found")]
    NotFound,
    [JsonStringEnumMemberName("ambiguous")]
    Ambiguous,
    [JsonStringEnumMemberName("nothing_to_find")]
    NothingToFind,
    [JsonStringEnumMemberName("uneven_indentation")]
    UnevenIndentation,
    [JsonStringEnumMemberName("elided")]
    Elided,
    [JsonStringEnumMemberName("escaped")]
    Escaped,
    [JsonStringEnumMemberName("conflict")]
    Conflict,
    [JsonStringEnumMemberName("no_change")]
    NoChange,
}

/// <summary>One line on which the block and the nearest place in the file differ; null where one side has no such line.</summary>
public sealed record LineDifference(int? Line, string? Reply, string? File);

/// <summary>The place in the file that is most like what a refused block looked for.</summary>
/// <param name="Line">First line of the place, from 1.</param>
/// <param name="Similarity">From 0 to 1, over the block's old lines.</param>
/// <param name="Differences">The first few lines that differ.</param>
/// <param name="Text">The file's own lines there, to be copied into the next attempt.</param>
public sealed record NearestPlace(int Line, double Similarity, ImmutableArray<LineDifference> Differences, ImmutableArray<string> Text);

/// <summary>Lines of the file that stand once in it, to be quoted as they are.</summary>
/// <param name="Line">The first of them, from 1.</param>
public sealed record PlaceText(int Line, ImmutableArray<string> Text);

/// <summary>What became of one block (a hunk, a search/replace block, or a whole-file action) of a reply.</summary>
public sealed record EditReport
{
    /// <summary>Position among the reply's blocks, from 1; 0 where the report is about the reply as a whole.</summary>
    public required int Block { get; init; }

    /// <summary>Line of the reply on which the block starts, from 1.</summary>
    public required int ReplyLine { get; init; }

    public required EditStatus Status { get; init; }

    /// <summary>The file, as the tree writes its path; as the reply writes it where there is no such file.</summary>
    public string? Path { get; init; }

    /// <summary>First line of the place in the file before the edit, from 1.</summary>
    public int? Line { get; init; }

    public MatchTier? Tier { get; init; }

    public RefusalReason? Reason { get; init; }

    /// <summary>One sentence for people and models alike: what happened, or what is wrong and what to write instead.</summary>
    public required string Message { get; init; }

    /// <summary>All places that match, where there are several.</summary>
    public ImmutableArray<int> Places { get; init; } = [];

    public NearestPlace? Nearest { get; init; }

    /// <summary>Of several places the first few, each with as many lines around it as make it the only one.</summary>
    public ImmutableArray<PlaceText> Choices { get; init; } = [];
}
