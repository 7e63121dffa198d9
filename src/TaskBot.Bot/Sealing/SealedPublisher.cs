using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Logging;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tasks;
using TaskBot.Engine.Outbox;
using TaskBot.Engine.Runs;
using TaskBot.GitHub.Repositories;
using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Sealing;

/// <summary>
/// Does what a run without write permission would have done: checks all that was sealed of it first, then publishes through the same forge and says how it ended in the
/// same places as any run. Done twice, it is done once. No model is asked.
/// </summary>
public sealed partial class SealedPublisher(
    IForge forge, IObjectSource objects, RunGate gate, RunCoordinator coordinator, RunReporter reporter, EffectOutbox outbox, ILogger<SealedPublisher> logger)
{
    /// <summary>Changes of workflows need a person's word whatever the project says: they run with rights of their own.</summary>
    const string Workflows = ".github/workflows/**";

    /// <param name="pinned">
    /// The run as whoever publishes knows it, from the event itself or from what was handed over, and saved: it says for whom, on what, from where. Nothing of that is
    /// taken from the result.
    /// </param>
    /// <param name="result">What <see cref="SealedResult.Open"/> gave of this run.</param>
    /// <param name="branchPrefix">What a first branch begins with, such as <c>taskbot/</c>.</param>
    /// <returns>The run as it stands then, saved: its pull request open, waiting, or ended.</returns>
    /// <exception cref="ForgeException">The forge has trouble that goes away; the same call later goes on.</exception>
    public async Task<SealedAnswer> PublishAsync(RunRecord pinned, SealedRun result, string branchPrefix, CancellationToken cancellationToken)
    {
        try
        {
            await using var git = await objects.OpenObjectsAsync(RepositoryName.Parse(pinned.Repository), new CommitId(pinned.BaseCommit), cancellationToken);
            var work = await RunWork.OpenAsync(pinned, git, forge, cancellationToken);
            var problems = await FindProblemsAsync(pinned, result, branchPrefix, work, cancellationToken);
            if (!problems.IsEmpty)
            {
                LogRefused(logger, pinned.Id, problems.Length);
                var reason = $"The sealed result was refused, and nothing of it was published:\n{string.Join('\n', problems)}";
                return new SealedAnswer.Refused(await FailAsync(pinned, reason, cancellationToken), problems);
            }

            return new SealedAnswer.Published(await ApplyAsync(Adopt(pinned, result.Run), result, work, cancellationToken));
        }
        catch (Exception e) when (e is ForgeException or GitException && !TransientFailure.Is(e))
        {
            LogNotPublished(logger, e, pinned.Id);
            return new SealedAnswer.Published(await FailAsync(pinned, Obstacles.Explain(e), cancellationToken));
        }
    }

    async Task<ImmutableArray<string>> FindProblemsAsync(RunRecord pinned, SealedRun result, string branchPrefix, RunWork work, CancellationToken cancellationToken)
    {
        var repository = RepositoryName.Parse(pinned.Repository);
        var problems = SealedValidator.FindProblems(result, pinned, work.BaseTree, branchPrefix).AddRange(work.Problems);
        if (await gate.AskAsync(repository, pinned.RequestedBy, "start a run", cancellationToken) is GateAnswer.Closed closed) problems = problems.Add(closed.Reason);
        // A question about what is done is answered too.
        if (pinned.Purpose == RunPurpose.Change && !(await forge.GetIssueAsync(repository, pinned.Issue, cancellationToken)).IsOpen) problems = problems.Add($"Issue {pinned.Issue} was closed meanwhile.");
        // Files are written into the local store, where nobody sees them, once all that can be told from the words alone is right.
        return problems.IsEmpty && result.Change is { } change ? await ProblemsOfTreeAsync(change, pinned, work, cancellationToken) : problems;
    }

    /// <summary>The files have to make exactly the tree that was sealed, and that one may need a person's word.</summary>
    static async Task<ImmutableArray<string>> ProblemsOfTreeAsync(SealedChange change, RunRecord pinned, RunWork work, CancellationToken cancellationToken)
    {
        try
        {
            var tree = await work.Git.WriteTreeAsync(work.BaseTree, [.. change.Files.Select(Of)], cancellationToken);
            if (tree.Value != change.Tree) return [$"change.files make the tree {tree} of the base's, and {change.Tree} was sealed."];
            var guarded = work.Project with { Protected = work.Project.Protected.Add(Workflows) };
            return !TaskLayers.IsApproved(pinned.Layers, tree.Value) && ProtectedPaths.Question(guarded, change.Files.Select(file => file.Path)) is { } question
                ? [$"{question} It takes a person's approval of exactly this tree ({tree}), and there is none."] : [];
        }
        catch (ArgumentException e)
        {
            return [$"change.files make no tree of the base's: {e.Message}"];
        }
    }

    async Task<RunRecord> ApplyAsync(RunRecord run, SealedRun result, RunWork work, CancellationToken cancellationToken)
    {
        var repository = RepositoryName.Parse(run.Repository);
        (int Number, CommitId Head)? stands = result.Change is { } change ? await OpenAsync(run, repository, change, work, cancellationToken) : null;
        foreach (var comment in result.Comments) await forge.PutCommentAsync(repository, run.Issue, comment.Marker, comment.Body, cancellationToken);
        return stands is var (number, head)
            ? await coordinator.StandsAsync(run with { Branch = result.Change!.Branch, HeadTree = result.Change.Tree }, number, head, work, graph: null, cancellationToken)
            : await reporter.EndAsync(run, result.Plan, cancellationToken);
    }

    /// <summary>Once for each tree and place of the branch.</summary>
    async Task<(int Number, CommitId Head)> OpenAsync(RunRecord run, RepositoryName repository, SealedChange change, RunWork work, CancellationToken cancellationToken)
    {
        // The attempt that made it is not among those that came before it.
        var then = run with { Attempts = run.Attempts.IsEmpty ? [] : run.Attempts[..^1] };
        var commit = new PublishRequest(
            repository, work.Git, change.Branch, run.BaseBranch, new CommitId(run.BaseCommit), new TreeId(change.Tree), change.ExpectedHead is { } head ? new CommitId(head) : null,
            PullRequestBody.Message(then), PullRequestBody.CoAuthor(then, forge.MailHost))
        { OnTopOfBase = change.OnTopOfBase };
        var text = PullRequestBody.TextOf(then, repository, change.Branch, change.Summary, change.Checks, [.. change.Files.Select(file => file.Path)]);
        var stands = await outbox.DoAsync(
            $"sealed:{run.Id}:{change.Branch}:{change.ExpectedHead}:{change.Tree}",
            // Both look for what an earlier try left.
            _ => Task.FromResult<string?>(null),
            async token =>
            {
                var published = await forge.PublishAsync(commit, token);
                var pull = await forge.PutPullRequestAsync(text, token);
                return string.Create(CultureInfo.InvariantCulture, $"{pull.Number} {published}");
            },
            cancellationToken);
        var words = stands!.Split(' ');
        return (int.Parse(words[0], CultureInfo.InvariantCulture), new CommitId(words[1]));
    }

    /// <summary>What was found out and done; who asked, for what and from where stays as it was pinned.</summary>
    static RunRecord Adopt(RunRecord pinned, RunRecord done)
    {
        var answered = pinned.Reviews.Concat(pinned.Answering is { } current ? [current] : []).FirstOrDefault(pass => pass.Review == done.Answering?.Review);
        return pinned with
        {
            Task = done.Task,
            TaskReason = done.TaskReason,
            Layers = done.Layers,
            Attempts = done.Attempts,
            Steps = done.Steps,
            Models = done.Models,
            BudgetUsd = done.BudgetUsd,
            IsTested = done.IsTested,
            Stage = done.Stage,
            Outcome = done.Outcome,
            Reason = done.Reason,
            WaitingNode = done.WaitingNode,
            WaitingDigest = done.WaitingDigest,
            Verdict = null,
            Notes = [],
            Answering = answered is null ? pinned.Answering : answered with { Tree = pinned.HeadTree, Why = done.Answering!.Why, Refused = done.Answering.Refused },
            Reviews = answered is null ? pinned.Reviews : pinned.Reviews.Remove(answered),
        };
    }

    Task<RunRecord> FailAsync(RunRecord run, string reason, CancellationToken cancellationToken) =>
        reporter.EndAsync(run with { Stage = RunStage.Finished, Outcome = Outcome.Failed, Reason = reason, Verdict = null }, plan: null, cancellationToken);

    static FileChange Of(SealedFile file) => new(
        file.Path, file.Content is { } content ? new(file.Mode switch { "100755" => FileKind.Executable, "120000" => FileKind.SymbolicLink, _ => FileKind.Regular }, content) : null);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sealed result of run {RunId} was refused: {Problems} problems")]
    static partial void LogRefused(ILogger logger, RunId runId, int problems);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sealed result of run {RunId} could not be published")]
    static partial void LogNotPublished(ILogger logger, Exception exception, RunId runId);
}

/// <summary>What became of a sealed result.</summary>
/// <param name="Run">As it stands now.</param>
public abstract record SealedAnswer(RunRecord Run)
{
    /// <summary>It was in order. The run says how far it came: the forge may still have had its reasons.</summary>
    public sealed record Published(RunRecord Run) : SealedAnswer(Run);

    /// <summary>Nothing of it was done; the run ended as failed and says so.</summary>
    /// <param name="Problems">Each for people, with where in the result it stands.</param>
    public sealed record Refused(RunRecord Run, ImmutableArray<string> Problems) : SealedAnswer(Run);
}
