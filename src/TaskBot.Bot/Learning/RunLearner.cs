using TaskBot.Bot.Projects;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tasks;
using TaskBot.Engine.Runs;

namespace TaskBot.Bot.Learning;

/// <summary>Teaches memory and preferences what came of a run, once each: how it ended, and what people made of it.</summary>
public sealed class RunLearner(PatternMemory memory, IPreferenceStore preferences)
{
    const int MaxLesson = 1200;

    /// <summary>A run ended by itself: well, or with a failure that others should avoid.</summary>
    public async Task EndedAsync(RunRecord run, MemorySharing sharing, CancellationToken cancellationToken)
    {
        if (run.Outcome is not (Outcome.Succeeded or Outcome.Failed)) return;
        var endedWell = run.Outcome == Outcome.Succeeded;
        var scopes = PatternMemory.ScopesOf(run.Repository, sharing);
        if (!scopes.IsEmpty) await memory.LearnAsync(scopes, LessonOf(run, scopes[^1]), run.Recalled, endedWell, cancellationToken);
        if (!endedWell) await RewardAsync(run, "ended", 0, cancellationToken);
    }

    /// <summary>What people made of it: merged is 1, closed unmerged 0, and 👍, 👎, reviews and later edits say something in between.</summary>
    /// <param name="source">What says so; each source counts once for a run, with what it said last.</param>
    /// <param name="reward">From 0 to 1; null where it takes back what it said.</param>
    public async Task RewardAsync(RunRecord run, string source, double? reward, CancellationToken cancellationToken)
    {
        foreach (var choice in run.Choices)
            await preferences.LearnAsync(run.Repository, $"{run.Id}/{choice.Set}/{source}", choice.Features, reward, cancellationToken);
    }

    /// <summary>What a run teaches: the change that worked with the notes it took, or what it died of.</summary>
    static Pattern? LessonOf(RunRecord run, string scope)
    {
        if (run.Outcome == Outcome.Succeeded)
        {
            if (run.FilesChanged.IsEmpty) return null;
            var notes = TaskLayers.Refined(run.Layers).Notes;
            var files = $"Changed {string.Join(", ", run.FilesChanged.Take(10))}{(run.FilesChanged.Length > 10 ? " and more" : "")}.";
            return Of(PatternKind.Solution, notes.IsDefaultOrEmpty ? files : $"{files} Notes: {string.Join(' ', notes)}");
        }

        return run.Attempts.LastOrDefault() is { Summary.Length: > 0 } last ? Of(PatternKind.Failure, last.Summary) : null;

        Pattern Of(PatternKind kind, string lesson) =>
            new(scope, kind, run.Request.Title, lesson.Length <= MaxLesson ? lesson : lesson[..(MaxLesson - 1)] + "…", [.. run.FilesChanged.Take(20)], run.CreatedAt)
            {
                UsedAt = run.CreatedAt,
            };
    }
}
