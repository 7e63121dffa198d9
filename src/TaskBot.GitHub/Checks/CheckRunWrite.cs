namespace TaskBot.GitHub.Checks;

/// <summary>A check run to make or to change (a change needs no name and no head).</summary>
/// <param name="Conclusion">Required by GitHub once <paramref name="Status"/> is <c>completed</c>.</param>
/// <param name="Actions">Buttons, three at most.</param>
public sealed record CheckRunWrite(
    string? Name = null,
    string? HeadSha = null,
    string? Status = null,
    string? Conclusion = null,
    string? DetailsUrl = null,
    string? ExternalId = null,
    DateTimeOffset? StartedAt = null,
    DateTimeOffset? CompletedAt = null,
    CheckRunOutputWrite? Output = null,
    IReadOnlyList<CheckRunAction>? Actions = null);

/// <summary>The text of a check run to write; GitHub wants title and summary together.</summary>
public sealed record CheckRunOutputWrite(
    string Title, string Summary, string? Text = null, IReadOnlyList<CheckAnnotation>? Annotations = null);

/// <summary>A note on lines of a file.</summary>
/// <param name="StartLine">1-based.</param>
/// <param name="AnnotationLevel"><c>notice</c>, <c>warning</c> or <c>failure</c>.</param>
public sealed record CheckAnnotation(
    string Path,
    int StartLine,
    int EndLine,
    string AnnotationLevel,
    string Message,
    string? Title = null,
    string? RawDetails = null,
    int? StartColumn = null,
    int? EndColumn = null);

/// <summary>A button on a check run: label at most 20 characters, description 40, identifier 20.</summary>
public sealed record CheckRunAction(string Label, string Description, string Identifier);
