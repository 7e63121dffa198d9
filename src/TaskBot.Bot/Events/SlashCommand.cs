using System.Collections.Immutable;

namespace TaskBot.Bot.Events;

/// <summary>What a comment tells the bot: <c>/taskbot VERB ARGUMENTS</c>, or <c>@taskbot</c> and any text.</summary>
/// <param name="Verb">Lower case; empty where none was given, <see cref="Mention"/> for a mention.</param>
/// <param name="Arguments">The rest of the line.</param>
public sealed record SlashCommand(string Verb, string Arguments)
{
    /// <summary>The verb of a mention that names no other.</summary>
    public const string Mention = "@";

    /// <summary>What people begin a mention with where nothing else is agreed on.</summary>
    public const string At = "@taskbot";

    const string Slash = "/taskbot";

    /// <summary>The arguments and the lines below them, up to the next command: what a verb that takes a text takes.</summary>
    public string Text { get; init; } = Arguments;

    /// <summary>
    /// The commands of a comment, in their order: each at the start of a line, as a whole word. Code fences, indented code, quotations and HTML
    /// comments hold none.
    /// </summary>
    /// <param name="handle">What people write behind the <c>@</c>, besides.</param>
    /// <param name="mention">What a mention begins with.</param>
    public static ImmutableArray<SlashCommand> Read(string? comment, string handle, string mention = At)
    {
        var commands = ImmutableArray.CreateBuilder<SlashCommand>();
        List<string>? below = null;
        string? fence = null;
        var isHidden = false;
        foreach (var line in (comment ?? "").ReplaceLineEndings("\n").Split('\n'))
        {
            var text = line.TrimStart(' ');
            var isIndented = line.Length - text.Length >= 4;
            if (fence is not null)
            {
                if (!isIndented && text.StartsWith(fence, StringComparison.Ordinal) && text.Trim(fence[0]).Trim().Length == 0) fence = null;
            }
            else if (isHidden)
            {
                isHidden = !line.Contains("-->", StringComparison.Ordinal);
                continue;
            }
            else if (!isIndented && Fence(text) is { } opened)
            {
                fence = opened;
            }
            else if (text.LastIndexOf("<!--", StringComparison.Ordinal) is >= 0 and var hidden && text.IndexOf("-->", hidden, StringComparison.Ordinal) < 0)
            {
                isHidden = true;
                if (!isIndented && Parse(text[..hidden], handle, mention) is { } before) Begin(before);
                continue;
            }
            else if (!isIndented && Parse(text, handle, mention) is { } command)
            {
                Begin(command);
                continue;
            }

            below?.Add(line);
        }

        End();
        return commands.DrainToImmutable();

        void Begin(SlashCommand command)
        {
            End();
            commands.Add(command);
            below = [];
        }

        void End()
        {
            if (below is not null) commands[^1] = commands[^1] with { Text = $"{commands[^1].Arguments}\n{string.Join('\n', below)}".Trim() };
        }
    }

    static string? Fence(string text) =>
        (text.StartsWith("```", StringComparison.Ordinal) && !text.TrimStart('`').Contains('`')) || text.StartsWith("~~~", StringComparison.Ordinal)
            ? new string(text[0], text.TakeWhile(character => character == text[0]).Count())
            : null;

    static SlashCommand? Parse(string text, string handle, string mention)
    {
        if (After(text, Slash) is { } command) return Verbal(command);
        if ((After(text, mention) ?? After(text, $"@{handle}")) is not { } told) return null;
        // "@taskbot /retry" and "@taskbot /taskbot retry" are the command.
        if (After(told, Slash) is { } inner) return Verbal(inner);
        return told.StartsWith('/') ? Verbal(told[1..]) : new(Mention, told);
    }

    static SlashCommand Verbal(string text)
    {
        var words = text.Split(' ', 2, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return new(words.Length > 0 ? words[0].ToLowerInvariant() : "", words.Length > 1 ? words[1] : "");
    }

    /// <summary>What follows a word at the start of a text, where it is a whole word there.</summary>
    static string? After(string text, string word) =>
        text.StartsWith(word, word == Slash ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase)
        && (text.Length == word.Length || text[word.Length] == ' ' || (word != Slash && text[word.Length] is ',' or ':'))
            ? text[word.Length..].TrimStart(',', ':').Trim()
            : null;
}
