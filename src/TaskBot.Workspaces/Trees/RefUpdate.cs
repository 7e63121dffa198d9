namespace TaskBot.Workspaces.Trees;

/// <summary>What became of moving a ref under the lock of its expected value.</summary>
public abstract record RefUpdate
{
    RefUpdate()
    {
    }

    /// <summary>The ref has the new value.</summary>
    public sealed record Done : RefUpdate;

    /// <summary>The ref was not where the caller thought, and was left alone.</summary>
    /// <param name="Actual">Where it is; null when it does not exist or, for a remote, was not told.</param>
    public sealed record Moved(CommitId? Actual) : RefUpdate;

    /// <summary>The other side refused: a protected branch, a hook, a quota.</summary>
    public sealed record Refused(string Reason) : RefUpdate;
}
