using System.Collections.Immutable;
using TaskBot.Graphs.Layers.Yaml;
using TaskBot.Graphs.Problems;
using TaskBot.Graphs.Writing;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace TaskBot.Graphs.Values;

/// <summary>Values as YAML text for people, and back: what is written reads as the same value.</summary>
public static class YamlValue
{
    /// <summary>The value of a YAML document, read as layers are; null, with what is wrong and where, where it has none.</summary>
    /// <param name="identifier">Names the text in problems.</param>
    public static (TaskValue? Value, ImmutableArray<Problem> Problems) Read(string identifier, string text)
    {
        var problems = new List<Problem>();
        var root = YamlReader.Read(identifier, text, problems);
        return (root is null || problems.Count > 0 ? null : YamlScalars.Read(root), [.. problems]);
    }

    /// <summary>The value of a text of letters, digits and the signs <c>_ . / -</c> that begins with a letter or a digit; null for any other text, and where it has none.</summary>
    public static TaskValue? ReadPlain(string text)
    {
        if (text.Length == 0 || !char.IsAsciiLetterOrDigit(text[0])) return null;
        foreach (var character in text)
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('_' or '.' or '/' or '-')) return null;
        return YamlScalars.Plain(text);
    }

    public static string Write(TaskValue value)
    {
        using var text = new StringWriter { NewLine = "\n" };
        var emitter = new Emitter(text, new EmitterSettings(bestIndent: 2, bestWidth: int.MaxValue, isCanonical: false, maxSimpleKeyLength: 1024));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(version: null, tags: null, isImplicit: true));
        YamlText.Emit(emitter, value);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }
}
