using TaskBot.Graphs.Layers.Yaml;
using TaskBot.Graphs.Values;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace TaskBot.Graphs.Writing;

/// <summary>Values as YAML events, so that every text reads back as the same value.</summary>
static class YamlText
{
    public static Scalar Scalar(string text) => new(AnchorName.Empty, TagName.Empty, text, StyleOf(text), isPlainImplicit: true, isQuotedImplicit: true);

    public static Scalar Plain(string text) => new(AnchorName.Empty, TagName.Empty, text, ScalarStyle.Plain, isPlainImplicit: true, isQuotedImplicit: true);

    public static void Emit(IEmitter emitter, TaskValue value)
    {
        switch (value)
        {
            case TaskValue.Text text: emitter.Emit(Scalar(text.Value)); break;
            case TaskValue.List list:
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, SequenceStyle.Flow));
                foreach (var item in list.Items) Emit(emitter, item);
                emitter.Emit(new SequenceEnd());
                break;
            case TaskValue.Map map:
                emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, map.Entries.IsEmpty ? MappingStyle.Flow : MappingStyle.Block));
                foreach (var (key, entry) in map.Entries)
                {
                    emitter.Emit(Scalar(key));
                    Emit(emitter, entry);
                }

                emitter.Emit(new MappingEnd());
                break;
            default: emitter.Emit(Plain(value.ToJson())); break;
        }
    }

    // Plain only where it reads back as this very text, also for readers that know yes, no, on and off; several lines as a block.
    static ScalarStyle StyleOf(string text)
    {
        if (text.Length == 0 || text.Any(character => char.IsControl(character) && character != '\n') || text != text.Trim()) return ScalarStyle.DoubleQuoted;
        if (text.Contains('\n', StringComparison.Ordinal)) return text.StartsWith(' ') ? ScalarStyle.DoubleQuoted : ScalarStyle.Literal;
        var plain = YamlScalars.Read(new YamlScalar(default, text, isPlain: true));
        var isWord = text.ToLowerInvariant() is "yes" or "no" or "on" or "off" or "y" or "n";
        return plain is TaskValue.Text && !isWord ? ScalarStyle.Any : ScalarStyle.DoubleQuoted;
    }
}
