using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace TaskBot.Testing.GitHub;

/// <summary>
/// A GitHub in memory with one repository, <c>acme/demo</c>: what its API answers, what people do there, and the webhooks that both make. An App
/// (id 4242, installation 100, bot user 9000) is installed; <c>octocat</c> may write, <c>mallory</c> may read. It fills the gaps of the emulator, and
/// with <see cref="ExampleBodies.PublishedAsync"/> each answer passes GitHub's own description.
/// </summary>
public sealed partial class SimulatedGitHub(TimeProvider time, ExampleBodies examples)
{
    /// <summary>The bot's own user.</summary>
    public const long BotId = 9000;

    /// <summary>A token of octocat.</summary>
    public const string UserToken = "octocat-token";

    /// <summary>The token of a job whose workflow gives it <c>contents: read</c> and nothing else.</summary>
    public const string JobToken = "ghs_of_a_job_that_may_only_read";

    /// <summary>The token of a job whose workflow lets it write.</summary>
    public const string WriterToken = "ghs_of_a_job_that_may_write";

    const string Bot = "taskbot[bot]";
    const string ActionsBot = "github-actions[bot]";

    readonly Lock _lock = new();
    readonly SimulatedGit _git = new();
    readonly Dictionary<string, string> _refs = new(StringComparer.Ordinal);
    readonly List<Issue> _issues = [];
    readonly List<Comment> _comments = [];
    readonly List<CheckRun> _checks = [];
    readonly List<Status> _statuses = [];
    readonly List<Review> _reviews = [];
    readonly List<SimulatedDelivery> _deliveries = [];
    readonly Queue<SimulatedDelivery> _pending = [];
    readonly Dictionary<string, string> _tokens = new(StringComparer.Ordinal) { [UserToken] = "octocat", [JobToken] = ActionsBot, [WriterToken] = ActionsBot };
    long _ids = 1000;

    /// <summary>Who may do what.</summary>
    public IDictionary<string, string> Permissions { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["octocat"] = "admin", ["mallory"] = "read" };

    /// <summary>The project file of the organisation's <c>.github</c> repository; null where there is no such repository.</summary>
    public string? OrganisationProject { get; set; }

    /// <summary>The project's CI: what it says of a commit whose files it may read. Null where there is none.</summary>
    public Func<Func<string, string?>, (string Conclusion, string Log)>? Ci { get; set; }

    /// <summary>Told when a webhook is to be sent, while nothing else can happen here: note it and return.</summary>
    public event Action? Sent;

    /// <summary>Where links of answers point.</summary>
    public Uri Url { get; set; } = new("https://api.github.test");

    /// <summary>Where logs are: another host than the API's.</summary>
    public Uri LogsUrl { get; set; } = new("https://logs.github.test");

    /// <summary>Requests that nothing here answers, as they came.</summary>
    public IReadOnlyList<string> Unanswered { get { lock (_lock) return [.. _unanswered]; } }

    readonly List<string> _unanswered = [];

    /// <summary>Puts a commit with these files on a branch, on top of what is there.</summary>
    public string Push(string branch, string by, params IEnumerable<(string Path, string? Text)> files)
    {
        lock (_lock)
        {
            var head = _refs.GetValueOrDefault($"heads/{branch}");
            var tree = _git.Change(
                head is null ? null : _git.FindCommit(head)!.Tree, files.Select(file => (file.Path, "100644", file.Text is null ? null : _git.AddBlob(Encoding.UTF8.GetBytes(file.Text)))));
            var commit = _git.AddCommit(new(tree, head is null ? [] : [head], "Work", $"{by} <{by}@example.com>", time.GetUtcNow()));
            MoveBranch(branch, commit, by);
            return commit;
        }
    }

    public int OpenIssue(string title, string body, string by)
    {
        lock (_lock)
        {
            var issue = new Issue(_issues.Count + 1, title, body, by, time.GetUtcNow());
            _issues.Add(issue);
            Emit("issues", "opened", by, new JsonObject { ["issue"] = IssueOf(issue) });
            return issue.Number;
        }
    }

    public void AddLabel(int issue, string label, string by)
    {
        lock (_lock) Label(Find(issue), label, by);
    }

    /// <summary>Someone comments; gives the comment's id.</summary>
    public long Say(int issue, string body, string by)
    {
        lock (_lock) return AddComment(Find(issue), body, by).Id;
    }

    public void CloseIssue(int issue, string by)
    {
        lock (_lock)
        {
            Find(issue).IsOpen = false;
            Emit("issues", "closed", by, new JsonObject { ["issue"] = IssueOf(Find(issue)) });
        }
    }

    /// <summary>Someone submits a review with comments on lines.</summary>
    /// <param name="state"><c>approved</c>, <c>changes_requested</c> or <c>commented</c>.</param>
    public void SubmitReview(int pull, string state, string body, string by, params IEnumerable<(string Path, int Line, string Body)> comments)
    {
        lock (_lock)
        {
            var review = AddReview(Find(pull), state, body, by);
            foreach (var (path, line, text) in comments) AddReviewComment(review, text, path, line, thread: null);
            EmitReview(review);
        }
    }

    /// <summary>A person's reaction to an issue or pull request, and to every comment on it, in place of the one before. Nothing tells of it.</summary>
    /// <param name="content">GitHub's word, such as <c>+1</c>.</param>
    public void React(int number, string by, string content)
    {
        lock (_lock)
        {
            var issue = Find(number);
            foreach (var reactions in _comments.Where(comment => comment.On == issue).Select(comment => comment.Reactions).Prepend(issue.Reactions))
            {
                foreach (var before in reactions.Keys.Where(key => key.Login == by).ToList()) reactions.Remove(before);
                reactions[(by, content)] = ++_ids;
            }
        }
    }

    public void Merge(int pull, string by)
    {
        lock (_lock)
        {
            var issue = Find(pull);
            (issue.IsOpen, issue.Pull!.IsMerged) = (false, true);
            Emit("pull_request", "closed", by, new JsonObject { ["number"] = pull, ["pull_request"] = PullOf(issue) });
        }
    }

    /// <summary>The project's CI looks at every commit that it was started for and has not answered yet; gives their number.</summary>
    public int RunCi()
    {
        lock (_lock)
        {
            var open = _checks.Where(check => check.By == ActionsBot && check.Conclusion is null).ToList();
            foreach (var check in open)
            {
                var commit = check.Head;
                (check.Conclusion, check.Log) = Ci!(path => _git.ReadFile(commit, path) is { } file ? Encoding.UTF8.GetString(file) : null);
                check.CompletedAt = time.GetUtcNow();
                Emit("check_run", "completed", ActionsBot, new JsonObject { ["check_run"] = CheckOf(check) });
                Emit("check_suite", "completed", ActionsBot, new JsonObject { ["check_suite"] = SuiteOf(check) });
            }

            return open.Count;
        }
    }

    /// <summary>The webhook attempts that are to be sent now.</summary>
    public IReadOnlyList<SimulatedDelivery> TakePending()
    {
        lock (_lock)
        {
            SimulatedDelivery[] taken = [.. _pending];
            _pending.Clear();
            return taken;
        }
    }

    /// <summary>What became of an attempt; 0 where nobody answered.</summary>
    public void Delivered(SimulatedDelivery delivery, int status)
    {
        lock (_lock) delivery.StatusCode = status;
    }

    /// <summary>What people see of an issue and what came of it; ids, times and commit ids left out (a tracking comment hides one), so that two histories can be compared.</summary>
    public string Describe(int number)
    {
        lock (_lock)
        {
            var text = new StringBuilder();
            var issue = Find(number);
            text.Append(CultureInfo.InvariantCulture, $"issue {number} {(issue.IsOpen ? "open" : "closed")} labels [{string.Join(", ", issue.Labels.Order(StringComparer.Ordinal))}]\n");
            foreach (var branch in _refs.Where(pair => pair.Key != "heads/main").OrderBy(pair => pair.Key, StringComparer.Ordinal))
                text.Append(CultureInfo.InvariantCulture, $"branch {branch.Key} tree {_git.FindCommit(branch.Value)!.Tree}\n");
            foreach (var pull in _issues.Where(candidate => candidate.Pull is not null))
                text.Append(CultureInfo.InvariantCulture, $"pull request {pull.Number} of {pull.Pull!.Branch} {(pull.Pull.IsDraft ? "draft" : "ready")} {(pull.IsOpen ? "open" : "closed")}\n");
            foreach (var comment in _comments.Where(comment => comment.By == Bot))
                text.Append(CultureInfo.InvariantCulture, $"comment on {comment.On.Number}: {comment.Body.Split('\n').Where(line => !line.StartsWith("<!-- taskbot:at ", StringComparison.Ordinal)).Take(2).Aggregate((a, b) => $"{a} {b}")}\n");
            foreach (var check in _checks.OrderBy(check => _git.FindCommit(check.Head)!.Tree, StringComparer.Ordinal).ThenBy(check => check.Name, StringComparer.Ordinal))
                text.Append(CultureInfo.InvariantCulture, $"check {check.Name} of tree {_git.FindCommit(check.Head)!.Tree}: {check.Conclusion ?? "in progress"}\n");
            return text.ToString();
        }
    }

    /// <summary>The bodies of the bot's comments on an issue or pull request, whether it is an App or a job.</summary>
    public IReadOnlyList<string> BotComments(int number)
    {
        lock (_lock) return [.. _comments.Where(comment => comment.On.Number == number && comment.By is (Bot or ActionsBot)).Select(comment => comment.Body)];
    }

    /// <summary>What bots reacted to a comment with, in their order.</summary>
    public IReadOnlyList<string> BotReactions(long comment)
    {
        lock (_lock)
            return [.. _comments.Single(candidate => candidate.Id == comment).Reactions.Where(pair => pair.Key.Login is Bot or ActionsBot).OrderBy(pair => pair.Value).Select(pair => pair.Key.Content)];
    }

    /// <summary>The open pull requests: number, draft or not, and whether every thread of it is resolved.</summary>
    public IReadOnlyList<(int Number, bool IsDraft, bool AllResolved, string Body)> PullRequests
    {
        get
        {
            lock (_lock)
            {
                return [.. _issues.Where(issue => issue is { Pull: not null, IsOpen: true }).Select(issue => (
                    issue.Number, issue.Pull!.IsDraft, _comments.Where(comment => comment.On == issue && comment.IsThread).All(comment => comment.IsResolved), issue.Body))];
            }
        }
    }

    /// <summary>Who was asked to review a pull request.</summary>
    public IReadOnlyList<string> ReviewersOf(int pull)
    {
        lock (_lock) return [.. Find(pull).Pull!.Reviewers];
    }

    /// <summary>The message of a branch's head, and its author.</summary>
    public (string Message, string Author) HeadOf(string branch)
    {
        lock (_lock) return _git.FindCommit(_refs[$"heads/{branch}"]) is { } commit ? (commit.Message, commit.Author) : default;
    }

    /// <summary>The text of a file at a branch's head; null where there is none.</summary>
    public string? ReadFile(string branch, string path)
    {
        lock (_lock) return _refs.GetValueOrDefault($"heads/{branch}") is { } head && _git.ReadFile(head, path) is { } file ? Encoding.UTF8.GetString(file) : null;
    }

    Issue Find(int number) => _issues[number - 1];

    void Label(Issue issue, string label, string by)
    {
        if (issue.Labels.Contains(label)) return;
        issue.Labels.Add(label);
        issue.Labels.Sort(StringComparer.Ordinal);
        Emit("issues", "labeled", by, new JsonObject { ["issue"] = IssueOf(issue), ["label"] = LabelOf(label) });
    }

    Comment AddComment(Issue issue, string body, string by)
    {
        var comment = new Comment(++_ids, issue, by, time.GetUtcNow()) { Body = body };
        _comments.Add(comment);
        Emit("issue_comment", "created", by, new JsonObject { ["issue"] = IssueOf(issue), ["comment"] = CommentOf(comment) });
        return comment;
    }

    Review AddReview(Issue pull, string state, string body, string by)
    {
        var review = new Review(++_ids, pull, state, body, by, pull.Pull!.Head, time.GetUtcNow());
        _reviews.Add(review);
        return review;
    }

    void EmitReview(Review review) => Emit("pull_request_review", "submitted", review.By, new JsonObject { ["review"] = ReviewOf(review), ["pull_request"] = PullOf(review.On) });

    Comment AddReviewComment(Review review, string body, string path, int line, Comment? thread)
    {
        var comment = new Comment(++_ids, review.On, review.By, time.GetUtcNow()) { Body = body, Path = path, Line = line, Review = review, Thread = thread, Commit = review.Commit };
        _comments.Add(comment);
        Emit("pull_request_review_comment", "created", review.By, new JsonObject { ["comment"] = ReviewCommentOf(comment), ["pull_request"] = PullOf(review.On) });
        return comment;
    }

    void MoveBranch(string branch, string commit, string by)
    {
        var before = _refs.GetValueOrDefault($"heads/{branch}");
        _refs[$"heads/{branch}"] = commit;
        Emit("push", action: null, by, new JsonObject
        {
            ["ref"] = $"refs/heads/{branch}",
            ["before"] = before ?? new string('0', 40),
            ["after"] = commit,
            ["created"] = before is null,
            ["forced"] = before is not null && !_git.FindCommit(commit)!.Parents.Contains(before),
            ["pusher"] = new JsonObject { ["name"] = by, ["email"] = $"{IdOf(by)}@users.noreply.github.com" },
        });
        foreach (var pull in _issues.Where(issue => issue is { Pull: { } known, IsOpen: true } && known.Branch == branch).ToList())
        {
            pull.Pull!.Head = commit;
            Emit("pull_request", "synchronize", by, new JsonObject { ["number"] = pull.Number, ["before"] = before, ["after"] = commit, ["pull_request"] = PullOf(pull) });
            StartCi(commit);
        }
    }

    void StartCi(string commit)
    {
        if (Ci is null || _checks.Any(check => check.Head == commit && check.By == ActionsBot)) return;
        _checks.Add(new CheckRun(++_ids, "build", commit, ActionsBot, time.GetUtcNow()) { Suite = ++_ids });
    }

    void Emit(string name, string? action, string by, JsonObject own)
    {
        if (action is not null) own["action"] = action;
        own["repository"] = RepositoryOf();
        own["sender"] = UserOf(by);
        own["installation"] = new JsonObject { ["id"] = 100, ["node_id"] = "MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9uMTAw" };
        // What reviews tell of a pull request is the short form, which has when it was merged and not whether.
        if (name.StartsWith("pull_request_review", StringComparison.Ordinal)) ((JsonObject)own["pull_request"]!).Remove("merged");
        // The schemas of webhooks are older than what the API says of an App.
        if (own["comment"] is JsonObject comment && comment.ContainsKey("performed_via_github_app")) comment["performed_via_github_app"] = null;
        var payload = Encoding.UTF8.GetBytes(examples.Payload(name, action, own).ToJsonString());
        var id = ++_ids;
        Enqueue(new SimulatedDelivery(id, new Guid((int)id, 0, 0, new byte[8]).ToString(), name, action, payload, time.GetUtcNow(), IsRedelivery: false));
    }

    void Enqueue(SimulatedDelivery delivery)
    {
        _deliveries.Add(delivery);
        _pending.Enqueue(delivery);
        Sent?.Invoke();
    }

    sealed class Issue(int number, string title, string body, string by, DateTimeOffset at)
    {
        public int Number { get; } = number;

        public string Title { get; set; } = title;

        public string Body { get; set; } = body;

        public string By { get; } = by;

        public DateTimeOffset At { get; } = at;

        public bool IsOpen { get; set; } = true;

        public Dictionary<(string Login, string Content), long> Reactions { get; } = [];

        public List<string> Labels { get; } = [];

        public List<string> Assignees { get; } = [];

        public Pull? Pull { get; init; }
    }

    sealed class Pull(string branch, string @base, string head, bool isDraft)
    {
        public string Branch { get; } = branch;

        public string Base { get; set; } = @base;

        public string Head { get; set; } = head;

        public bool IsDraft { get; set; } = isDraft;

        public bool IsMerged { get; set; }

        public List<string> Reviewers { get; } = [];
    }

    sealed class Comment(long id, Issue on, string by, DateTimeOffset at)
    {
        public long Id { get; } = id;

        public Issue On { get; } = on;

        public string By { get; } = by;

        public DateTimeOffset At { get; } = at;

        public required string Body { get; set; }

        /// <summary>The file, where it is a comment on a diff.</summary>
        public string? Path { get; init; }

        public int Line { get; init; }

        public string? Commit { get; init; }

        public Review? Review { get; init; }

        /// <summary>The comment that it answers.</summary>
        public Comment? Thread { get; init; }

        public bool IsThread => Path is not null && Thread is null;

        public bool IsResolved { get; set; }

        public Dictionary<(string Login, string Content), long> Reactions { get; } = [];
    }

    sealed class CheckRun(long id, string name, string head, string by, DateTimeOffset at)
    {
        public long Id { get; } = id;

        public string Name { get; set; } = name;

        public string Head { get; } = head;

        public string By { get; } = by;

        public DateTimeOffset At { get; } = at;

        public long Suite { get; init; } = id;

        public string Status => Conclusion is null ? "in_progress" : "completed";

        public string? Conclusion { get; set; }

        public DateTimeOffset? CompletedAt { get; set; }

        public string Log { get; set; } = "";

        public string? Title { get; set; }

        public string? Summary { get; set; }

        public List<JsonObject> Annotations { get; } = [];
    }

    sealed record Status(long Id, string Sha, string State, string Context, string? Description, DateTimeOffset At);

    sealed record Review(long Id, Issue On, string State, string Body, string By, string Commit, DateTimeOffset At);
}
