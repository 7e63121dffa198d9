using System.Diagnostics.CodeAnalysis;
using TaskBot.GitHub.Repositories;

namespace TaskBot.GitHub.Git;

/// <summary>Who wrote or committed, as git records it.</summary>
/// <param name="Username">The login, in push events only.</param>
public sealed record GitIdentity(string? Name = null, string? Email = null, DateTimeOffset? Date = null, string? Username = null);

/// <summary>A reference and what it points at.</summary>
/// <param name="Name">The full name, <c>refs/heads/main</c>.</param>
public sealed record GitReference([property: System.Text.Json.Serialization.JsonPropertyName("ref")] string Name, GitObject Object);

/// <summary>An object by type (<c>commit</c>, <c>tag</c>, <c>tree</c>, <c>blob</c>) and id.</summary>
public sealed record GitObject(string Type, string Sha);

/// <summary>A commit object: tree, parents, message. Times are told in UTC.</summary>
public sealed record GitCommit(
    string Sha, CommitReference Tree, string Message = "", GitIdentity? Author = null, GitIdentity? Committer = null, CommitVerification? Verification = null)
{
    [AllowNull]
    public IReadOnlyList<CommitReference> Parents { get; init => field = value ?? []; } = [];
}

/// <summary>What GitHub found when it looked at a commit's signature.</summary>
/// <param name="Payload">The bytes that were signed; null without a signature.</param>
public sealed record CommitVerification(bool Verified = false, string? Signature = null, string? Payload = null);

/// <summary>A file's bytes by its id.</summary>
/// <param name="Content">Base64 with line breaks, or text, as <paramref name="Encoding"/> says.</param>
public sealed record GitBlob(string Sha, string Content, string Encoding)
{
    public byte[] ReadBytes() => Encoding == "base64" ? Convert.FromBase64String(Content) : System.Text.Encoding.UTF8.GetBytes(Content);
}

/// <summary>A tree object's entries.</summary>
/// <param name="Truncated">True when a recursive listing was too large and GitHub left entries out.</param>
public sealed record GitTree(string Sha, bool Truncated = false)
{
    [AllowNull]
    public IReadOnlyList<GitTreeEntry> Tree { get; init => field = value ?? []; } = [];
}

/// <summary>One entry of a tree.</summary>
/// <param name="Path">The entry's name, or its path below the tree in a recursive listing.</param>
/// <param name="Mode"><c>100644</c>, <c>100755</c>, <c>040000</c>, <c>160000</c> or <c>120000</c>.</param>
/// <param name="Type"><c>blob</c>, <c>tree</c> or <c>commit</c>.</param>
public sealed record GitTreeEntry(string Path, string Mode, string Type, string Sha, long? Size = null);

/// <summary>An entry of a tree to make; <paramref name="Sha"/> null removes the path from the base tree.</summary>
public sealed record NewTreeEntry(
    string Path,
    string Mode,
    string Type,
    [property: System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.Never)] string? Sha);

/// <summary>A commit to make. Without author and committer GitHub takes the token's own account, and signs it for an App.</summary>
public sealed record NewCommit(
    string Message, string Tree, IReadOnlyList<string> Parents, GitIdentity? Author = null, GitIdentity? Committer = null);
