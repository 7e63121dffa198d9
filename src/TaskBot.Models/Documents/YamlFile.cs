using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace TaskBot.Models.Documents;

/// <summary>
/// Reads one YAML (or JSON, which is YAML) document whose root is a mapping. Files come from repositories, so what could make a small file
/// large or deep is refused before anything is walked: aliases, nesting beyond <see cref="MaxDepth"/>, size beyond <see cref="MaxBytes"/>.
/// </summary>
internal static class YamlFile
{
    public const int MaxBytes = 1 << 20;
    public const int MaxDepth = 64;

    /// <summary>Null when the document cannot be read; the reason is then among the problems.</summary>
    public static YamlMap? Read(string file, string text, ICollection<FileProblem> problems)
    {
        if (Encoding.UTF8.GetByteCount(text) > MaxBytes)
        {
            problems.Add(new FileProblem(file, 0, "The file is larger than 1 MB."));
            return null;
        }
        try
        {
            if (Refused(file, text) is { } problem)
            {
                problems.Add(problem);
                return null;
            }
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            if (stream.Documents is [{ RootNode: YamlMappingNode root }])
                return new YamlMap(file, root, problems);
            problems.Add(new FileProblem(file, 1, stream.Documents.Count > 1
                ? "The file holds more than one document; write one file for each."
                : "The file must be a mapping of keys to values."));
        }
        catch (YamlException e)
        {
            problems.Add(new FileProblem(file, (int)e.Start.Line, $"This is not YAML: {e.InnerException?.Message ?? e.Message}"));
        }
        return null;
    }

    private static FileProblem? Refused(string file, string text)
    {
        var parser = new Parser(new StringReader(text));
        var depth = 0;
        while (parser.MoveNext())
        {
            var current = parser.Current!;
            if (current is AnchorAlias)
                return new FileProblem(file, (int)current.Start.Line, "Aliases (*name) are not supported; write the value out.");
            depth += current.NestingIncrease;
            if (depth > MaxDepth)
                return new FileProblem(file, (int)current.Start.Line, $"The file is nested deeper than {MaxDepth} levels.");
        }
        return null;
    }
}
