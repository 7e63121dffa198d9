using System.Collections.Immutable;

namespace TaskBot.Bot.Library;

/// <summary>Text files that are part of the assembly; a resource's name is its path in the project.</summary>
static class EmbeddedFiles
{
    public static ImmutableArray<(string Path, string Text)> Read(string folder, string extension)
    {
        var assembly = typeof(EmbeddedFiles).Assembly;
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith(folder, StringComparison.Ordinal) && name.EndsWith(extension, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(name => (name, Text(name))),
        ];

        string Text(string name)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return reader.ReadToEnd();
        }
    }
}
