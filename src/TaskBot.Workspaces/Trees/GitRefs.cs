using System.Text;

namespace TaskBot.Workspaces.Trees;

/// <summary>A name and the object it points to; of an annotated tag the commit behind it.</summary>
public sealed record GitRef(string Name, CommitId Commit);

/// <summary>
/// The repository's names for commits. A change happens only while the ref is where the caller expects it. Moving the branch that a
/// checkout is on leaves the checkout's files as they are.
/// </summary>
public sealed class GitRefs
{
    readonly GitRepository repository;

    internal GitRefs(GitRepository repository) => this.repository = repository;

    /// <summary>The commit that a branch, tag, HEAD, id or any other revision names, or null where it names none.</summary>
    public async Task<CommitId?> ResolveAsync(string revision, CancellationToken cancellationToken)
    {
        var parsed = await repository.RunInPlaceAsync(["rev-parse", "--verify", "--quiet", "--end-of-options", revision], cancellationToken);
        // The commit behind an annotated tag is looked up among the objects: that also says no to an id that the repository lacks.
        return parsed.ExitCode == 0
            && await repository.Objects.TryReadAsync($"{parsed.Text}^{{commit}}", cancellationToken) is ({ } id, "commit", _)
                ? new CommitId(id)
                : null;
    }

    /// <summary>The commit that is checked out or, in a bare repository, the default branch's; null while there are no commits.</summary>
    public Task<CommitId?> HeadAsync(CancellationToken cancellationToken) => ResolveAsync("HEAD", cancellationToken);

    /// <summary>The branch that HEAD is on, such as <c>main</c>, also before its first commit; null when detached.</summary>
    public async Task<string?> HeadBranchAsync(CancellationToken cancellationToken)
    {
        var name = await repository.RunInPlaceAsync(["symbolic-ref", "--quiet", "HEAD"], cancellationToken);
        return name.ExitCode == 0 && name.Text.StartsWith("refs/heads/", StringComparison.Ordinal) ? name.Text["refs/heads/".Length..] : null;
    }

    /// <summary>Every ref below a prefix such as <c>refs/heads/</c> that leads to a commit, in ordinal order.</summary>
    public async Task<IReadOnlyList<GitRef>> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        var format = "%(refname)%00%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)";
        var listed = await repository.RunInPlaceAsync(["for-each-ref", $"--format={format}", prefix], cancellationToken);
        return
        [
            .. listed.OrThrow().Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split('\0'))
                .Where(words => words[1] == "commit" || words[3] == "commit")
                .Select(words => new GitRef(words[0], new CommitId(words[1] == "commit" ? words[2] : words[4])))
                .OrderBy(found => found.Name, StringComparer.Ordinal),
        ];
    }

    /// <summary>Points a full ref name at a commit.</summary>
    /// <param name="name">Such as <c>refs/heads/taskbot/7</c>.</param>
    /// <param name="expected">Where the ref must be now; null when it must not exist.</param>
    public Task<RefUpdate> UpdateAsync(string name, CommitId commit, CommitId? expected, CancellationToken cancellationToken) =>
        ChangeAsync(name, $"update {name}\0{commit}\0{expected?.Value ?? Nothing}\0", expected, cancellationToken);

    /// <summary>Removes a ref that is where the caller expects it.</summary>
    public Task<RefUpdate> DeleteAsync(string name, CommitId expected, CancellationToken cancellationToken) =>
        ChangeAsync(name, $"delete {name}\0{expected}\0", expected, cancellationToken);

    /// <summary>A new branch; its name without <c>refs/heads/</c>. <see cref="RefUpdate.Moved"/> when there is one of that name.</summary>
    public Task<RefUpdate> CreateBranchAsync(string name, CommitId commit, CancellationToken cancellationToken) =>
        UpdateAsync("refs/heads/" + name, commit, expected: null, cancellationToken);

    /// <summary>Removes a branch; its name without <c>refs/heads/</c>.</summary>
    public Task<RefUpdate> DeleteBranchAsync(string name, CommitId expected, CancellationToken cancellationToken) =>
        DeleteAsync("refs/heads/" + name, expected, cancellationToken);

    string Nothing => new('0', repository.IdDigits);

    async Task<RefUpdate> ChangeAsync(string name, string command, CommitId? expected, CancellationToken cancellationToken)
    {
        var valid = await repository.RunInPlaceAsync(["check-ref-format", name], cancellationToken);
        if (valid.ExitCode != 0)
            throw new ArgumentException($"'{name}' is not a full ref name such as refs/heads/main.", nameof(name));
        var changed = await repository.RunInPlaceAsync(
            ["update-ref", "--no-deref", "--stdin", "-z"], cancellationToken, Encoding.UTF8.GetBytes(command));
        if (changed.ExitCode == 0)
            return new RefUpdate.Done();
        var actual = await ResolveAsync(name, cancellationToken);
        return actual == expected ? throw changed.Failure() : new RefUpdate.Moved(actual);
    }
}
