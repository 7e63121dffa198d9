using System.Collections.Immutable;

namespace TaskBot.Ninja;

/// <summary>One <c>build</c> statement.</summary>
/// <param name="Rule">The rule's name; <c>phony</c> for a mere name of other files.</param>
/// <param name="Outputs">Explicit, then implicit outputs.</param>
/// <param name="Inputs">Explicit, then implicit inputs.</param>
/// <param name="OrderOnly">Inputs that have to be there, and whose change dirties nothing.</param>
/// <param name="Command">The rule's command with every variable written out; null for <c>phony</c>.</param>
/// <param name="Line">Where it is written, 1-based.</param>
sealed record NinjaEdge(
    string Rule, ImmutableArray<string> Outputs, ImmutableArray<string> Inputs, ImmutableArray<string> OrderOnly, string? Command, string File, int Line);

/// <summary>A mistake in a ninja file.</summary>
sealed record NinjaProblem(string File, int Line, string Message)
{
    public override string ToString() => $"{File}:{Line}: {Message}";
}
