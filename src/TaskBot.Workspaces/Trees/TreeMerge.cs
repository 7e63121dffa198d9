namespace TaskBot.Workspaces.Trees;

/// <summary>How a three-way merge of trees ended.</summary>
public abstract record TreeMerge
{
    TreeMerge()
    {
    }

    /// <summary>Both sides fit together in one tree.</summary>
    public sealed record Clean(TreeId Tree) : TreeMerge;

    /// <summary>Both sides changed the same place.</summary>
    /// <param name="Marked">A tree with conflict markers in the files; to show, never to publish.</param>
    /// <param name="Conflicts">At least one.</param>
    public sealed record Conflicted(TreeId Marked, IReadOnlyList<MergeConflict> Conflicts) : TreeMerge;
}

/// <summary>One thing that could not be merged.</summary>
/// <param name="Paths">The paths involved; ordinal order.</param>
/// <param name="Kind">Git's short name, such as <c>CONFLICT (contents)</c> or <c>CONFLICT (modify/delete)</c>.</param>
/// <param name="Message">Git's sentence about it.</param>
public sealed record MergeConflict(IReadOnlyList<string> Paths, string Kind, string Message);
