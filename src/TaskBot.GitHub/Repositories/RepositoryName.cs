using System.Diagnostics.CodeAnalysis;

namespace TaskBot.GitHub.Repositories;

/// <summary>A repository's address on its server, written <c>owner/name</c>.</summary>
public readonly record struct RepositoryName(string Owner, string Name)
{
    /// <summary>Reads <c>owner/name</c>; false when it is not exactly two non-empty parts that GitHub would accept.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out RepositoryName name)
    {
        name = default;
        if (text?.Split('/') is not [var owner, var repository] || !IsPart(owner) || !IsPart(repository)) return false;
        name = new RepositoryName(owner, repository);
        return true;
    }

    /// <exception cref="FormatException">The text is not <c>owner/name</c>.</exception>
    public static RepositoryName Parse(string text) =>
        TryParse(text, out var name) ? name : throw new FormatException($"'{text}' is not a repository; write owner/name.");

    public override string ToString() => $"{Owner}/{Name}";

    static bool IsPart(string part) =>
        part.Length is > 0 and <= 100 && part is not ("." or "..") && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
