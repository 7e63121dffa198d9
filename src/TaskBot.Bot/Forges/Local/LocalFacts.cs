using YamlDotNet.Serialization;

namespace TaskBot.Bot.Forges.Local;

/// <summary>The facts of an issue in the local forge.</summary>
sealed class IssueFacts
{
    public string Title { get; set; } = "";

    public string Author { get; set; } = "";

    public string State { get; set; } = "open";

    public List<string> Labels { get; set; } = [];
}

/// <summary>The facts of a comment in the local forge.</summary>
sealed class CommentFacts
{
    public string Author { get; set; } = "";
}

/// <summary>The facts of a pull request in the local forge.</summary>
sealed class PullFacts
{
    public string Title { get; set; } = "";

    public string Branch { get; set; } = "";

    public string Base { get; set; } = "";

    public string State { get; set; } = "open";

    public bool Draft { get; set; } = true;
}

/// <summary>The facts of a check in the local forge; its file lies in a folder named after the commit.</summary>
sealed class CheckFacts
{
    public string Name { get; set; } = "";

    /// <summary>GitHub's word; null while it runs.</summary>
    public string? Conclusion { get; set; }

    public string? Title { get; set; }
}

/// <summary>How we, and people, reacted to something in the local forge.</summary>
sealed class ReactionFacts
{
    public List<string> Reactions { get; set; } = [];

    /// <summary>What people think of it, by login: <c>+1</c> or <c>-1</c>.</summary>
    public Dictionary<string, string> People { get; set; } = [];
}

/// <summary>The facts of a review in the local forge; what it says as a whole is the file's text.</summary>
sealed class ReviewFacts
{
    public string Author { get; set; } = "";

    /// <summary><c>approved</c>, <c>changes_requested</c>, <c>commented</c> or <c>dismissed</c>.</summary>
    public string State { get; set; } = "commented";
}

/// <summary>The facts of a comment on lines of a pull request in the local forge.</summary>
sealed class RemarkFacts
{
    public string Author { get; set; } = "";

    /// <summary>The review that it came with; 0 for an answer of ours.</summary>
    public int Review { get; set; }

    /// <summary>The comment that began the thread; 0 where this one did.</summary>
    public int ReplyTo { get; set; }

    public string Path { get; set; } = "";

    public int StartLine { get; set; }

    public int Line { get; set; }

    public string Commit { get; set; } = "";

    public bool Resolved { get; set; }
}

/// <summary><c>forge.yml</c>: what a repository of the local forge is.</summary>
sealed class RepositoryFacts
{
    /// <summary>The git repository, relative to the file's folder or absolute.</summary>
    public string Git { get; set; } = "repository.git";

    public string DefaultBranch { get; set; } = "main";

    /// <summary>The shell line that the forge's CI runs in a checkout of a pull request's head; null for no CI.</summary>
    public string? Ci { get; set; }

    /// <summary>Names of the checks that must succeed before a merge.</summary>
    public List<string> Required { get; set; } = [];

    /// <summary>Permissions by login: <c>none</c>, <c>read</c>, <c>write</c> or <c>admin</c>. Others may read.</summary>
    [YamlMember(Alias = "people")]
    public Dictionary<string, string> People { get; set; } = [];
}
