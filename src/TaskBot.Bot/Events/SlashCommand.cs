namespace TaskBot.Bot.Events;

/// <summary>A line of a comment that is meant for the bot: <c>/taskbot VERB ARGUMENTS</c>.</summary>
/// <param name="Verb">Lower case; empty where none was given.</param>
/// <param name="Arguments">The rest of the line.</param>
public sealed record SlashCommand(string Verb, string Arguments)
{
    const string Word = "/taskbot";

    /// <summary>
    /// The first command of a comment: at the start of a line, as a whole word; code fences, indented code and quotations hold none.
    /// </summary>
    public static SlashCommand? Find(string? comment)
    {
        string? fence = null;
        foreach (var line in (comment ?? "").Split('\n').Select(line => line.TrimEnd('\r')))
        {
            var text = line.TrimStart(' ');
            if (line.Length - text.Length >= 4) continue;
            if (fence is not null)
            {
                if (text.StartsWith(fence, StringComparison.Ordinal) && text.Trim(fence[0]).Trim().Length == 0) fence = null;
            }
            else if (text.StartsWith("```", StringComparison.Ordinal) && !text.TrimStart('`').Contains('`') || text.StartsWith("~~~", StringComparison.Ordinal))
            {
                fence = new string(text[0], text.TakeWhile(character => character == text[0]).Count());
            }
            else if (text.StartsWith(Word, StringComparison.Ordinal) && (text.Length == Word.Length || text[Word.Length] == ' '))
            {
                var words = text[Word.Length..].Trim().Split(' ', 2, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
                return new(words.Length > 0 ? words[0].ToLowerInvariant() : "", words.Length > 1 ? words[1] : "");
            }
        }

        return null;
    }
}
