using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace TaskBot.Graphs.Values;

/// <summary>
/// One immutable value of a layer, an attribute or a node's output: what JSON can say, with whole numbers kept apart from fractions.
/// Two values are equal when they say the same, whatever the order of a map's keys.
/// </summary>
public abstract record TaskValue
{
    static readonly JsonWriterOptions Canonical = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    TaskValue() { }

    /// <summary>Nothing: in a layer, a block that stops weaker opinions.</summary>
    public sealed record Null : TaskValue
    {
        public static readonly Null Value = new();
    }

    /// <summary>Text, of any length.</summary>
    public sealed record Text(string Value) : TaskValue;

    /// <summary>A whole number.</summary>
    public sealed record Integer(long Value) : TaskValue;

    /// <summary>A finite number with a fraction or an exponent.</summary>
    public sealed record Real(double Value) : TaskValue;

    /// <summary>True or false.</summary>
    public sealed record Truth(bool Value) : TaskValue;

    /// <summary>An ordered list; atomic in composition.</summary>
    public sealed record List(ImmutableArray<TaskValue> Items) : TaskValue
    {
        public bool Equals(List? other) => other is not null && Items.AsSpan().SequenceEqual(other.Items.AsSpan());

        public override int GetHashCode() => Items.Length;
    }

    /// <summary>A dictionary with ordinal keys; merges key by key in composition (S §6.6.2.1).</summary>
    public sealed record Map(ImmutableSortedDictionary<string, TaskValue> Entries) : TaskValue
    {
        public static readonly Map Empty = new(NoEntries);

        public bool Equals(Map? other) => other is not null && Entries.Count == other.Entries.Count
            && Entries.All(entry => other.Entries.TryGetValue(entry.Key, out var value) && value.Equals(entry.Value));

        public override int GetHashCode() => Entries.Count;
    }

    static ImmutableSortedDictionary<string, TaskValue> NoEntries { get; } = ImmutableSortedDictionary.Create<string, TaskValue>(StringComparer.Ordinal);

    public static implicit operator TaskValue(string value) => new Text(value);

    public static implicit operator TaskValue(long value) => new Integer(value);

    public static implicit operator TaskValue(bool value) => new Truth(value);

    public static TaskValue FromString(string value) => value;

    public static TaskValue FromInt64(long value) => value;

    public static TaskValue FromBoolean(bool value) => value;

    public static List ListOf(IEnumerable<TaskValue> items) => new([.. items]);

    public static Map MapOf(params IEnumerable<(string Key, TaskValue Value)> entries) =>
        new(NoEntries.SetItems(entries.Select(entry => KeyValuePair.Create(entry.Key, entry.Value))));

    /// <summary>The text of a <see cref="Text"/>, otherwise null.</summary>
    public string? AsText() => (this as Text)?.Value;

    /// <summary>The same value from parsed JSON. A number that fits no long is a <see cref="Real"/>.</summary>
    public static TaskValue From(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => new Text(json.GetString()!),
        JsonValueKind.Number when json.TryGetInt64(out var whole) => new Integer(whole),
        JsonValueKind.Number => new Real(json.GetDouble()),
        JsonValueKind.True => new Truth(Value: true),
        JsonValueKind.False => new Truth(Value: false),
        JsonValueKind.Array => ListOf(json.EnumerateArray().Select(From)),
        JsonValueKind.Object => MapOf(json.EnumerateObject().Select(property => (property.Name, From(property.Value)))),
        _ => Null.Value,
    };

    /// <exception cref="JsonException">The text is no JSON.</exception>
    public static TaskValue Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return From(document.RootElement);
    }

    /// <summary>Canonical JSON: no spaces, keys in ordinal order, culture-free numbers. The form that digests are taken over.</summary>
    public string ToJson()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Canonical)) Write(writer);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>Writes the canonical JSON of this value.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        switch (this)
        {
            case Null: writer.WriteNullValue(); break;
            case Text text: writer.WriteStringValue(text.Value); break;
            case Integer integer: writer.WriteNumberValue(integer.Value); break;
            case Real real: writer.WriteNumberValue(real.Value); break;
            case Truth truth: writer.WriteBooleanValue(truth.Value); break;
            case List list:
                writer.WriteStartArray();
                foreach (var item in list.Items) item.Write(writer);
                writer.WriteEndArray();
                break;
            case Map map:
                writer.WriteStartObject();
                foreach (var (key, value) in map.Entries)
                {
                    writer.WritePropertyName(key);
                    value.Write(writer);
                }

                writer.WriteEndObject();
                break;
        }
    }

    /// <summary>Text as it is, scalars in their culture-free form, lists and maps as canonical JSON.</summary>
    public sealed override string ToString() => this switch
    {
        Text text => text.Value,
        Integer integer => integer.Value.ToString(CultureInfo.InvariantCulture),
        _ => ToJson(),
    };
}
