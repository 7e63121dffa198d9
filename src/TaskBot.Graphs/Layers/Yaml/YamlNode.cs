namespace TaskBot.Graphs.Layers.Yaml;

/// <summary>A YAML document as read: what is written and exactly where. An alias is the very node that its anchor names.</summary>
abstract class YamlNode(TextPosition at)
{
    public TextPosition At { get; } = at;

    /// <summary>Offsets into the text, start inclusive and end exclusive, for edits in place.</summary>
    public int Start { get; init; }

    public int End { get; set; }

    /// <summary>How many nodes this is with every alias written out; the budget against alias bombs.</summary>
    public long ExpandedSize { get; set; } = 1;
}

sealed class YamlScalar(TextPosition at, string text, bool isPlain) : YamlNode(at)
{
    public string Text { get; } = text;

    /// <summary>Plain scalars resolve by the core schema; quoted and block scalars are text.</summary>
    public bool IsPlain { get; } = isPlain;
}

sealed class YamlSequence(TextPosition at) : YamlNode(at)
{
    public List<YamlNode> Items { get; } = [];

    public bool IsFlow { get; init; }
}

sealed class YamlMapping(TextPosition at) : YamlNode(at)
{
    public List<(YamlScalar Key, YamlNode Value)> Entries { get; } = [];

    public bool IsFlow { get; init; }

    public YamlScalar? FindKey(string key)
    {
        foreach (var (name, _) in Entries)
            if (name.Text == key) return name;
        return null;
    }

    public YamlNode? Find(string key)
    {
        foreach (var (name, value) in Entries)
            if (name.Text == key) return value;
        return null;
    }
}
