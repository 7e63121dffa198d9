using System.Runtime.InteropServices;
using TaskBot.Graphs.Problems;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace TaskBot.Graphs.Layers.Yaml;

/// <summary>Text to <see cref="YamlNode"/>: iterative, with limits on size, depth and expansion, so that hostile text costs little.</summary>
static class YamlReader
{
    /// <summary>A layer of 100,000 nodes fits many times.</summary>
    public const int MaxCharacters = 16 * 1024 * 1024;

    /// <summary>Nested mappings and sequences; a task nests two levels per node of its tree.</summary>
    public const int MaxDepth = 128;

    /// <summary>Nodes of one document with every alias written out.</summary>
    public const long MaxExpandedNodes = 2_000_000;

    /// <summary>Mappings with up to this many keys are searched by looking at each.</summary>
    const int FewKeys = 8;

    /// <summary>A collection that has begun.</summary>
    /// <param name="Key">The key whose value comes next.</param>
    /// <param name="Keys">The keys so far, where they are many.</param>
    record struct Open(YamlNode Node, string? Anchor, YamlPlace? Place, YamlScalar? Key = null, HashSet<string>? Keys = null)
    {
        /// <summary>False where the key is there already.</summary>
        public bool Add(YamlScalar key, YamlNode value)
        {
            var entries = ((YamlMapping)Node).Entries;
            if (Keys is null && entries.Count == FewKeys) Keys = new(entries.Select(entry => entry.Key.Text), StringComparer.Ordinal);
            if (Keys is { } keys ? !keys.Add(key.Text) : ((YamlMapping)Node).Find(key.Text) is not null) return false;
            entries.Add((key, value));
            return true;
        }
    }

    /// <param name="place">What the document stands for, where its parts are taken over as they are read.</param>
    public static YamlNode? Read(string identifier, string text, List<Problem> problems, YamlPlace? place = null)
    {
        void Report(string kind, Mark at, string message, string? fix = null) =>
            problems.Add(new(kind, new(identifier, (int)at.Line, (int)at.Column), message, fix));

        if (text.Length > MaxCharacters)
        {
            problems.Add(new("too-large", new(identifier, 0, 0), $"The layer has {text.Length} characters; at most {MaxCharacters} are read.",
                "Split it into layers and name them under 'layers:'."));
            return null;
        }

        YamlNode? root = null;
        var anchors = new Dictionary<string, YamlNode>(StringComparer.Ordinal);
        var open = new List<Open>();
        var documents = 0;
        var last = new TextPosition(1, 1);

        // A node is complete: hand it to the collection that it stands in. False where reading cannot go on.
        bool Complete(YamlNode node, Mark at)
        {
            if (node.ExpandedSize > MaxExpandedNodes)
            {
                Report("too-large", at, $"With its aliases written out the layer has more than {MaxExpandedNodes} nodes.", "Write fewer aliases.");
                return false;
            }

            if (open.Count == 0)
            {
                root ??= node;
                return true;
            }

            ref var around = ref CollectionsMarshal.AsSpan(open)[^1];
            around.Node.ExpandedSize += node.ExpandedSize;
            if (around.Node is YamlSequence sequence) sequence.Items.Add(node);
            else if (around.Key is { } key)
            {
                if (!around.Add(key, node))
                {
                    problems.Add(new("duplicate-key", new(identifier, key.At.Line, key.At.Column), $"'{key.Text}' is written twice in one mapping.",
                        $"Keep one of the two; the first is on line {((YamlMapping)around.Node).FindKey(key.Text)!.At.Line}."));
                }

                around.Key = null;
            }
            else if (node is YamlScalar name) around.Key = name;
            else
            {
                Report("yaml", at, "A key must be a single text, not a mapping or a list.", "Quote the key if it starts with '{' or '['.");
                return false;
            }

            return true;
        }

        try
        {
            var parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
            while (parser.MoveNext())
            {
                var current = parser.Current!;
                var at = last = new TextPosition((int)current.Start.Line, (int)current.Start.Column);
                switch (current)
                {
                    case DocumentStart when ++documents > 1:
                        Report("yaml", current.Start, "A layer is one YAML document; a second one starts here.", "Move it to a file of its own.");
                        return root;
                    case Scalar scalar:
                        var leaf = new YamlScalar(at, scalar.Value, scalar.Style is ScalarStyle.Plain && (scalar.Tag.IsEmpty || scalar.Tag.IsNonSpecific))
                        {
                            Start = (int)scalar.Start.Index,
                            End = (int)scalar.End.Index,
                        };
                        if (!scalar.Tag.IsEmpty && !scalar.Tag.IsNonSpecific) Report("yaml-tag", current.Start, $"Tags such as {scalar.Tag} are not read.", "Remove the tag.");
                        if (!scalar.Anchor.IsEmpty) anchors[scalar.Anchor.Value] = leaf;
                        if (!Complete(leaf, current.Start)) return root;
                        break;
                    case AnchorAlias alias:
                        if (!anchors.TryGetValue(alias.Value.Value, out var target))
                        {
                            Report("yaml", current.Start, $"There is no anchor &{alias.Value.Value} above this alias.");
                            target = new YamlScalar(at, "", isPlain: true);
                        }

                        if (!Complete(target, current.Start)) return root;
                        break;
                    case MappingStart or SequenceStart:
                        if (open.Count == MaxDepth)
                        {
                            Report("too-deep", current.Start, $"The layer nests deeper than {MaxDepth} levels.", "Move the inner part to a layer of its own and reference it.");
                            return Unwind();
                        }

                        YamlNode started = current is MappingStart mapping
                            ? new YamlMapping(at) { Start = (int)current.Start.Index, IsFlow = mapping.Style == MappingStyle.Flow }
                            : new YamlSequence(at) { Start = (int)current.Start.Index, IsFlow = ((SequenceStart)current).Style == SequenceStyle.Flow };
                        var name = ((NodeEvent)current).Anchor;
                        // What has a name may stand elsewhere too, and then for something else.
                        var part = !name.IsEmpty ? null : open.Count == 0 ? place : open[^1] is { Place: { } outer, Key: { } key } ? outer.Below(key) : null;
                        open.Add(new(started, name.IsEmpty ? null : name.Value, part));
                        break;
                    case MappingEnd or SequenceEnd:
                        var (ended, anchor, taker, _, _) = open[^1];
                        open.RemoveAt(open.Count - 1);
                        // The event of a flow collection's end stands at its bracket, not after it.
                        ended.End = (int)current.End.Index + (ended is YamlMapping { IsFlow: true } or YamlSequence { IsFlow: true } ? 1 : 0);
                        // An anchor holds from its end on, so that an alias cannot lead into itself.
                        if (anchor is not null) anchors[anchor] = ended;
                        if (taker is not null && ended is YamlMapping whole) ended = taker.Complete(whole);
                        if (!Complete(ended, current.Start)) return root;
                        break;
                }
            }
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            // The scanner of YamlDotNet 16.3 leaves some broken text with these instead of its own exception.
            problems.Add(new("yaml", new(identifier, last.Line, last.Column), "This is not YAML from somewhere after here on."));
            return Unwind();
        }
        catch (YamlException exception)
        {
            var message = exception.InnerException is null ? exception.Message : exception.InnerException.Message;
            if (message.Contains("tab", StringComparison.Ordinal) && FirstTab(text) is { } tab)
                problems.Add(new("tab", new(identifier, tab.Line, tab.Column), "YAML allows no tab in the indentation.", "Indent with spaces."));
            else Report("yaml", exception.Start, $"This is not YAML: {Sentence(message)}");
            return Unwind();
        }

        return root;

        // Reading stopped half way: what is complete inside the open collections still counts.
        YamlNode? Unwind()
        {
            YamlNode? node = null;
            while (open.Count > 0)
            {
                var around = open[^1];
                open.RemoveAt(open.Count - 1);
                if (node is not null && around.Node is YamlSequence sequence) sequence.Items.Add(node);
                else if (node is not null && around.Key is { } key) around.Add(key, node);
                node = around.Node;
            }

            return root ?? node;
        }
    }

    static string Sentence(string message)
    {
        var trimmed = message.Trim();
        return trimmed.EndsWith('.') ? trimmed : trimmed + ".";
    }

    // The scanner tells that there is a tab, not where.
    static TextPosition? FirstTab(string text)
    {
        var line = 1;
        foreach (var content in text.AsSpan().EnumerateLines())
        {
            var indent = content[..(content.Length - content.TrimStart(" \t").Length)];
            if (indent.IndexOf('\t') is > -1 and var column) return new(line, column + 1);
            line++;
        }

        return null;
    }
}
