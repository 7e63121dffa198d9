using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Runs;
using TaskBot.GitHub.Authentication;
using TaskBot.GitHub.Client;
using TaskBot.Graphs.Nodes;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Sealing;

/// <summary>
/// Checks a sealed result against the run that was handed over, without asking anyone: everything in it is a claim of a machine on which a model and
/// the repository's commands worked. All problems at once, each with where it stands.
/// </summary>
public static partial class SealedValidator
{
    /// <summary>The most files that a change may touch.</summary>
    public const int MaximumFiles = 1_000;

    /// <summary>The most that the files of a change may hold together, in bytes.</summary>
    public const int MaximumContent = 32 * 1024 * 1024;

    const int MaximumComments = 20, MaximumSteps = 10_000, MaximumAttempts = 100, MaximumLine = 2_000, MaximumPath = 1_024, MaximumProblems = 100, MaximumProblem = 500;

    /// <summary>What is wrong with what a command said elsewhere; null where nothing is.</summary>
    public static string? ProblemOf(SealedReply reply) => reply.Text switch
    {
        { Length: 0 } => "It is empty.",
        { Length: > GitHubText.BodyLimit } text => $"It has {text.Length} characters; {GitHubText.BodyLimit} are the most.",
        var text when text.Contains("<!--", StringComparison.Ordinal) => "It hides something.",
        var text when SealedText.HasToken(text) => "It has something in it that looks like a token.",
        _ => null,
    };

    /// <summary>Whether a text is a name as runs and digests have them.</summary>
    internal static bool IsIdentifier(string? text) => text is not null && Identifier().IsMatch(text);

    /// <param name="result">What was handed back.</param>
    /// <param name="pinned">The run as it was handed over.</param>
    /// <param name="baseTree">The tree of its base commit.</param>
    /// <param name="branchPrefix">What a branch of ours begins with.</param>
    public static ImmutableArray<string> FindProblems(SealedRun result, RunRecord pinned, TreeId baseTree, string branchPrefix)
    {
        IEnumerable<string>[] problems =
        [
            PinsOf(result.Run, pinned), RunProblems(result.Run, pinned), SealedLayers.FindProblems(pinned.Layers, result.Run.Layers, baseTree), CommentProblems(result), PlanProblems(result), TextProblems(result),
            result.Change is { } change ? ChangeProblems(change, result.Run, pinned, branchPrefix).Concat(FileProblems(change.Files)) : [],
        ];
        // What is wrong is said in its own words, which may be as long, or as secret, as whoever wrote them liked; a line of its own could be a command to the runner.
        return [.. problems.SelectMany(found => found).Take(MaximumProblems).Select(problem => GitHubText.Cut(TokenRedaction.Redact(GitHubText.Cut(problem, 4 * MaximumProblem)), MaximumProblem).ReplaceLineEndings(" "))];
    }

    /// <summary>What was decided before the run was handed over stays as it was.</summary>
    static IEnumerable<string> PinsOf(RunRecord run, RunRecord pinned)
    {
        (string Name, object? Sealed, object? Pinned)[] pins =
        [
            ("id", run.Id, pinned.Id), ("repository", run.Repository, pinned.Repository), ("issue", run.Issue, pinned.Issue), ("requested_by", run.RequestedBy, pinned.RequestedBy),
            ("purpose", run.Purpose, pinned.Purpose), ("base_branch", run.BaseBranch, pinned.BaseBranch), ("base_commit", run.BaseCommit, pinned.BaseCommit),
            ("stands_on_branch", run.StandsOnBranch, pinned.StandsOnBranch),
        ];
        return pins.Where(pin => !Equals(pin.Sealed, pin.Pinned)).Select(pin => $"run.{pin.Name} is '{pin.Sealed}', and '{pin.Pinned}' was asked for.");
    }

    static IEnumerable<string> RunProblems(RunRecord run, RunRecord pinned)
    {
        if (run.Outcome is null || run.Stage is not (RunStage.Finished or RunStage.WaitingForHuman)) yield return $"run has not ended: it is {run.Stage}.";
        if (run.Task is { } task && !Asset().IsMatch(task)) yield return "run.task names no task file.";
        if (run.Attempts.Length > MaximumAttempts) yield return $"run.attempts has {run.Attempts.Length} entries; {MaximumAttempts} are the most.";
        if (!run.Attempts.Take(pinned.Attempts.Length).SequenceEqual(pinned.Attempts)) yield return "run.attempts does not begin with the attempts that were made before.";
        if (run.Attempts.Where((attempt, index) => attempt.Number != index + 1 || attempt is { Tokens: < 0 } or { CostUsd: < 0 } or { NodesRun: < 0 } or { NodesCached: < 0 }).Any())
            yield return "run.attempts are not numbered from 1, or count less than nothing.";
        if (run.Steps.Length > MaximumSteps) yield return $"run.steps has {run.Steps.Length} entries; {MaximumSteps} are the most.";
        if (run.WaitingNode is { } node && !NodePath.TryParse(node, out _)) yield return "run.waiting_node is no path of a node.";
        if (run.WaitingDigest is { } digest && !Identifier().IsMatch(digest)) yield return "run.waiting_digest is no digest.";
        foreach (var attempt in run.Attempts.Where(attempt => attempt.FailureSignature is { } signature && !Identifier().IsMatch(signature)))
            yield return $"run.attempts[{attempt.Number}].failure_signature is no digest.";
    }

    static IEnumerable<string> CommentProblems(SealedRun result)
    {
        if (result.Comments.Length > MaximumComments) yield return $"comments has {result.Comments.Length} entries; {MaximumComments} are the most.";
        foreach (var comment in result.Comments)
        {
            var words = comment.Marker.Split(' ');
            if (words.Length != 5 || !NodePath.TryParse(words[3], out var node) || comment.Marker != CommentNode.MarkerOf(result.Run.Id, node))
                yield return $"comments: '{comment.Marker}' marks no comment of this run.";
            else if (!comment.Body.StartsWith($"{comment.Marker}\n", StringComparison.Ordinal) || comment.Body.IndexOf("<!--", 1, StringComparison.Ordinal) >= 0)
                yield return $"comments: the comment of {words[3]} does not begin with its marker, or hides more.";
        }

        if (result.Comments.Select(comment => comment.Marker).Distinct(StringComparer.Ordinal).Count() != result.Comments.Length) yield return "comments: one is there twice.";
    }

    static IEnumerable<string> PlanProblems(SealedRun result)
    {
        if (result.Plan is not { } plan) yield break;
        if (result.Run.Stage != RunStage.WaitingForHuman) yield return $"plan: nobody is asked about it, as the run is {result.Run.Stage}.";
        // It stands in a fence of its own.
        if (!plan.Drawn.StartsWith("flowchart ", StringComparison.Ordinal) || plan.Drawn.Contains("```", StringComparison.Ordinal) || plan.Drawn.Contains("<!--", StringComparison.Ordinal))
            yield return "plan.drawn is no flowchart.";
    }

    static IEnumerable<string> TextProblems(SealedRun result)
    {
        foreach (var (where, text) in SealedText.Of(result))
        {
            if (text.Length > GitHubText.BodyLimit) yield return $"{where} has {text.Length} characters; {GitHubText.BodyLimit} are the most.";
            else if (SealedText.HasToken(text)) yield return $"{where} has something in it that looks like a token.";
        }

        foreach (var line in result.Run.Models.Concat(result.Change?.Checks ?? []).Where(line => line.Length > MaximumLine)) yield return $"a line of {line.Length} characters is too long; {MaximumLine} are the most.";
    }

    static IEnumerable<string> ChangeProblems(SealedChange change, RunRecord run, RunRecord pinned, string branchPrefix)
    {
        if (pinned.Purpose != RunPurpose.Change) yield return "change: a run that answers a question publishes nothing.";
        if (run.Outcome != Outcome.Succeeded) yield return $"change: the run ended as {run.Outcome}, so there is nothing to publish.";
        if (change.BaseBranch != pinned.BaseBranch) yield return $"change.base_branch is '{change.BaseBranch}', and '{pinned.BaseBranch}' was asked for.";
        if (change.Base != pinned.BaseCommit) yield return $"change.base is {change.Base}, and the run started from {pinned.BaseCommit}.";
        if (change.OnTopOfBase != pinned.StandsOnBranch) yield return "change.on_top_of_base is not as the run was asked for.";
        if (pinned.Branch is { } known ? change.Branch != known : !IsOurs(change.Branch, $"{branchPrefix}issue-{pinned.Issue}"))
            yield return $"change.branch is '{change.Branch}'; a branch of this run is {pinned.Branch ?? $"'{branchPrefix}issue-{pinned.Issue}-…'"}.";
        if (change.ExpectedHead is { } head && !ObjectName().IsMatch(head)) yield return "change.expected_head is no commit's id.";
        // Without one the branch is not there yet, or has exactly this already.
        if (pinned.Branch is not null && change.ExpectedHead is not null && change.ExpectedHead != pinned.HeadSha) yield return $"change.expected_head is {change.ExpectedHead}, and the branch was left at {pinned.HeadSha ?? "nothing"}.";
        if (!ObjectName().IsMatch(change.Tree)) yield return "change.tree is no tree's id.";
        if (run.Branch != change.Branch || run.HeadTree != change.Tree) yield return "change is not what the run says it made.";
    }

    static IEnumerable<string> FileProblems(ImmutableArray<SealedFile> files)
    {
        if (files.IsEmpty) yield return "change.files is empty: there is nothing to publish.";
        if (files.Length > MaximumFiles) yield return $"change.files has {files.Length} files; {MaximumFiles} are the most.";
        if (files.Sum(file => (long)(file.Content?.Length ?? 0)) is > MaximumContent and var size) yield return $"change.files hold {size} bytes; {MaximumContent} are the most.";
        foreach (var twice in files.CountBy(file => file.Path, StringComparer.Ordinal).Where(count => count.Value > 1)) yield return $"change.files: '{twice.Key}' is there {twice.Value} times.";
        foreach (var file in files)
            if (ProblemOf(file) is { } problem) yield return $"change.files: '{file.Path}' cannot be written: {problem}.";
    }

    static string? ProblemOf(SealedFile file) => file switch
    {
        _ when GitPath.Problem(file.Path) is { } problem => problem,
        { Path.Length: > MaximumPath } => $"the path has more than {MaximumPath} characters",
        _ when file.Path.Any(char.IsControl) || Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(file.Path)) != file.Path => "the path has characters that no name of a file should have",
        { Mode: not ("100644" or "100755" or "120000") } when file.Content is not null => $"mode {file.Mode} is not a file's",
        { Mode: "120000", Content: { } target } when LeavesRepository(file.Path, Encoding.UTF8.GetString(target)) => "the link leads out of the repository",
        _ => null,
    };

    static bool LeavesRepository(string path, string target)
    {
        if (target.Length == 0 || target[0] == '/' || target.Contains('\\', StringComparison.Ordinal) || target.Contains('\0', StringComparison.Ordinal)) return true;
        var depth = path.Count(character => character == '/');
        foreach (var part in target.Split('/'))
        {
            depth += part switch { "" or "." => 0, ".." => -1, _ => 1 };
            if (depth < 0 || part.Equals(".git", StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }

    /// <summary>The run's own branch, with any short title.</summary>
    static bool IsOurs(string branch, string start) =>
        branch.StartsWith(start, StringComparison.Ordinal) && (branch.Length == start.Length || branch[start.Length] == '-') && Slug().IsMatch(branch[start.Length..]);

    [GeneratedRegex(@"^[0-9a-z-]{1,128}\z", RegexOptions.NonBacktracking)]
    private static partial Regex Identifier();

    [GeneratedRegex(@"^[0-9A-Za-z:@/._#+-]{1,300}\z", RegexOptions.NonBacktracking)]
    private static partial Regex Asset();

    [GeneratedRegex(@"^([0-9a-f]{40}|[0-9a-f]{64})\z", RegexOptions.NonBacktracking)]
    private static partial Regex ObjectName();

    [GeneratedRegex(@"^[0-9a-z-]{0,80}\z", RegexOptions.NonBacktracking)]
    private static partial Regex Slug();
}
