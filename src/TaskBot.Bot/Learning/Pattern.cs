using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace TaskBot.Bot.Learning;

/// <summary>What a pattern says of what it tells: that it worked, or that it did not.</summary>
public enum PatternKind
{
    Solution,
    Failure,
}

/// <summary>What an earlier run taught, for runs with a similar request.</summary>
/// <param name="Scope">Whose memory it is: <c>owner/name</c>, or <c>owner</c> where its repositories share theirs.</param>
/// <param name="Kind">Worth doing again, or worth avoiding.</param>
/// <param name="Title">The request, in its own words.</param>
/// <param name="Lesson">What worked or what went wrong, in a few sentences.</param>
/// <param name="Files">Paths that the solution changed.</param>
/// <param name="LearntAt">When, UTC.</param>
public sealed record Pattern(string Scope, PatternKind Kind, string Title, string Lesson, ImmutableArray<string> Files, DateTimeOffset LearntAt)
{
    /// <summary>Unused, a pattern is worth half as much after this time.</summary>
    static readonly TimeSpan HalfLife = TimeSpan.FromDays(90);

    /// <summary>Runs that ended well after they were shown it.</summary>
    public double Helped { get; init; }

    /// <summary>Runs that did not.</summary>
    public double Hurt { get; init; }

    /// <summary>When a run last was shown it; when it was learnt, until then.</summary>
    public DateTimeOffset UsedAt { get; init; } = LearntAt;

    /// <summary>24 hexadecimal digits: the same for the same lesson of the same request.</summary>
    public string Id { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Scope}\n{Kind}\n{Title}\n{Lesson}")))[..24];

    /// <summary>What it is worth, from 0 to 1: how often it helped (a half where nobody knows yet), less the longer nobody needed it.</summary>
    public double Worth(DateTimeOffset now) => (Helped + 1) / (Helped + Hurt + 2) * Math.Pow(0.5, Math.Max(0, (now - UsedAt) / HalfLife));
}

/// <summary>Patterns, kept. Safe for concurrent use.</summary>
public interface IPatternStore
{
    /// <summary>All of one scope, in no order.</summary>
    ValueTask<ImmutableArray<Pattern>> ListAsync(string scope, CancellationToken cancellationToken);

    /// <summary>Adds or replaces the first by their ids and removes the others, all or nothing; durable when it returns.</summary>
    ValueTask ChangeAsync(IReadOnlyCollection<Pattern> put, IReadOnlyCollection<Pattern> removed, CancellationToken cancellationToken);
}
