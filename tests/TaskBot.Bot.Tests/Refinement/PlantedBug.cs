using System.Text;

namespace TaskBot.Bot.Tests.Refinement;

/// <summary>
/// A small repository with a planted bug, an issue about it, and what a model says of it, in one text: parts under lines such as
/// <c>-- issue --</c>, files under <c>-- repository/PATH --</c>.
/// </summary>
/// <param name="Title">The issue's.</param>
/// <param name="Wrong">The first change, which is wrong.</param>
/// <param name="Refined">The description as refinement corrects it.</param>
/// <param name="Right">The second change.</param>
public sealed record PlantedBug(string Title, string Body, (string Path, string Text)[] Files, string Wrong, string Refined, string Right)
{
    /// <summary>The file that the right change is in: the line after its summary.</summary>
    public string Place => Right.Split('\n')[1].Trim();

    const string FilePrefix = "repository/";

    public static PlantedBug Read(string language)
    {
        using var stream = typeof(PlantedBug).Assembly.GetManifestResourceStream($"Refinement/Repositories/{language}.txt")
            ?? throw new FileNotFoundException($"There is no repository for {language}.");
        using var reader = new StreamReader(stream);
        var parts = new Dictionary<string, StringBuilder>(StringComparer.Ordinal);
        StringBuilder? part = null;
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith("-- ", StringComparison.Ordinal) && line.EndsWith(" --", StringComparison.Ordinal)) parts.Add(line[3..^3], part = new());
            else part?.Append(line).Append('\n');
        }

        var issue = parts["issue"].ToString().Split('\n', 2);
        return new(
            issue[0], issue[1].Trim(),
            [.. parts.Where(file => file.Key.StartsWith(FilePrefix, StringComparison.Ordinal)).Select(file => (file.Key[FilePrefix.Length..], file.Value.ToString()))],
            parts["wrong"].ToString(), parts["refined"].ToString().Trim(), parts["right"].ToString());
    }
}
