using System.Text.Json;

namespace TaskBot.Conformance.Composition;

/// <summary>Collects what differs between an expectation and what was composed.</summary>
sealed class Differences
{
    readonly List<string> found = [];

    /// <summary>The first difference; null where there is none.</summary>
    public string? First => found.Count == 0 ? null : found[0];

    public IReadOnlyList<string> All => found;

    public void Compare(string what, IEnumerable<string> expected, IEnumerable<string> actual)
    {
        var wanted = expected.ToList();
        var got = actual.ToList();
        if (!wanted.SequenceEqual(got)) found.Add($"{what}: expected [{string.Join(", ", wanted)}], got [{string.Join(", ", got)}]");
    }

    public void Compare(string what, string? expected, string? actual)
    {
        if (expected != actual) found.Add($"{what}: expected {expected ?? "nothing"}, got {actual ?? "nothing"}");
    }

    /// <summary>Arrays of texts, or of pairs, as one text an item.</summary>
    public static IEnumerable<string> Texts(JsonElement array) =>
        array.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Array ? string.Join(" ", item.EnumerateArray().Select(part => part.GetString())) : item.GetString()!);
}
