using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace TaskBot.Workspaces.Trees;

/// <summary>
/// New blobs and trees on their way into the object store: named here by their content, and handed to git in one stream as a pack, so that
/// a thousand files cost one process and no temporary file. Safe for one caller.
/// </summary>
sealed class ObjectBatch(int idBytes)
{
    /// <summary>From here on git keeps the pack as it is; below, it unpacks it. Git itself does the same with what it fetches.</summary>
    const int KeptPack = 100;

    /// <summary>.NET's stream writes nothing at all for nothing; zlib has a header and a checksum for it.</summary>
    static ReadOnlySpan<byte> EmptyDeflated => [0x78, 0x01, 0x03, 0, 0, 0, 0, 1];

    readonly Dictionary<string, (int Type, ReadOnlyMemory<byte> Content)> objects = new(StringComparer.Ordinal);

    public BlobId AddBlob(ReadOnlyMemory<byte> content) => new(Add(3, "blob", content));

    public CommitId AddCommit(ReadOnlyMemory<byte> text) => new(Add(1, "commit", text));

    /// <summary>A folder's tree object; names need not be sorted.</summary>
    public TreeId AddFolder(IEnumerable<TreeItem> items)
    {
        var named = items.Select(item => (Name: GitPath.Encode(item.Name), item.Mode, item.ObjectId)).ToList();
        // Git sorts by bytes, and a folder as if its name ended in a slash.
        named.Sort((a, b) => SortName(a.Name, a.Mode).AsSpan().SequenceCompareTo(SortName(b.Name, b.Mode)));
        var tree = new MemoryStream();
        foreach (var (name, mode, id) in named)
        {
            tree.Write(Encoding.ASCII.GetBytes(mode.Octal().TrimStart('0')));
            tree.WriteByte((byte)' ');
            tree.Write(name);
            tree.WriteByte(0);
            tree.Write(Convert.FromHexString(id));
        }
        return new TreeId(Add(2, "tree", tree.GetBuffer().AsMemory(0, (int)tree.Length)));
    }

    /// <summary>Bytes on the way.</summary>
    public long Size { get; private set; }

    /// <summary>Stores what was added; nothing when nothing was.</summary>
    public async Task StoreAsync(GitCall git, CancellationToken cancellationToken)
    {
        if (objects.Count == 0)
            return;
        string[] command = objects.Count >= KeptPack ? ["index-pack", "--stdin"] : ["unpack-objects", "-q"];
        (await GitProgram.RunAsync(git with { Arguments = command, WriteInput = WritePackAsync }, cancellationToken)).OrThrow();
    }

    static byte[] SortName(byte[] name, EntryMode mode) => mode == EntryMode.Folder ? [.. name, (byte)'/'] : name;

    string Add(int type, string name, ReadOnlyMemory<byte> content)
    {
        var id = IdOf(name, content.Span, idBytes);
        if (objects.TryAdd(id, (type, content)))
            Size += content.Length;
        return id;
    }

    /// <summary>The id that git gives an object.</summary>
    public static string IdOf(string type, ReadOnlySpan<byte> content, int idBytes)
    {
        using var hash = NewHash(idBytes);
        hash.AppendData(Encoding.ASCII.GetBytes($"{type} {content.Length}\0"));
        hash.AppendData(content);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The format is in git's own documentation, gitformat-pack: a header, each object deflated, and the hash of all of that.</summary>
    async Task WritePackAsync(Stream output, CancellationToken cancellationToken)
    {
        using var hash = NewHash(idBytes);
        var buffer = new MemoryStream();
        var header = new byte[12];
        "PACK"u8.CopyTo(header);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), 2);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(8), objects.Count);
        buffer.Write(header);
        foreach (var (type, content) in objects.Values)
        {
            WriteSize(buffer, type, content.Length);
            if (content.IsEmpty)
                buffer.Write(EmptyDeflated);
            else
                await using (var deflated = new ZLibStream(buffer, CompressionLevel.Fastest, leaveOpen: true))
                    deflated.Write(content.Span);
            if (buffer.Length >= 1 << 16)
                await FlushAsync();
        }
        await FlushAsync();
        await output.WriteAsync(hash.GetHashAndReset(), cancellationToken);

        async Task FlushAsync()
        {
            var bytes = buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
            hash.AppendData(bytes.Span);
            await output.WriteAsync(bytes, cancellationToken);
            buffer.SetLength(0);
        }
    }

    /// <summary>Three bits of type and the size, seven bits a byte after the first four, least significant first.</summary>
    static void WriteSize(MemoryStream output, int type, long size)
    {
        var next = (byte)((type << 4) | (int)(size & 15));
        for (size >>= 4; size > 0; size >>= 7)
        {
            output.WriteByte((byte)(next | 0x80));
            next = (byte)(size & 0x7F);
        }
        output.WriteByte(next);
    }

#pragma warning disable CA5350 // SHA-1 is how git names objects here; nothing is secured by it.
    static IncrementalHash NewHash(int idBytes) => IncrementalHash.CreateHash(idBytes == 20 ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256);
#pragma warning restore CA5350
}
