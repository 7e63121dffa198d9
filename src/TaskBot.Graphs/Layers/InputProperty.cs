namespace TaskBot.Graphs.Layers;

/// <summary>Inputs are connected attributes under a prefix of their own, so that they never meet an attribute of the same name.</summary>
static class InputProperty
{
    const string Prefix = "inputs:";

    public static string Name(string input) => Prefix + input;

    /// <summary>The input's own name; null where the property is no input.</summary>
    public static string? InputOf(string property) => property.StartsWith(Prefix, StringComparison.Ordinal) ? property[Prefix.Length..] : null;
}
