using System.Collections.Immutable;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Builds;

/// <summary>Values as bytes: a letter for the kind, then what it holds.</summary>
static class ValueBytes
{
    public static void Write(BinaryWriter writer, TaskValue value)
    {
        switch (value)
        {
            case TaskValue.Text text:
                writer.Write((byte)'t');
                writer.Write(text.Value);
                break;
            case TaskValue.Integer integer:
                writer.Write((byte)'i');
                writer.Write7BitEncodedInt64(integer.Value);
                break;
            case TaskValue.Real real:
                writer.Write((byte)'r');
                writer.Write(real.Value);
                break;
            case TaskValue.Truth truth: writer.Write(truth.Value ? (byte)'+' : (byte)'-'); break;
            case TaskValue.List list:
                writer.Write((byte)'l');
                writer.Write7BitEncodedInt(list.Items.Length);
                foreach (var item in list.Items) Write(writer, item);
                break;
            case TaskValue.Map map:
                writer.Write((byte)'m');
                writer.Write7BitEncodedInt(map.Entries.Count);
                foreach (var (key, item) in map.Entries)
                {
                    writer.Write(key);
                    Write(writer, item);
                }

                break;
            default: writer.Write((byte)'0'); break;
        }
    }

    /// <exception cref="InvalidDataException">These are no such bytes.</exception>
    public static TaskValue Read(ref GraphBytes bytes) => bytes.ReadByte() switch
    {
        (byte)'t' => new TaskValue.Text(bytes.ReadText()),
        (byte)'i' => new TaskValue.Integer(bytes.ReadInteger()),
        (byte)'r' => new TaskValue.Real(bytes.ReadDouble()),
        (byte)'+' => new TaskValue.Truth(Value: true),
        (byte)'-' => new TaskValue.Truth(Value: false),
        (byte)'l' => ReadList(ref bytes),
        (byte)'m' => ReadMap(ref bytes),
        (byte)'0' => TaskValue.Null.Value,
        var other => throw new InvalidDataException($"{other} is no kind of value."),
    };

    static TaskValue.List ReadList(ref GraphBytes bytes)
    {
        var count = bytes.ReadCount();
        var items = ImmutableArray.CreateBuilder<TaskValue>();
        for (var i = 0; i < count; i++) items.Add(Read(ref bytes));
        return new(items.DrainToImmutable());
    }

    static TaskValue.Map ReadMap(ref GraphBytes bytes)
    {
        var count = bytes.ReadCount();
        var entries = ImmutableSortedDictionary.CreateBuilder<string, TaskValue>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++) entries.Add(bytes.ReadName(), Read(ref bytes));
        return new(entries.ToImmutable());
    }
}
