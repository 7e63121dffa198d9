namespace TaskBot.Graphs.Layers;

/// <summary>Outputs of a branch are connected attributes under a prefix of their own, as its inputs are.</summary>
static class OutputProperty
{
    const string Prefix = "outputs:";

    public static string Name(string output) => Prefix + output;

    /// <summary>The output's own name; null where the property is no output.</summary>
    public static string? OutputOf(string property) => property.StartsWith(Prefix, StringComparison.Ordinal) ? property[Prefix.Length..] : null;
}
