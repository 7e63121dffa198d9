using System.Buffers.Binary;
using System.Text;

namespace TaskBot.Engine.Builds;

/// <summary>Reads what a <see cref="BinaryWriter"/> wrote in UTF-8, out of bytes that are there already.</summary>
/// <param name="names">Gives the same string for the same name, which most are.</param>
ref struct GraphBytes(ReadOnlySpan<byte> bytes, NamePool? names)
{
    ReadOnlySpan<byte> rest = bytes;
    readonly NamePool? names = names;

    /// <summary>What was not read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => rest;

    public byte ReadByte() => Take(1)[0];

    public double ReadDouble() => BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)));

    public int ReadCount() => checked((int)ReadInteger());

    public long ReadInteger()
    {
        var (value, shift) = (0UL, 0);
        while (true)
        {
            var next = ReadByte();
            value |= (next & 0x7FUL) << shift;
            if (next < 0x80) return (long)value;
            shift += 7;
        }
    }

    public string ReadText() => Encoding.UTF8.GetString(Take(ReadCount()));

    public string ReadName()
    {
        var name = Take(ReadCount());
        return names is null ? Encoding.UTF8.GetString(name) : names.Get(name);
    }

    ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)rest.Length) throw new InvalidDataException("The compiled graph ends in the middle of a node.");
        var taken = rest[..count];
        rest = rest[count..];
        return taken;
    }
}
