using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace TaskBot.Bot.Forges.Local;

/// <summary>A Markdown file with its facts as YAML in front: how the local forge keeps what people read.</summary>
static class MarkdownFile
{
    const string Fence = "---\n";

    static readonly ISerializer Serializer = new SerializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance)
        .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull).DisableAliases().Build();

    static readonly IDeserializer Deserializer = new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance)
        .IgnoreUnmatchedProperties().Build();

    static readonly SemaphoreSlim Writing = new(1);

    public static async Task<(TFacts Facts, string Body)?> ReadAsync<TFacts>(string path, CancellationToken cancellationToken)
        where TFacts : new()
    {
        string text;
        try
        {
            text = (await File.ReadAllTextAsync(path, cancellationToken)).ReplaceLineEndings("\n");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        // An editor may leave out the last line's end, and a file that is YAML by its name may do without fences.
        if (text.EndsWith("\n---", StringComparison.Ordinal)) text += '\n';
        if (!text.StartsWith(Fence, StringComparison.Ordinal) && Path.GetExtension(path) == ".yml") text = $"{Fence}{text.TrimEnd()}\n{Fence}";
        if (!text.StartsWith(Fence, StringComparison.Ordinal)) return (new TFacts(), text);
        var end = text.IndexOf("\n" + Fence, StringComparison.Ordinal);
        if (end < 0) throw new ForgeException($"{path}: the facts in front of the text have no closing '---'.");
        try
        {
            return (Deserializer.Deserialize<TFacts?>(text[Fence.Length..(end + 1)]) ?? new TFacts(), text[(end + 1 + Fence.Length)..]);
        }
        catch (YamlException e)
        {
            throw new ForgeException($"{path}:{e.Start.Line + 1}: the facts in front of the text cannot be read: {e.Message}", e);
        }
    }

    /// <summary>
    /// Whole or not at all: written beside and renamed. What a process that was killed left beside is taken away by the next write, so only one
    /// writes at a time.
    /// </summary>
    public static async Task WriteAsync<TFacts>(string path, TFacts facts, string body, CancellationToken cancellationToken)
        where TFacts : notnull
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var text = $"{Fence}{Serializer.Serialize(facts).ReplaceLineEndings("\n")}{Fence}{body}";
        var draft = $"{path}.tmp";
        await Writing.WaitAsync(cancellationToken);
        try
        {
            await File.WriteAllTextAsync(draft, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), cancellationToken);
            File.Move(draft, path, overwrite: true);
        }
        finally
        {
            Writing.Release();
        }
    }
}
