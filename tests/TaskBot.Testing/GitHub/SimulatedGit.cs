using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace TaskBot.Testing.GitHub;

/// <summary>Git's objects in memory, named as git names them, so that what a client has locally and what it uploads are the same object.</summary>
sealed class SimulatedGit
{
    readonly Dictionary<string, (string Type, byte[] Content)> _objects = new(StringComparer.Ordinal);
    readonly Dictionary<string, byte[]> _blobs = new(StringComparer.Ordinal);
    readonly Dictionary<string, IReadOnlyList<SimulatedTreeEntry>> _trees = new(StringComparer.Ordinal);
    readonly Dictionary<string, SimulatedCommit> _commits = new(StringComparer.Ordinal);

    public string AddBlob(byte[] content)
    {
        var id = Name("blob", content);
        _blobs[id] = content;
        return id;
    }

    public byte[]? FindBlob(string id) => _blobs.GetValueOrDefault(id);

    public IReadOnlyList<SimulatedTreeEntry>? FindTree(string id) => _trees.GetValueOrDefault(id);

    public SimulatedCommit? FindCommit(string id) => _commits.GetValueOrDefault(id);

    /// <summary>A tree of one level; git sorts folders as if their names ended in a slash.</summary>
    public string AddTree(IEnumerable<SimulatedTreeEntry> entries)
    {
        var sorted = entries.OrderBy(entry => entry.IsTree ? entry.Name + "/" : entry.Name, StringComparer.Ordinal).ToList();
        using var bytes = new MemoryStream();
        foreach (var entry in sorted)
        {
            bytes.Write(Encoding.UTF8.GetBytes($"{entry.Mode.TrimStart('0')} {entry.Name}\0"));
            bytes.Write(Convert.FromHexString(entry.Id));
        }

        var id = Name("tree", bytes.ToArray());
        _trees[id] = sorted;
        return id;
    }

    /// <summary>The tree with these paths set, or removed where the id is null.</summary>
    public string Change(string? tree, IEnumerable<(string Path, string Mode, string? Id)> changes)
    {
        var entries = (tree is null ? [] : _trees[tree]).ToDictionary(entry => entry.Name, StringComparer.Ordinal);
        foreach (var group in changes.GroupBy(change => change.Path.Split('/')[0], StringComparer.Ordinal))
        {
            var below = group.Where(change => change.Path.Contains('/', StringComparison.Ordinal)).Select(change => (change.Path[(group.Key.Length + 1)..], change.Mode, change.Id)).ToList();
            if (below.Count > 0)
            {
                var inner = Change(entries.GetValueOrDefault(group.Key) is { IsTree: true } known ? known.Id : null, below);
                if (_trees[inner].Count == 0) entries.Remove(group.Key);
                else entries[group.Key] = new(group.Key, "040000", inner);
            }
            else if (group.Single() is { Id: { } id, Mode: var mode })
            {
                entries[group.Key] = new(group.Key, mode, id);
            }
            else
            {
                entries.Remove(group.Key);
            }
        }

        return AddTree(entries.Values);
    }

    public string AddCommit(SimulatedCommit commit)
    {
        var text = new StringBuilder($"tree {commit.Tree}\n");
        foreach (var parent in commit.Parents) text.Append("parent ").Append(parent).Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"author {commit.Author} {commit.At.ToUnixTimeSeconds()} +0000\ncommitter {commit.Author} {commit.At.ToUnixTimeSeconds()} +0000\n\n{commit.Message}");
        var id = Name("commit", Encoding.UTF8.GetBytes(text.ToString()));
        _commits[id] = commit;
        return id;
    }

    public byte[]? ReadFile(string commit, string path)
    {
        var tree = _commits[commit].Tree;
        var parts = path.Split('/');
        foreach (var folder in parts[..^1])
        {
            if (_trees[tree].FirstOrDefault(entry => entry.Name == folder && entry.IsTree) is not { } found) return null;
            tree = found.Id;
        }

        return _trees[tree].FirstOrDefault(entry => entry.Name == parts[^1] && !entry.IsTree) is { } file ? _blobs[file.Id] : null;
    }

    /// <summary>Every file below a tree, by path.</summary>
    public IEnumerable<(string Path, SimulatedTreeEntry Entry)> Files(string tree, string prefix = "") =>
        _trees[tree].SelectMany(entry => entry.IsTree ? Files(entry.Id, $"{prefix}{entry.Name}/") : [(prefix + entry.Name, entry)]);

    string Name(string type, byte[] content)
    {
#pragma warning disable CA5350 // SHA-1 is how git names objects.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        hash.AppendData(Encoding.ASCII.GetBytes($"{type} {content.Length}\0"));
        hash.AppendData(content);
        var id = Convert.ToHexStringLower(hash.GetHashAndReset());
        _objects[id] = (type, content);
        return id;
    }

    /// <summary>Writes everything into a folder of objects, as git keeps them one by one.</summary>
    public void WriteTo(string folder)
    {
        foreach (var (id, (type, content)) in _objects)
        {
            Directory.CreateDirectory(Path.Combine(folder, id[..2]));
            using var zlib = new ZLibStream(File.Create(Path.Combine(folder, id[..2], id[2..])), CompressionLevel.Fastest);
            zlib.Write(Encoding.ASCII.GetBytes($"{type} {content.Length}\0"));
            zlib.Write(content);
        }
    }
}

/// <summary>One line of a tree.</summary>
sealed record SimulatedTreeEntry(string Name, string Mode, string Id)
{
    public bool IsTree => Mode == "040000";
}

/// <param name="Author"><c>Name &lt;address&gt;</c>.</param>
sealed record SimulatedCommit(string Tree, IReadOnlyList<string> Parents, string Message, string Author, DateTimeOffset At);
