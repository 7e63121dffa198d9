namespace TaskBot.Engine.Builds;

/// <summary>Who depends on whom in a <see cref="CompiledGraph"/>, and where its levels begin: what is needed once something is dirty.</summary>
sealed class BuildLevels
{
    readonly int[] starts;
    readonly int[] users;
    readonly int[] userStarts;

    public BuildLevels(CompiledGraph graph)
    {
        var levels = new int[graph.Count];
        userStarts = new int[graph.Count + 1];
        for (var i = 0; i < graph.Count; i++)
        {
            foreach (var source in graph.Sources(i))
            {
                levels[i] = Math.Max(levels[i], levels[source] + 1);
                userStarts[source + 1]++;
            }
        }

        for (var i = 0; i < graph.Count; i++) userStarts[i + 1] += userStarts[i];
        users = new int[userStarts[^1]];
        var next = userStarts.AsSpan(0, graph.Count).ToArray();
        for (var i = 0; i < graph.Count; i++)
            foreach (var source in graph.Sources(i)) users[next[source]++] = i;
        Of = levels;
        starts = new int[(graph.Count == 0 ? 0 : levels[^1] + 1) + 1];
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
