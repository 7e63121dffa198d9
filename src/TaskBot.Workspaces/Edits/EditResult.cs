using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using TaskBot.Workspaces.Files;

namespace TaskBot.Workspaces.Edits;

/// <summary>What a reply does to a tree: all of its changes, or none and the reasons. There is no state between the two.</summary>
/// <param name="Applied">Whether <paramref name="Changes"/> is everything that the reply asks for.</param>
/// <param name="Format">The format that the reply was read as.</param>
/// <param name="Changes">What each path becomes, ordinal order; empty when refused, never empty when applied.</param>
/// <param name="Reports">One for each block, in the reply's order.</param>
public sealed record EditResult(bool Applied, EditFormat Format, ImmutableArray<FileChange> Changes, ImmutableArray<EditReport> Reports)
{
    private const int ShownReports = 200;

    /// <summary>The result as one JSON object with snake_case names; contents of files are left out.</summary>
    public string ToJson() => JsonSerializer.Serialize(
        new EditSummary(Applied, Format, [.. Changes.Select(change => new EditSummary.File(change.Path, change.After is null))], Reports),
        EditJsonContext.Default.EditSummary);

    /// <summary>The result as text for people, and for the model's next attempt: refused blocks first, with what to write instead.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        var refused = Reports.Where(report => report.Status == EditStatus.Refused).ToArray();
        var others = Reports.Where(report => report.Status != EditStatus.Refused).ToArray();
        var format = EditFormats.NameOf(Format);
        text.Append(CultureInfo.InvariantCulture, $"{(Applied ? "Applied" : "Refused, nothing changed")} ({format}): ");
        text.AppendLine(CultureInfo.InvariantCulture, $"{refused.Length} refused, {others.Length} {(Applied ? "applied" : "fine")}.");
        foreach (var report in refused.Concat(others).Take(ShownReports)) Append(text, report);
        if (Reports.Length > ShownReports) text.AppendLine(CultureInfo.InvariantCulture, $"... and {Reports.Length - ShownReports} more.");
        return text.ToString();
    }

    private static void Append(StringBuilder text, EditReport report)
    {
        var where = report.Block == 0 ? "reply" : $"block {report.Block} (reply line {report.ReplyLine})";
        text.Append(CultureInfo.InvariantCulture, $"{report.Status switch { EditStatus.Applied => "applied", EditStatus.Fine => "fine", _ => "refused" }} ");
        text.Append(where);
        if (report.Path is not null) text.Append(CultureInfo.InvariantCulture, $", {report.Path}");
        if (report.Line is not null) text.Append(CultureInfo.InvariantCulture, $":{report.Line}");
        text.AppendLine(CultureInfo.InvariantCulture, $": {report.Message}");
        foreach (var choice in report.Choices)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  the place at line {choice.Line} is the only one with these lines:");
            foreach (var line in choice.Text) text.Append("    |").AppendLine(line);
        }
        if (report.Nearest is not { } nearest) return;
        text.AppendLine(CultureInfo.InvariantCulture, $"  nearest: line {nearest.Line}, {nearest.Similarity:P0} alike");
        foreach (var difference in nearest.Differences)
        {
            if (difference.Reply is not null) text.AppendLine(CultureInfo.InvariantCulture, $"    reply has: {difference.Reply}");
            if (difference.File is not null) text.AppendLine(CultureInfo.InvariantCulture, $"    line {difference.Line} is: {difference.File}");
        }
        text.AppendLine("  the file has, to be copied exactly:");
        foreach (var line in nearest.Text) text.Append("    |").AppendLine(line);
    }
}

/// <summary>What <see cref="EditResult.ToJson"/> writes.</summary>
internal sealed record EditSummary(
    bool Applied, EditFormat Format, ImmutableArray<EditSummary.File> Files, ImmutableArray<EditReport> Reports)
{
    internal sealed record File(string Path, bool Deleted);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EditSummary))]
internal sealed partial class EditJsonContext : JsonSerializerContext;
