using System.Globalization;
using System.Text;

namespace TaskBot.Workspaces.Trees;

/// <summary>One file or link of an archive.</summary>
/// <param name="Path">Below the archive's one folder; bytes as in <see cref="GitPath"/>.</param>
sealed record ArchivedFile(string Path, EntryMode Mode, ReadOnlyMemory<byte> Content);

/// <summary>
/// Reads the tar that <c>git archive</c> writes: ustar with pax records for what is long. Not the framework's reader, as that one reads names
/// as text, and a name that is not UTF-8 would be lost. Nothing is written anywhere.
/// </summary>
static class GitArchive
{
    const int Block = 512;

    /// <exception cref="InvalidDataException">This is not such a tar, or it ends too early.</exception>
    public static async IAsyncEnumerable<ArchivedFile> ReadAsync(Stream tar, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var header = new byte[Block];
        var records = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        while (true)
        {
            if (await tar.ReadAtLeastAsync(header, Block, throwOnEndOfStream: false, cancellationToken) < Block)
                throw new InvalidDataException("The archive ends in the middle of a file's header.");
            if (header.AsSpan().IndexOfAnyExcept((byte)0) < 0)
                yield break;
            Verify(header);
            var size = records.TryGetValue("size", out var long64) ? Number(long64, 10) : Number(Field(header, 124, 12), 8);
            if (size > Array.MaxLength)
                throw new InvalidDataException($"The archive has a file of {size:N0} bytes, which is more than fits into memory.");
            switch ((char)header[156])
            {
                case 'x':
                    records = Records(await ContentAsync(size));
                    continue;
                // Once for all files: git notes the commit there.
                case 'g':
                    await ContentAsync(size);
                    continue;
                case '0' or '\0':
                    var mode = (Number(Field(header, 100, 8), 8) & 0x40) != 0 ? EntryMode.Executable : EntryMode.Regular;
                    yield return new ArchivedFile(Path(), mode, await ContentAsync(size));
                    break;
                case '2':
                    yield return new ArchivedFile(Path(), EntryMode.SymbolicLink, records.GetValueOrDefault("linkpath") ?? Field(header, 157, 100));
                    break;
                // A folder, which a submodule is here too.
                case '5':
                    break;
                default:
                    throw new InvalidDataException($"The archive has an entry of the kind '{(char)header[156]}', which git does not write.");
            }
            records.Clear();
        }

        string Path()
        {
            var name = records.GetValueOrDefault("path")
                ?? (Field(header, 345, 155) is { Length: > 0 } prefix ? [.. prefix, (byte)'/', .. Field(header, 0, 100)] : Field(header, 0, 100));
            // The one folder that everything is in is the archive's own.
            return GitPath.Decode(name.AsSpan(Array.IndexOf(name, (byte)'/') + 1));
        }

        async Task<byte[]> ContentAsync(long size)
        {
            var content = new byte[size];
            var padding = new byte[(Block - size % Block) % Block];
            try
            {
                await tar.ReadExactlyAsync(content, cancellationToken);
                await tar.ReadExactlyAsync(padding, cancellationToken);
            }
            catch (EndOfStreamException e)
            {
                throw new InvalidDataException("The archive ends in the middle of a file.", e);
            }
            return content;
        }
    }

    /// <summary>The sum of the header's bytes, its own field taken for blanks.</summary>
    static void Verify(ReadOnlySpan<byte> header)
    {
        var sum = 8 * ' ';
        for (var at = 0; at < Block; at++)
            if (at is < 148 or >= 156)
                sum += header[at];
        if (!header.Slice(257, 5).SequenceEqual("ustar"u8) || Number(Field(header, 148, 8), 8) != sum)
            throw new InvalidDataException("This is not a tar archive, or it is damaged.");
    }

    /// <summary>Up to its NUL.</summary>
    static byte[] Field(ReadOnlySpan<byte> header, int start, int length)
    {
        var field = header.Slice(start, length);
        return (field.IndexOf((byte)0) is >= 0 and var end ? field[..end] : field).ToArray();
    }

    static long Number(byte[] digits, int @base)
    {
        var value = 0L;
        foreach (var digit in Encoding.ASCII.GetString(digits).Trim())
            value = digit >= '0' && digit < '0' + @base ? checked((value * @base) + digit - '0') : throw new InvalidDataException("The archive has a number that is none.");
        return value;
    }

    /// <summary>Each is <c>length key=value</c> and a line end; the length is the whole record's.</summary>
    static Dictionary<string, byte[]> Records(ReadOnlySpan<byte> text)
    {
        var records = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        while (!text.IsEmpty)
        {
            var space = text.IndexOf((byte)' ');
            if (space < 0 || !int.TryParse(text[..space], NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length <= space + 1 || length > text.Length
                || text[space..length].IndexOf((byte)'=') is not (> 0 and var equals))
                throw new InvalidDataException("The archive has a pax record that is none.");
            records[Encoding.UTF8.GetString(text[(space + 1)..(space + equals)])] = text[(space + equals + 1)..(length - 1)].ToArray();
            text = text[length..];
        }
        return records;
    }
}
