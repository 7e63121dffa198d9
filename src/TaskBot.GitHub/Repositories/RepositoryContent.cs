namespace TaskBot.GitHub.Repositories;

/// <summary>A file, folder, symlink or submodule at a path of a commit.</summary>
/// <param name="Type"><c>file</c>, <c>dir</c>, <c>symlink</c> or <c>submodule</c>.</param>
/// <param name="Sha">The blob or tree id.</param>
/// <param name="Content">Base64 with line breaks; null in listings and empty above 1 MB (<paramref name="Encoding"/> is then <c>none</c>).</param>
public sealed record RepositoryContent(
    string Type,
    string Path,
    string Sha,
    string? Name = null,
    long Size = 0,
    string? Encoding = null,
    string? Content = null,
    string? Target = null)
{
    /// <summary>The file's bytes, or null when this answer does not carry them.</summary>
    public byte[]? ReadBytes() => Encoding == "base64" && Content is not null ? Convert.FromBase64String(Content) : null;
}

/// <summary>A file to write by one commit of its own.</summary>
/// <param name="Content">The new bytes, base64.</param>
/// <param name="Sha">The blob id being replaced; null creates the file.</param>
public sealed record FileWrite(string Message, string Content, string? Sha = null, string? Branch = null);

/// <summary>The commit that wrote a file, and the file after it.</summary>
public sealed record FileWritten(RepositoryContent? Content, CommitReference Commit);
