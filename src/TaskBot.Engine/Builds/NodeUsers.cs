namespace TaskBot.Engine.Builds;

/// <summary>Who depends on whom in a <see cref="CompiledGraph"/>: what is needed once something is dirty.</summary>
sealed class NodeUsers
{
    readonly int[] users;
    readonly int[] starts;

    public NodeUsers(CompiledGraph graph)
    {
        var sources = graph.AllSources;
        var ends = graph.SourceEnds;
        starts = new int[ends.Length + 1];
        foreach (var source in sources) starts[source + 1]++;
        for (var i = 0; i < ends.Length; i++) starts[i + 1] += starts[i];
        users = new int[sources.Length];
        var next = starts.AsSpan(0, ends.Length).ToArray();
        for (var (i, start) = (0, 0); i < ends.Length; start = ends[i++])
            foreach (var source in sources[start..ends[i]]) users[next[source]++] = i;
    }

    /// <summary>Nodes that take something from this one, once for each connection, ascending.</summary>
    public ReadOnlySpan<int> this[int index] => users.AsSpan(starts[index]..starts[index + 1]);
}
