using System.Globalization;
using System.Text;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Workspaces.Tests.Trees;

/// <summary>A scratch repository as a forge's API tells it, answered by git itself: times in UTC, the message without line ends at its end, names as text.</summary>
sealed class ScratchApi(ScratchRepository scratch) : IApiObjects
{
    readonly Lock gate = new();

    /// <summary>What was asked for, in order.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>Whether listings of more than one folder are too long to be told whole.</summary>
    public bool Truncates { get; init; }

    /// <summary>What becomes of an archive on its way.</summary>
    public Func<byte[], byte[]> OnArchive { get; set; } = archive => archive;

    public Func<byte[], byte[]> OnBlob { get; set; } = content => content;

    public Func<ToldTree, ToldTree> OnTree { get; set; } = tree => tree;

    public Func<ToldCommit, ToldCommit> OnCommit { get; set; } = commit => commit;

    public Task<ToldCommit> GetCommitAsync(CommitId commit, CancellationToken cancellationToken)
    {
        Note("commit");
        var text = Encoding.UTF8.GetString(scratch.GitBytes("cat-file", "commit", commit.Value));
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        var headers = text[..end].Replace("\n ", "\r ", StringComparison.Ordinal).Split('\n');
        var signature = headers.FirstOrDefault(line => line.StartsWith("gpgsig ", StringComparison.Ordinal))?["gpgsig ".Length..].Replace("\r ", "\n", StringComparison.Ordinal);
        return Task.FromResult(OnCommit(new ToldCommit(
            new TreeId(headers[0]["tree ".Length..]),
            [.. headers.Where(line => line.StartsWith("parent ", StringComparison.Ordinal)).Select(line => new CommitId(line["parent ".Length..]))],
            By(headers.Single(line => line.StartsWith("author ", StringComparison.Ordinal))),
            By(headers.Single(line => line.StartsWith("committer ", StringComparison.Ordinal))),
            text[(end + 2)..].TrimEnd('\n'),
            signature is null ? null : string.Join('\n', headers.Where(line => !line.StartsWith("gpgsig ", StringComparison.Ordinal))) + text[end..],
            signature)));

        static CommitSignature By(string line)
        {
            var (name, mail) = (line.IndexOf('<', StringComparison.Ordinal), line.IndexOf('>', StringComparison.Ordinal));
            var seconds = long.Parse(line[(mail + 2)..].Split(' ')[0], CultureInfo.InvariantCulture);
            return new(line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..(name - 1)], line[(name + 1)..mail], DateTimeOffset.FromUnixTimeSeconds(seconds));
        }
    }

    public Task<ToldTree> GetTreeAsync(TreeId tree, CancellationToken cancellationToken)
    {
        Note("tree");
        string[] deep = Truncates ? [] : ["-r", "-t"];
        var entries = scratch.GitBytes(["ls-tree", "-z", .. deep, tree.Value]).AsSpan();
        var told = new List<TreeEntry>();
        while (!entries.IsEmpty)
        {
            var end = entries.IndexOf((byte)0);
            var words = Encoding.UTF8.GetString(entries[..end]).Split('\t', 2);
            var facts = words[0].Split(' ');
            told.Add(new TreeEntry(words[1], EntryModes.Parse(Encoding.ASCII.GetBytes(facts[0])), facts[2]));
            entries = entries[(end + 1)..];
        }
        return Task.FromResult(OnTree(new ToldTree(told, !Truncates)));
    }

    public Task<ReadOnlyMemory<byte>> GetBlobAsync(BlobId blob, CancellationToken cancellationToken)
    {
        Note("blob");
        return Task.FromResult<ReadOnlyMemory<byte>>(OnBlob(scratch.GitBytes("cat-file", "blob", blob.Value)));
    }

    public Task<Stream> OpenArchiveAsync(CommitId commit, CancellationToken cancellationToken)
    {
        Note("archive");
        return Task.FromResult<Stream>(new MemoryStream(OnArchive(scratch.GitBytes("archive", "--format=tar.gz", "--prefix=acme-demo-1234567/", commit.Value))));
    }

    void Note(string what)
    {
        lock (gate) Asked.Add(what);
    }
}
