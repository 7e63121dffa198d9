namespace TaskBot.Benchmarks.Programs;

/// <summary>What a whole process wrote and took.</summary>
/// <param name="Output">Standard output, trimmed.</param>
/// <param name="Cpu">In its own code and in the kernel, on all cores: unlike wall time it says little of what else the machine does.</param>
/// <param name="PeakBytes">The most memory that it had at once.</param>
sealed record ProgramRun(string Output, TimeSpan Wall, TimeSpan Cpu, long PeakBytes)
{
    /// <summary>Of each figure by itself, so that what disturbed one run is not in it.</summary>
    public static ProgramRun Median(IReadOnlyCollection<ProgramRun> runs) =>
        new(runs.Last().Output, Middle(runs, run => run.Wall), Middle(runs, run => run.Cpu), Middle(runs, run => run.PeakBytes));

    static T Middle<T>(IReadOnlyCollection<ProgramRun> runs, Func<ProgramRun, T> figure) => runs.Select(figure).Order().ElementAt(runs.Count / 2);
}
