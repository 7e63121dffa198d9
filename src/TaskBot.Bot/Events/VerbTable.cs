using System.Collections.Immutable;
using TaskBot.Bot.Events.Verbs;
using TaskBot.Graphs.Problems;

namespace TaskBot.Bot.Events;

/// <summary>Every verb there is, by name.</summary>
public sealed class VerbTable
{
    readonly ImmutableSortedDictionary<string, IVerb> verbs;

    /// <param name="verbs">All but help, which is the table's own.</param>
    public VerbTable(IEnumerable<IVerb> verbs) =>
        this.verbs = verbs.Append(new HelpVerb(this)).ToImmutableSortedDictionary(verb => verb.Help.Name, verb => verb, StringComparer.Ordinal);

    /// <summary>The verb of this name, or null.</summary>
    public IVerb? Find(string name) => verbs.GetValueOrDefault(name);

    /// <summary>That there is no such verb, and which one was meant.</summary>
    public string Unknown(string name)
    {
        var known = verbs.Keys.Where(verb => verb != SlashCommand.Mention).ToList();
        return Suggestion.Nearest(name, known) is { } near
            ? $"Did you mean `/taskbot {near}`? `/taskbot help` lists all commands."
            : $"There are {string.Join(", ", known.Select(verb => $"`{verb}`"))}; `/taskbot help` says what each does.";
    }

    /// <summary>A table for people.</summary>
    public string Render() => string.Concat(
        verbs.Values.Select(verb => verb.Help).Where(help => help.Name != SlashCommand.Mention)
            .Select(help => $"| `/taskbot {help.Usage.Replace("|", "\\|", StringComparison.Ordinal)}` | {help.Summary} |\n").Prepend("| write | and TaskBot |\n|---|---|\n"))
        + "\nA command stands at the start of a line. `@taskbot` and a text corrects what is under way, starts it where nothing is, or answers where the text ends with a question mark.\n";
}
