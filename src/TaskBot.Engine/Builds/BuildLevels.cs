namespace TaskBot.Engine.Builds;

/// <summary>Who depends on whom in a <see cref="CompiledGraph"/>, and where its levels begin: what is needed once something is dirty.</summary>
sealed class BuildLevels
{
    readonly int[] starts;
    readonly int[] users;
    readonly int[] userStarts;

    public BuildLevels(CompiledGraph graph)
    {
        var sources = graph.AllSources;
        var ends = graph.SourceEnds;
        var levels = new int[ends.Length];
        userStarts = new int[ends.Length + 1];
        for (var (i, start) = (0, 0); i < ends.Length; start = ends[i++])
        {
            var level = 0;
            foreach (var source in sources[start..ends[i]])
            {
                level = Math.Max(level, levels[source] + 1);
                userStarts[source + 1]++;
            }

            levels[i] = level;
        }

        for (var i = 0; i < ends.Length; i++) userStarts[i + 1] += userStarts[i];
        users = new int[userStarts[^1]];
        var next = userStarts.AsSpan(0, ends.Length).ToArray();
        for (var (i, start) = (0, 0); i < ends.Length; start = ends[i++])
            foreach (var source in sources[start..ends[i]]) users[next[source]++] = i;
        Of = levels;
        starts = new int[(levels.Length == 0 ? 0 : levels[^1] + 1) + 1];
        foreach (var level in levels) starts[level + 1]++;
        for (var i = 1; i < starts.Length; i++) starts[i] += starts[i - 1];
    }

    /// <summary>The level of each node; nodes are in the order of their levels.</summary>
    public int[] Of { get; }

    /// <summary>Levels there are.</summary>
    public int Count => starts.Length - 1;

    /// <summary>The nodes of a level.</summary>
    public Range this[int level] => starts[level]..starts[level + 1];

    /// <summary>Nodes that take something from this one, once for each connection.</summary>
    public ReadOnlySpan<int> Users(int index) => users.AsSpan(userStarts[index]..userStarts[index + 1]);
}
