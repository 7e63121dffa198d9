using System.Collections.Immutable;

namespace TaskBot.Models.Documents;

/// <summary>A file that was needed to go on has mistakes; <see cref="Problems"/> lists all of them.</summary>
public sealed class InvalidFileException(ImmutableArray<FileProblem> problems) : Exception(string.Join('\n', problems))
{
    public ImmutableArray<FileProblem> Problems { get; } = problems;
}
