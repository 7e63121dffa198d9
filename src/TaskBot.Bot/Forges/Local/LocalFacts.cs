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

/// <summary><c>forge.yml</c>: what a repository of the local forge is.</summary>
sealed class RepositoryFacts
{
    /// <summary>The git repository, relative to the file's folder or absolute.</summary>
    public string Git { get; set; } = "repository.git";

    public string DefaultBranch { get; set; } = "main";

    /// <summary>The shell line that the forge's CI runs in a checkout of a pull request's head; null for no CI.</summary>
    public string? Ci { get; set; }

    /// <summary>Permissions by login: <c>none</c>, <c>read</c>, <c>write</c> or <c>admin</c>. Others may read.</summary>
    [YamlMember(Alias = "people")]
    public Dictionary<string, string> People { get; set; } = [];
}
