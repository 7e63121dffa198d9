namespace TaskBot.Models.Documents;

/// <summary>One mistake in a file that a person wrote: where it is, what is wrong and what to write instead.</summary>
/// <param name="File">The path as the user gave it.</param>
/// <param name="Line">From 1; 0 when the file as a whole is meant.</param>
/// <param name="Message">One sentence.</param>
public sealed record FileProblem(string File, int Line, string Message)
{
    public override string ToString() => Line > 0 ? $"{File}:{Line}: {Message}" : $"{File}: {Message}";
}
