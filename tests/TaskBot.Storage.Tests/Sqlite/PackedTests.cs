using System.Text;
using TaskBot.Storage.Sqlite;

namespace TaskBot.Storage.Tests.Sqlite;

public sealed class PackedTests
{
    [Fact]
    public void What_is_packed_is_unpacked_and_damage_is_told()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        foreach (var length in (int[])[0, 1, 15, 16, 100, 9_000, 70_000])
        {
            var bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, (length / 4) + 1).Select(_ => random.Next(3) == 0 ? "\"url" : $"{random.Next(1000, 9999)}")))[..length];
            foreach (var packed in (byte[][])[Packed.Pack(bytes), Packed.PackFast(bytes)])
            {
                Packed.Unpack(packed).ShouldBe(bytes);
                if (length >= 9_000) packed.Length.ShouldBeLessThan(length);
                for (var i = 0; i < 50; i++)
                {
                    var damaged = packed.ToArray();
                    damaged[random.Next(1, damaged.Length)] ^= (byte)(1 << random.Next(8));
                    IsRefusedOrTheSame(damaged, bytes).ShouldBeTrue($"seed {seed}, {length} bytes, damage {i}");
                    IsRefusedOrTheSame(packed[..random.Next(packed.Length)], bytes).ShouldBeTrue($"seed {seed}, {length} bytes, cut {i}");
                }
            }
        }
    }

    /// <summary>Some bits of the formats mean nothing.</summary>
    static bool IsRefusedOrTheSame(byte[] packed, byte[] bytes)
    {
        try
        {
            return Packed.Unpack(packed).AsSpan().SequenceEqual(bytes);
        }
        catch (InvalidDataException)
        {
            return true;
        }
    }
}
