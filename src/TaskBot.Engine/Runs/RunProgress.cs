using System.Collections.Immutable;
using TaskBot.Graphs.Nodes;

namespace TaskBot.Engine.Runs;

/// <summary>How far an attempt has come, as far as the graph is known at this moment: a node that writes a layer may add to it.</summary>
/// <param name="Done">Leaves that have ended, however.</param>
/// <param name="Total">All leaves.</param>
/// <param name="Running">Leaves that work now.</param>
/// <param name="Left">
/// How long it is expected to take still, by how long nodes took before: the longest way, or all that is left shared by all jobs, whichever is
/// longer. Looked at once a second at most; null while nothing runs.
/// </param>
/// <param name="CriticalPath">The leaves on the longest way, the one that works now first, at most ten.</param>
public sealed record RunProgress(int Done, int Total, int Running, TimeSpan? Left, ImmutableArray<NodePath> CriticalPath)
{
    /// <summary>Of the leaves, 0 to 100.</summary>
    public int Percent => Total == 0 ? 100 : (int)(100L * Done / Total);
}
