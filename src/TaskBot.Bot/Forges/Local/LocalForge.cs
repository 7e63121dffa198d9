using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using TaskBot.GitHub.Repositories;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Forges.Local;

/// <summary>
/// A forge in a folder, for rehearsal and the demo: <c>OWNER/NAME/</c> holds <c>forge.yml</c>, a bare git repository, and a readable
/// Markdown file for each issue, comment, pull request and check. One process at a time changes it.
/// </summary>
public sealed class LocalForge(string root, TimeProvider time) : IForge, IObjectSource, IDisposable
{
    /// <summary>Who writes in the bot's name.</summary>
    public const string BotLogin = "taskbot";

    readonly SemaphoreSlim numbering = new(1);
    TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The folder that holds all of it.</summary>
    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>Completes at the next change that CI or a webhook may be due for.</summary>
    internal Task ChangedAsync(CancellationToken cancellationToken) => Volatile.Read(ref changed).Task.WaitAsync(cancellationToken);

    internal void Touch() =>
        Interlocked.Exchange(ref changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    /// <summary>Makes a repository known, or changes how it is known. The git repository itself must exist.</summary>
    /// <param name="git">The git repository's folder, relative to the forge's folder for it, or absolute.</param>
    /// <param name="ci">The shell line that checks a pull request's head; null for no CI.</param>
    /// <param name="people">Permissions by login.</param>
    public async Task AddRepositoryAsync(
        RepositoryName repository, string git, string defaultBranch, string? ci, IReadOnlyDictionary<string, Permission> people,
        CancellationToken cancellationToken) =>
        await MarkdownFile.WriteAsync(
            RepositoryFile(repository),
            new RepositoryFacts
            {
                Git = git,
                DefaultBranch = defaultBranch,
                Ci = ci,
                People = people.ToDictionary(person => person.Key, person => person.Value.ToString().ToLowerInvariant(), StringComparer.OrdinalIgnoreCase),
            },
            "",
            cancellationToken);

    /// <summary>The repositories that have a <c>forge.yml</c>, in ordinal order.</summary>
    public IEnumerable<RepositoryName> Repositories() =>
        Directory.Exists(Root)
            ? from owner in Directory.EnumerateDirectories(Root).Order(StringComparer.Ordinal)
              from name in Directory.EnumerateDirectories(owner).Order(StringComparer.Ordinal)
              where File.Exists(Path.Combine(name, "forge.yml"))
              select new RepositoryName(Path.GetFileName(owner), Path.GetFileName(name))
            : [];

    public async Task<ForgeRepository> GetRepositoryAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        var facts = await ReadRepositoryAsync(repository, cancellationToken);
        return new(repository, facts.DefaultBranch, GitFolder(repository, facts), Folder(repository));
    }

    public async Task<CommitId> ResolveBaseAsync(RepositoryName repository, string branch, CancellationToken cancellationToken)
    {
        await using var git = await OpenGitAsync(repository, cancellationToken);
        return await git.Refs.ResolveAsync($"refs/heads/{branch}", cancellationToken)
            ?? throw new ForgeException($"{repository} has no branch '{branch}' with a commit on it. Commit something there first.");
    }

    public async Task<Permission> GetPermissionAsync(RepositoryName repository, string login, CancellationToken cancellationToken)
    {
        var facts = await ReadRepositoryAsync(repository, cancellationToken);
        if (facts.People.FirstOrDefault(person => person.Key.Equals(login, StringComparison.OrdinalIgnoreCase)).Value is not { } word) return Permission.Read;
        return Enum.GetValues<Permission>().Select(permission => (Permission?)permission)
                .FirstOrDefault(permission => permission.ToString()!.Equals(word, StringComparison.OrdinalIgnoreCase))
            ?? throw new ForgeException($"{RepositoryFile(repository)}: '{word}' is no permission. Write none, read, write or admin.");
    }

    /// <summary>Opens an issue and gives its number.</summary>
    public async Task<int> AddIssueAsync(
        RepositoryName repository, string title, string body, string author, IEnumerable<string> labels, CancellationToken cancellationToken) =>
        await WithNextNumberAsync(
            () => Issues(repository).Concat(Pulls(repository)),
            number => MarkdownFile.WriteAsync(
                IssueFile(repository, number), new IssueFacts { Title = title, Author = author, Labels = [.. labels] }, body, cancellationToken),
            cancellationToken);

    public async Task<ForgeIssue> GetIssueAsync(RepositoryName repository, int number, CancellationToken cancellationToken)
    {
        var path = IssueFile(repository, number);
        var (facts, body) = await MarkdownFile.ReadAsync<IssueFacts>(path, cancellationToken)
            ?? throw new ForgeException($"{repository} has no issue {number} ({path} is missing).");
        return new(number, facts.Title, body.Trim(), facts.Author, [.. facts.Labels], facts.State == "open", path);
    }

    public async Task<ForgeIssue> PutIssueAsync(RepositoryName repository, string marker, string title, string body, CancellationToken cancellationToken)
    {
        var text = $"{body}\n\n{marker}".Trim();
        foreach (var number in Issues(repository))
        {
            var path = IssueFile(repository, number);
            if (await MarkdownFile.ReadAsync<IssueFacts>(path, cancellationToken) is not ({ Author: BotLogin, State: "open" } facts, var old) || !old.Contains(marker, StringComparison.Ordinal)) continue;
            facts.Title = title;
            await MarkdownFile.WriteAsync(path, facts, text, cancellationToken);
            return await GetIssueAsync(repository, number, cancellationToken);
        }

        return await GetIssueAsync(repository, await AddIssueAsync(repository, title, text, BotLogin, [], cancellationToken), cancellationToken);
    }

    /// <summary>Every issue's number, ascending.</summary>
    public IEnumerable<int> Issues(RepositoryName repository) => Numbers(Path.Combine(Folder(repository), "issues"));

    public async Task RemoveLabelAsync(RepositoryName repository, int issue, string label, CancellationToken cancellationToken)
    {
        var path = IssueFile(repository, issue);
        if (await MarkdownFile.ReadAsync<IssueFacts>(path, cancellationToken) is not var (facts, body) || !facts.Labels.Remove(label)) return;
        await MarkdownFile.WriteAsync(path, facts, body, cancellationToken);
    }

    public async Task<string> PutCommentAsync(
        RepositoryName repository, int issue, string marker, string body, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(Folder(repository), "comments", Text(issue));
        if (await FindOwnCommentAsync(folder, marker, cancellationToken) is var (path, facts, old))
        {
            if (old != body) await MarkdownFile.WriteAsync(path, facts, body, cancellationToken);
            return path;
        }

        var next = await WithNextNumberAsync(
            () => Numbers(folder), number => MarkdownFile.WriteAsync(Path.Combine(folder, $"{number}.md"), new CommentFacts { Author = BotLogin }, body, cancellationToken), cancellationToken);
        return Path.Combine(folder, $"{next}.md");
    }

    public async Task<string?> FindCommentAsync(RepositoryName repository, int issue, string marker, CancellationToken cancellationToken) =>
        (await FindOwnCommentAsync(Path.Combine(Folder(repository), "comments", Text(issue)), marker, cancellationToken))?.Body;

    static async Task<(string Path, CommentFacts Facts, string Body)?> FindOwnCommentAsync(string folder, string marker, CancellationToken cancellationToken)
    {
        foreach (var number in Numbers(folder))
        {
            var path = Path.Combine(folder, $"{number}.md");
            if (await MarkdownFile.ReadAsync<CommentFacts>(path, cancellationToken) is var (facts, body) && facts.Author == BotLogin && body.Contains(marker, StringComparison.Ordinal))
                return (path, facts, body);
        }

        return null;
    }

    public async Task<CommitId> PublishAsync(PublishRequest request, CancellationToken cancellationToken)
    {
        await using var git = await OpenGitAsync(request.Repository, cancellationToken);
        var name = $"refs/heads/{request.Branch}";
        var old = await git.Refs.ResolveAsync(name, cancellationToken);
        if (old is { } head)
        {
            var commit = await git.ReadCommitAsync(head, cancellationToken);
            if (commit.Tree == request.Tree && commit.Parents is [var parent] && parent == request.Base) return head;
        }

        if (old != request.ExpectedHead) throw ForgeException.HeadMoved(request.Branch, old?.Value);

        if (!request.OnTopOfBase) await RequireSameBaseAsync(request, git, cancellationToken);
        var who = new CommitSignature(BotLogin, $"{BotLogin}@localhost", time.GetUtcNow());
        var message = request.CoAuthor is null ? request.Message : $"{request.Message}\n\nCo-authored-by: {request.CoAuthor}";
        var made = await git.CommitAsync(new CommitDraft(request.Tree, [request.Base], who, who, message), cancellationToken);
        var update = old is { } expected
            ? await git.Refs.UpdateAsync(name, made, expected, cancellationToken)
            : await git.Refs.CreateBranchAsync(request.Branch, made, cancellationToken);
        Touch();
        return update is RefUpdate.Done ? made : throw ForgeException.HeadMoved(request.Branch, (update as RefUpdate.Moved)?.Actual?.Value);
    }

    static async Task RequireSameBaseAsync(PublishRequest request, GitRepository git, CancellationToken cancellationToken)
    {
        var head = await git.Refs.ResolveAsync($"refs/heads/{request.BaseBranch}", cancellationToken)
            ?? throw ForgeException.BaseGone(request.BaseBranch, request.Repository);
        if (head == request.Base) return;
        var start = await git.TreeOfAsync(request.Base, cancellationToken);
        var theirs = await git.ChangesAsync(start, await git.TreeOfAsync(head, cancellationToken), cancellationToken);
        var ours = await git.ChangesAsync(start, request.Tree, cancellationToken);
        var both = ours.Select(change => change.Path).Intersect(theirs.Select(change => change.Path), StringComparer.Ordinal).ToList();
        if (both.Count > 0) throw ForgeException.BaseMoved(request.BaseBranch, request.Repository, both);
    }

    public async Task<ForgePullRequest> PutPullRequestAsync(PullRequestText request, CancellationToken cancellationToken)
    {
        foreach (var known in Pulls(request.Repository))
        {
            var path = PullFile(request.Repository, known);
            if (await MarkdownFile.ReadAsync<PullFacts>(path, cancellationToken) is not var (facts, body)) continue;
            if (facts.Branch != request.Branch || facts.State != "open") continue;
            if (facts.Title != request.Title || body != request.Body)
            {
                facts.Title = request.Title;
                await MarkdownFile.WriteAsync(path, facts, request.Body, cancellationToken);
            }

            return await GetPullRequestAsync(request.Repository, known, cancellationToken);
        }

        var made = new PullFacts { Title = request.Title, Branch = request.Branch, Base = request.BaseBranch };
        var number = await WithNextNumberAsync(
            () => Issues(request.Repository).Concat(Pulls(request.Repository)),
            next => MarkdownFile.WriteAsync(PullFile(request.Repository, next), made, request.Body, cancellationToken), cancellationToken);
        Touch();
        return await GetPullRequestAsync(request.Repository, number, cancellationToken);
    }

    /// <exception cref="ForgeException">There is no such pull request, or its branch is gone.</exception>
    public async Task<ForgePullRequest> GetPullRequestAsync(RepositoryName repository, int number, CancellationToken cancellationToken)
    {
        var path = PullFile(repository, number);
        var (facts, _) = await MarkdownFile.ReadAsync<PullFacts>(path, cancellationToken)
            ?? throw new ForgeException($"{repository} has no pull request {number} ({path} is missing).") { Obstacle = Obstacle.NotFound };
        return new(number, path, facts.Draft, (await ResolveBaseAsync(repository, facts.Branch, cancellationToken)).Value)
        {
            State = facts.State switch { "merged" => PullRequestState.Merged, "closed" => PullRequestState.Closed, _ => PullRequestState.Open },
        };
    }

    public async Task<string> GetDiffAsync(RepositoryName repository, int pullRequest, CancellationToken cancellationToken)
    {
        var path = PullFile(repository, pullRequest);
        if (await MarkdownFile.ReadAsync<PullFacts>(path, cancellationToken) is not var (facts, _))
            throw new ForgeException($"{repository} has no pull request {pullRequest} ({path} is missing).") { Obstacle = Obstacle.NotFound };
        await using var git = await OpenGitAsync(repository, cancellationToken);
        var (start, head) = (await ResolveBaseAsync(repository, facts.Base, cancellationToken), await ResolveBaseAsync(repository, facts.Branch, cancellationToken));
        return await git.DiffAsync(await git.TreeOfAsync(start, cancellationToken), await git.TreeOfAsync(head, cancellationToken), contextLines: 3, cancellationToken);
    }

    /// <summary>Every pull request's number, ascending.</summary>
    public IEnumerable<int> Pulls(RepositoryName repository) => Numbers(Path.Combine(Folder(repository), "pulls"));

    public async Task MarkReadyAsync(RepositoryName repository, int pullRequest, CancellationToken cancellationToken)
    {
        var path = PullFile(repository, pullRequest);
        if (await MarkdownFile.ReadAsync<PullFacts>(path, cancellationToken) is not var (facts, body) || !facts.Draft) return;
        facts.Draft = false;
        await MarkdownFile.WriteAsync(path, facts, body, cancellationToken);
    }

    public async Task<string> PutCheckAsync(RepositoryName repository, CommitId head, CheckReport report, CancellationToken cancellationToken)
    {
        var path = CheckFile(repository, head, report.Name);
        await MarkdownFile.WriteAsync(
            path,
            new CheckFacts { Name = report.Name, Conclusion = report.Conclusion, Title = report.Title },
            string.Concat(report.Notes.Select(note => $"{note.Path}:{note.Line}: {note.Message}\n").Prepend(report.Summary)),
            cancellationToken);
        return new Uri(path).AbsoluteUri;
    }

    public async Task<ImmutableArray<ForgeCheck>> GetChecksAsync(RepositoryName repository, CommitId head, CancellationToken cancellationToken)
    {
        var folder = Path.GetDirectoryName(CheckFile(repository, head, "x"))!;
        var checks = ImmutableArray.CreateBuilder<ForgeCheck>();
        foreach (var path in Directory.Exists(folder) ? Directory.GetFiles(folder, "*.md").Order(StringComparer.Ordinal) : Enumerable.Empty<string>())
            if (await MarkdownFile.ReadAsync<CheckFacts>(path, cancellationToken) is var (facts, log))
                checks.Add(new(facts.Name, facts.Conclusion, log));
        // The CI of the forge answers for every pull request; until it did, its check is there and not completed.
        if ((await ReadRepositoryAsync(repository, cancellationToken)).Ci is not null && checks.All(check => check.Name != LocalCi.CheckName))
            checks.Add(new(LocalCi.CheckName, Conclusion: null, ""));
        return checks.DrainToImmutable();
    }

    public Task<string> ReadLogAsync(RepositoryName repository, ForgeCheck check, CancellationToken cancellationToken) => Task.FromResult(check.Said);

    /// <summary>The CI here runs one line on one tree: what it said once it would say again.</summary>
    public Task<bool> RerunAsync(RepositoryName repository, ForgeCheck check, CancellationToken cancellationToken) => Task.FromResult(false);

    public async Task<RequiredChecks> GetRequiredChecksAsync(RepositoryName repository, string branch, CancellationToken cancellationToken) =>
        new([.. (await ReadRepositoryAsync(repository, cancellationToken)).Required]);

    public string MailHost => "localhost";

    public IForgeReviews Reviews => new LocalReviews(this);

    public Task<ForgeAccount> GetSelfAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        Task.FromResult(new ForgeAccount(LocalEvents.StableId(BotLogin), BotLogin));

    public async Task ReactAsync(RepositoryName repository, ForgeSubject subject, Reaction reaction, CancellationToken cancellationToken)
    {
        var path = ReactionFile(repository, subject);
        var facts = (await MarkdownFile.ReadAsync<ReactionFacts>(path, cancellationToken))?.Facts ?? new ReactionFacts();
        var word = reaction.ToString().ToLowerInvariant();
        if (facts.Reactions.Contains(word)) return;
        facts.Reactions.Add(word);
        await MarkdownFile.WriteAsync(path, facts, "", cancellationToken);
    }

    /// <summary>Reacts as a person would, in place of how they did before.</summary>
    /// <param name="content"><c>+1</c> or <c>-1</c>; null to take it back.</param>
    public async Task ReactAsAsync(RepositoryName repository, ForgeSubject subject, string login, string? content, CancellationToken cancellationToken)
    {
        var path = ReactionFile(repository, subject);
        var facts = (await MarkdownFile.ReadAsync<ReactionFacts>(path, cancellationToken))?.Facts ?? new ReactionFacts();
        if (content is null) facts.People.Remove(login);
        else facts.People[login] = content;
        await MarkdownFile.WriteAsync(path, facts, "", cancellationToken);
    }

    /// <summary>How people reacted to a pull request, and to our comments on it and on its issue.</summary>
    internal async IAsyncEnumerable<(string Login, string Content)> ReactionsOfPeopleAsync(
        RepositoryName repository, int issue, int pullRequest, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var subjects = new List<ForgeSubject> { new(ForgeSubjectKind.Issue, pullRequest, 0) };
        foreach (var number in new[] { issue, pullRequest }.Distinct())
        {
            var folder = Path.Combine(Folder(repository), "comments", Text(number));
            foreach (var comment in Numbers(folder))
                if (await MarkdownFile.ReadAsync<CommentFacts>(Path.Combine(folder, $"{comment}.md"), cancellationToken) is { Facts.Author: BotLogin })
                    subjects.Add(new(ForgeSubjectKind.Comment, number, comment));
        }

        foreach (var subject in subjects)
        {
            if (await MarkdownFile.ReadAsync<ReactionFacts>(ReactionFile(repository, subject), cancellationToken) is not var (facts, _)) continue;
            foreach (var (login, content) in facts.People) yield return (login, content);
        }
    }

    public async Task<ReadOnlyMemory<byte>?> FindFileAsync(RepositoryName repository, string path, string? commit, CancellationToken cancellationToken)
    {
        if (!File.Exists(RepositoryFile(repository))) return null;
        await using var git = await OpenGitAsync(repository, cancellationToken);
        if (await git.Refs.ResolveAsync(commit ?? $"refs/heads/{(await ReadRepositoryAsync(repository, cancellationToken)).DefaultBranch}", cancellationToken) is not { } known) return null;
        return (await git.Tree(await git.TreeOfAsync(known, cancellationToken)).ReadAsync(path, cancellationToken))?.Content;
    }

    public async Task<GitRepository> OpenObjectsAsync(RepositoryName repository, CommitId commit, CancellationToken cancellationToken) =>
        await OpenGitAsync(repository, cancellationToken);

    internal async Task<string?> GetCiAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        (await ReadRepositoryAsync(repository, cancellationToken)).Ci;

    public void Dispose() => numbering.Dispose();

    internal string EventsFolder => Path.Combine(Root, "events");

    async Task<GitRepository> OpenGitAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        await GitRepository.OpenAsync(GitFolder(repository, await ReadRepositoryAsync(repository, cancellationToken)), cancellationToken);

    async Task<RepositoryFacts> ReadRepositoryAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        await MarkdownFile.ReadAsync<RepositoryFacts>(RepositoryFile(repository), cancellationToken) is var (facts, _) ? facts
            : throw new ForgeException($"There is no repository {repository} in {Root}: {RepositoryFile(repository)} is missing.");

    internal async Task<int> WithNextNumberAsync(Func<IEnumerable<int>> taken, Func<int, Task> write, CancellationToken cancellationToken)
    {
        await numbering.WaitAsync(cancellationToken);
        try
        {
            var number = taken().DefaultIfEmpty().Max() + 1;
            await write(number);
            return number;
        }
        finally
        {
            numbering.Release();
        }
    }

    internal string Folder(RepositoryName repository) => Path.Combine(Root, repository.Owner, repository.Name);

    string RepositoryFile(RepositoryName repository) => Path.Combine(Folder(repository), "forge.yml");

    string GitFolder(RepositoryName repository, RepositoryFacts facts) => Path.GetFullPath(facts.Git, Folder(repository));

    string IssueFile(RepositoryName repository, int number) => Path.Combine(Folder(repository), "issues", $"{number}.md");

    string PullFile(RepositoryName repository, int number) => Path.Combine(Folder(repository), "pulls", $"{number}.md");

    string ReactionFile(RepositoryName repository, ForgeSubject subject) =>
        Path.Combine(Folder(repository), "reactions", $"{subject.Kind}-{subject.Number}-{subject.Id}.md".ToLowerInvariant());

    string CheckFile(RepositoryName repository, CommitId head, string name) =>
        Path.Combine(Folder(repository), "checks", head.Value, $"{Uri.EscapeDataString(name.ToLowerInvariant())}.md");

    internal static IEnumerable<int> Numbers(string folder) =>
        Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*.md").Select(path => Path.GetFileNameWithoutExtension(path))
                .Where(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                .Select(name => int.Parse(name, CultureInfo.InvariantCulture)).Order()
            : [];

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
