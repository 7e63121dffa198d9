using System.Globalization;
using System.Text;
using TaskBot.Models.Ledger;

namespace TaskBot.Bot.Nodes;

/// <summary>Names files for a model: all of them where there is room, else their folders with how many files each has.</summary>
static class PathList
{
    public static string Render(IReadOnlyList<string> paths, int maxTokens)
    {
        var readable = paths.Where(path => !path.Any(char.IsControl)).ToList();
        var all = $"Files of the repository:\n{string.Join('\n', readable)}";
        if (TokenEstimate.Likely(all) <= maxTokens) return all;

        var text = new StringBuilder("Folders of the repository, with the number of files in each:\n");
        // Those near the root first: they say most of how the repository is laid out.
        var folders = readable.CountBy(path => path.Contains('/', StringComparison.Ordinal) ? path[..path.LastIndexOf('/')] : ".")
            .OrderBy(folder => folder.Key.Count(character => character == '/')).ThenBy(folder => folder.Key, StringComparer.Ordinal).ToList();
        var left = maxTokens - TokenEstimate.Likely(text.ToString());
        for (var i = 0; i < folders.Count; i++)
        {
            var line = string.Create(CultureInfo.InvariantCulture, $"{folders[i].Key}/ ({folders[i].Value})\n");
            left -= TokenEstimate.Likely(line);
            if (left < 0)
                return text.Append(CultureInfo.InvariantCulture, $"Left out, as there was no room: {folders.Count - i} more folders.").ToString();
            text.Append(line);
        }

        return text.ToString().TrimEnd();
    }
}
