using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using TaskBot.Graphs.Problems;

namespace TaskBot.Commands;

/// <summary>How mistakes in task files are told.</summary>
static class TaskProblems
{
    /// <summary>One line each on standard error: <c>error: FILE:LINE:COLUMN: what is wrong and what to write instead</c>.</summary>
    public static void Tell(IEnumerable<Problem> problems)
    {
        foreach (var problem in problems) Console.Error.WriteLine($"{Word(problem.Severity)}: {problem}");
    }

    public static bool HasError(this IEnumerable<Problem> problems) => problems.Any(problem => problem.Severity == ProblemSeverity.Error);

    /// <summary>All as one line of JSON.</summary>
    public static string ToJson(ImmutableArray<Problem> problems) => JsonSerializer.Serialize(
        [
            .. problems.Select(problem => new ToldProblem(
                problem.Location.Layer, problem.Location.Line, problem.Location.Column, Word(problem.Severity), problem.Kind, problem.Message, problem.Fix)),
        ],
        ToldProblemJsonContext.Default.ToldProblemArray);

    static string Word(ProblemSeverity severity) => severity == ProblemSeverity.Error ? "error" : "warning";
}

/// <summary>A mistake in a task file, for a program. Line and column are 1-based, 0 where the whole file or line is meant.</summary>
sealed record ToldProblem(string File, int Line, int Column, string Severity, string Kind, string Message, string? Fix);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ToldProblem[]))]
sealed partial class ToldProblemJsonContext : JsonSerializerContext;
