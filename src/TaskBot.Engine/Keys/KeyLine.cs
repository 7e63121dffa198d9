namespace TaskBot.Engine.Keys;

/// <summary>A line of a key's text that is another than before.</summary>
/// <param name="Fact">What it is about, such as <c>attribute model</c> or <c>input tree</c>.</param>
/// <param name="Before">The line as it was; null where there was none.</param>
/// <param name="Now">The line as it is; null where there is none.</param>
public sealed record KeyLine(string Fact, string? Before, string? Now);
