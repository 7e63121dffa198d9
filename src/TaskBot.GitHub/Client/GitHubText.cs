using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace TaskBot.GitHub.Client;

/// <summary>
/// GitHub's limits on text, and cutting to them between the characters that people see (never inside an emoji or an accent).
/// The cut text ends in <see cref="Ellipsis"/>.
/// </summary>
public static class GitHubText
{
    /// <summary>Bodies of issues, pull requests, comments and reviews, in UTF-16 units (GitHub counts characters: never more).</summary>
    public const int BodyLimit = 65_536;

    /// <summary>A check run's summary and text. GitHub documents characters; counting bytes as well is not known to be needed.</summary>
    public const int CheckOutputLimit = 65_535;

    /// <summary>An annotation's message and raw details, in UTF-8 bytes.</summary>
    public const int AnnotationByteLimit = 64 * 1024;

    /// <summary>An annotation's title, in characters.</summary>
    public const int AnnotationTitleLimit = 255;

    /// <summary>A commit status's description, in characters.</summary>
    public const int StatusDescriptionLimit = 140;

    /// <summary>A label's description, in characters.</summary>
    public const int LabelDescriptionLimit = 100;

    /// <summary>What a cut text ends in.</summary>
    public const string Ellipsis = "…";

    /// <summary>Cuts to <paramref name="limit"/> UTF-16 units, the ending included.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Cut(string? text, int limit, string ending = Ellipsis)
    {
        if (text is null || text.Length <= limit) return text;
        return string.Concat(text.AsSpan(0, Boundary(text, limit - ending.Length)), ending);
    }

    /// <summary>Cuts to <paramref name="limit"/> UTF-8 bytes, the ending included.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? CutBytes(string? text, int limit, string ending = Ellipsis)
    {
        if (text is null || Encoding.UTF8.GetByteCount(text) <= limit) return text;
        Encoding.UTF8.GetEncoder().Convert(text, new byte[limit - Encoding.UTF8.GetByteCount(ending)], flush: false, out var used, out _, out _);
        return string.Concat(text.AsSpan(0, Boundary(text, used)), ending);
    }

    /// <summary>
    /// Cuts a Markdown body to GitHub's limit. The ending tells how much is missing, so that nobody takes the part for the whole.
    /// </summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Body(string? text) =>
        text is null || text.Length <= BodyLimit
            ? text
            : Cut(text, BodyLimit, $"\n\n… cut: GitHub allows {BodyLimit:N0} characters, this text has {text.Length:N0}.");

    // The last character boundary at or before the index. A window suffices: no character that people use is longer, and a longer run of
    // combining marks is cut inside rather than walked from the start of a huge text.
    static int Boundary(string text, int index)
    {
        if (index <= 0) return 0;
        var start = Math.Max(0, index - 64);
        if (start > 0 && char.IsLowSurrogate(text[start])) start--;
        var boundary = start;
        while (boundary < index)
        {
            var next = boundary + StringInfo.GetNextTextElementLength(text.AsSpan(boundary));
            if (next > index) break;
            boundary = next;
        }

        if (boundary > start || start == 0) return boundary;
        return char.IsLowSurrogate(text[index]) ? index - 1 : index;
    }
}
