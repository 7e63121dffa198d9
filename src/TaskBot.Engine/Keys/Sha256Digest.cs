using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace TaskBot.Engine.Keys;

/// <summary>A SHA-256 digest as a number: what a key or a value is known by where there are many of them.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Sha256Digest(ulong First, ulong Second, ulong Third, ulong Fourth)
{
    /// <summary>Bytes of a digest.</summary>
    public const int Size = SHA256.HashSizeInBytes;

    /// <summary>Kept from digest to digest, as setting one up takes longer than hashing what a key is made of.</summary>
    [ThreadStatic]
    static IncrementalHash? hash;

    /// <summary>The digest of bytes.</summary>
    public static Sha256Digest Of(ReadOnlySpan<byte> bytes)
    {
        Span<byte> digest = stackalloc byte[Size];
        hash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(bytes);
        hash.GetHashAndReset(digest);
        return Read(digest);
    }

    /// <param name="bytes">At least <see cref="Size"/>, the most significant first.</param>
    public static Sha256Digest Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]), BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]));

    /// <summary>The digest that a key is. False where it is none in lower-case hexadecimal digits.</summary>
    public static bool TryParse(NodeKey key, out Sha256Digest digest)
    {
        digest = default;
        Span<byte> bytes = stackalloc byte[Size];
        if (key.Value.Length != 2 * Size || key.Value.AsSpan().ContainsAnyInRange('A', 'F')) return false;
        if (Convert.FromHexString(key.Value, bytes, out _, out _) != OperationStatus.Done) return false;
        digest = Read(bytes);
        return true;
    }

    /// <param name="bytes">At least <see cref="Size"/>.</param>
    public void CopyTo(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, First);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Second);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[16..], Third);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[24..], Fourth);
    }

    /// <summary>Writes it in lower-case hexadecimal digits.</summary>
    /// <param name="digits">At least twice <see cref="Size"/>.</param>
    public void CopyHexTo(Span<byte> digits)
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        Convert.TryToHexStringLower(bytes, digits, out _);
    }

    /// <summary>The key that it is the digest of.</summary>
    public NodeKey ToKey() => new(ToString());

    /// <summary>Lower-case hexadecimal digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    public override int GetHashCode() => (int)First;
}
