using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace TaskBot.Workspaces.Trees;

/// <summary>
/// Names in git are bytes; ours are strings. A byte that is not UTF-8 becomes the lone surrogate U+DC00 + byte (as in PEP 383),
/// so that every name survives the way there and back.
/// </summary>
public static class GitPath
{
    /// <summary>A name as git has it, as text.</summary>
    public static string Decode(ReadOnlySpan<byte> name)
    {
        if (Utf8.IsValid(name))
            return Encoding.UTF8.GetString(name);
        var text = new StringBuilder(name.Length);
        Span<char> pair = stackalloc char[2];
        while (!name.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(name, out var rune, out var length) == OperationStatus.Done)
                text.Append(pair[..rune.EncodeToUtf16(pair)]);
            else
                foreach (var stray in name[..length])
                    text.Append((char)(0xDC00 + stray));
            name = name[length..];
        }
        return text.ToString();
    }

    /// <summary>The bytes of a name.</summary>
    /// <exception cref="ArgumentException">The name has half of a surrogate pair that stands for no byte.</exception>
    public static byte[] Encode(string name)
    {
        if (!name.Any(char.IsSurrogate))
            return Encoding.UTF8.GetBytes(name);
        var bytes = new List<byte>(name.Length + 8);
        Span<byte> utf8 = stackalloc byte[4];
        for (var i = 0; i < name.Length; i++)
        {
            if (Rune.TryGetRuneAt(name, i, out var rune))
            {
                bytes.AddRange(utf8[..rune.EncodeToUtf8(utf8)]);
                i += rune.Utf16SequenceLength - 1;
            }
            else if (name[i] is >= '\uDC80' and <= '\uDCFF')
            {
                bytes.Add((byte)(name[i] - 0xDC00));
            }
            else
            {
                throw new ArgumentException("The name has half of a surrogate pair that stands for no byte.", nameof(name));
            }
        }
        return [.. bytes];
    }

    /// <summary>What keeps a path out of a tree, or null when it may be written.</summary>
    public static string? Problem(string path)
    {
        if (path.Length == 0)
            return "the path is empty";
        if (path.Contains('\0', StringComparison.Ordinal))
            return "the path has a NUL character";
        if (path[0] == '/')
            return "the path is absolute";
        foreach (var part in path.Split('/'))
        {
            if (part.Length == 0)
                return "the path has an empty part";
            if (part is "." or "..")
                return "the path has a '.' or '..' part";
            if (IsGitFolder(part))
                return "the path leads into a .git folder";
        }
        return null;
    }

    /// <summary>
    /// Also the spellings that NTFS and HFS+ read as .git, after git's own <c>is_ntfs_dotgit</c> and <c>is_hfs_dotgit</c>: the short name, blanks and dots at the
    /// end, streams, backslashes as separators, characters that are ignored.
    /// </summary>
    static bool IsGitFolder(string part) => string
        .Concat(part.Where(c => char.GetUnicodeCategory(c) != System.Globalization.UnicodeCategory.Format))
        .Split('\\')
        .Select(name => name.Split(':')[0].TrimEnd('.', ' '))
        .Any(name => name.Equals(".git", StringComparison.OrdinalIgnoreCase) || name.Equals("git~1", StringComparison.OrdinalIgnoreCase));
}
