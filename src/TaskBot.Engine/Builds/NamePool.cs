using System.Text;

namespace TaskBot.Engine.Builds;

/// <summary>Strings of names that come again and again, such as those of types and attributes. Not safe for concurrent use.</summary>
sealed class NamePool
{
    readonly (byte[] Bytes, string Name)[] places = new (byte[], string)[64];

    public string Get(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return "";
        ref var place = ref places[((bytes.Length * 31) + (bytes[0] * 7) + bytes[^1]) % places.Length];
        if (place.Bytes is null || !bytes.SequenceEqual(place.Bytes)) place = (bytes.ToArray(), Encoding.UTF8.GetString(bytes));
        return place.Name;
    }
}
