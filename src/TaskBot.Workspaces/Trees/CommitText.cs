using System.Globalization;
using System.Text;

namespace TaskBot.Workspaces.Trees;

/// <summary>
/// Makes a commit's bytes of what an API tells of it. What is lost on the way (the offset of a time, line ends at the end) is tried: of all that
/// it may have been, one has the commit's id.
/// </summary>
static class CommitText
{
    static readonly string[] Ends = ["", "\n", "\n\n"];

    /// <summary>Every offset in use is a multiple of 15 minutes; those of whole hours come first.</summary>
    static readonly TimeSpan[] Offsets =
    [
        .. Enumerable.Range(-14 * 4, 28 * 4 + 1).OrderBy(quarter => quarter % 4 == 0 ? 0 : 1).ThenBy(Math.Abs).Select(quarter => TimeSpan.FromMinutes(15 * quarter)),
    ];

    /// <summary>The bytes that have this id, or null where the commit says something that was not told.</summary>
    public static byte[]? Rebuild(CommitId commit, ToldCommit told)
    {
        foreach (var text in told is { SignedText: { } signed, Signature: { } signature } ? Signed(signed, signature) : Plain(told))
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            if (ObjectBatch.IdOf("commit", bytes, commit.Value.Length / 2) == commit.Value)
                return bytes;
        }
        return null;
    }

    /// <summary>The signature is a header after all others; each line after its first begins with a space.</summary>
    static IEnumerable<string> Signed(string text, string signature)
    {
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        if (end < 0)
            yield break;
        var armour = signature.TrimEnd('\n');
        // GitHub's own signatures end in an empty line.
        foreach (var lines in (string[])[armour, armour + "\n", armour + "\n\n"])
            foreach (var last in Ends)
                yield return $"{text[..end]}\ngpgsig {lines.Replace("\n", "\n ", StringComparison.Ordinal)}{text[end..]}{last}";
    }

    static IEnumerable<string> Plain(ToldCommit told)
    {
        var parents = string.Concat(told.Parents.Select(parent => $"parent {parent}\n"));
        // Author and committer mostly sat in the same place.
        var pairs = Offsets.Select(offset => (Author: offset, Committer: offset))
            .Concat(from author in Offsets from committer in Offsets where author != committer select (Author: author, Committer: committer));
        return from pair in pairs
               from end in Ends
               select $"tree {told.Tree}\n{parents}author {Signature(told.Author, pair.Author)}\ncommitter {Signature(told.Committer, pair.Committer)}\n\n{told.Message}{end}";
    }

    static string Signature(CommitSignature by, TimeSpan offset) => string.Create(
        CultureInfo.InvariantCulture,
        $"{by.Name} <{by.Email}> {by.When.ToUnixTimeSeconds()} {(offset < TimeSpan.Zero ? '-' : '+')}{offset:hhmm}");
}
