using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using TaskBot.Graphs.Layers.Yaml;
using TaskBot.Graphs.Problems;
using TaskBot.Graphs.Values;

namespace TaskBot.Graphs.Layers;

/// <summary>What one asset of another repository is pinned to.</summary>
/// <param name="Commit">The full commit id that the ref named.</param>
/// <param name="Digest"><c>sha256:</c> and 64 hexadecimal digits, of the file's bytes.</param>
public sealed record LockEntry(string Commit, string Digest);

/// <summary>
/// <c>.github/taskbot/lock.yml</c>: every layer of another repository that composition may read, by its asset path, pinned by commit and content.
/// Immutable; what is not in it cannot be read.
/// </summary>
public sealed class LockFile(ImmutableSortedDictionary<string, LockEntry> entries)
{
    /// <summary>Where it lies in a repository.</summary>
    public const string Path = ".github/taskbot/lock.yml";

    public static readonly LockFile Empty = new(ImmutableSortedDictionary.Create<string, LockEntry>(StringComparer.Ordinal));

    /// <summary>By asset path: <c>owner/repo/path@ref</c>.</summary>
    public ImmutableSortedDictionary<string, LockEntry> Entries { get; } = entries;

    public LockEntry? Find(RemoteAsset asset) => Entries.GetValueOrDefault(asset.ToString());

    public static string DigestOf(ReadOnlySpan<byte> content) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(content))}";

    /// <summary>Reads the file; a broken entry is a problem and left out.</summary>
    public static (LockFile Lock, ImmutableArray<Problem> Problems) Parse(string identifier, string text)
    {
        var problems = new List<Problem>();
        var entries = ImmutableSortedDictionary.CreateBuilder<string, LockEntry>(StringComparer.Ordinal);
        var document = YamlReader.Read(identifier, text, problems) as YamlMapping;
        foreach (var (key, value) in (document?.Find("locks") as YamlMapping)?.Entries ?? [])
        {
            if (RemoteAsset.Parse(key.Text) is not null && value is YamlMapping entry
                && Text(entry, "commit") is { } commit && IsCommit(commit) && Text(entry, "digest") is { } digest && IsDigest(digest)) entries[key.Text] = new(commit, digest);
            else
                problems.Add(new("bad-lock", new(identifier, key.At.Line, key.At.Column), $"'{key.Text}' is not locked to a commit and a digest.",
                    "Run 'taskbot task lock' to write it anew."));
        }

        return (new(entries.ToImmutable()), [.. problems]);
    }

    static string? Text(YamlMapping entry, string key) => (entry.Find(key) as YamlScalar)?.Text;

    static bool IsCommit(string text) => text.Length is 40 or 64 && text.All(char.IsAsciiHexDigitLower);

    static bool IsDigest(string text) => text.Length == 71 && text.StartsWith("sha256:", StringComparison.Ordinal) && text.AsSpan(7).ToString().All(char.IsAsciiHexDigitLower);

    /// <summary>The lock with one asset pinned anew.</summary>
    public LockFile With(RemoteAsset asset, LockEntry entry) => new(Entries.SetItem(asset.ToString(), entry));

    /// <summary>The lock without assets that are not used any more.</summary>
    public LockFile Only(IEnumerable<RemoteAsset> used)
    {
        var kept = used.Select(asset => asset.ToString()).ToHashSet(StringComparer.Ordinal);
        return new(Entries.RemoveRange(Entries.Keys.Where(key => !kept.Contains(key))));
    }

    /// <summary>Compares what a ref means now with what is locked: a ref that moved is an error, until someone updates the lock on purpose.</summary>
    public Problem? Check(RemoteAsset asset, LockEntry current, SourceLocation location) => Find(asset) switch
    {
        null => new("not-locked", location, $"'{asset}' is not in {Path}.", "Run 'taskbot task lock'."),
        { } locked when locked.Digest != current.Digest => new("moved-ref", location,
            $"'{asset.Ref}' of {asset.Repository} moved from {locked.Commit[..12]} to {current.Commit[..12]}, and {asset.Path} with it.",
            "Read what changed, then run 'taskbot task lock --update'."),
        _ => null,
    };

    public string ToYaml()
    {
        var text = new StringBuilder("# Written by 'taskbot task lock'; pins every layer of another repository by commit and content.\ntaskbot: 1\n");
        if (Entries.IsEmpty) return text.Append("locks: {}\n").ToString();
        text.Append("locks:\n");
        foreach (var (asset, entry) in Entries) text.Append("  ").Append(((TaskValue)asset).ToJson()).Append(": { commit: \"").Append(entry.Commit).Append("\", digest: \"").Append(entry.Digest).Append("\" }\n");
        return text.ToString();
    }
}
