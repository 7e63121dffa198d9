using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace TaskBot.Testing.GitHub;

/// <content>What each request does and is answered with.</content>
public sealed partial class SimulatedGitHub
{
    const string Repository = "/repos/acme/demo";
    const int DeliveriesPerPage = 30;

    delegate SimulatedAnswer Endpoint(Request request);

    List<(string Method, Regex Path, string Operation, Endpoint Endpoint)>? _routes;

    /// <summary>Answers one request.</summary>
    /// <param name="target">Path and query.</param>
    /// <param name="token">The bearer token, if there was one.</param>
    public SimulatedAnswer Answer(string method, string target, string? body, string? token)
    {
        lock (_lock)
        {
            var split = target.Split('?', 2);
            var path = Uri.UnescapeDataString(split[0]);
            var query = split.Length < 2 ? [] : split[1].Split('&').Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1]), StringComparer.Ordinal);
            foreach (var route in _routes ??= Routes())
            {
                if (route.Method != method || route.Path.Match(path) is not { Success: true } match) continue;
                var caller = token is null ? "" : token.StartsWith("eyJ", StringComparison.Ordinal) ? "app" : _tokens.GetValueOrDefault(token);
                if (caller is null) return Problem(401, "Bad credentials");
                if (caller == ActionsBot && method != "GET" && !IsQuery(path, body))
                {
                    // Nothing that is tested here has a reason to try.
                    _unanswered.Add($"{method} {path} by a job that may only read");
                    return Problem(403, "Resource not accessible by integration");
                }

                var answer = route.Endpoint(new Request(match, query, body is { Length: > 0 } ? JsonNode.Parse(body)!.AsObject() : [], caller));
                return answer is { Status: >= 200 and < 300, Body: { } own } ? answer with { Body = examples.Answer(route.Operation, own) } : answer;
            }

            _unanswered.Add($"{method} {path}");
            return Problem(404, "Not Found");
        }
    }

    static bool IsQuery(string path, string? body) => path == "/graphql" && body?.Contains("mutation", StringComparison.Ordinal) == false;

    sealed record Request(Match Path, Dictionary<string, string> Query, JsonObject Body, string Caller)
    {
        public int Number => int.Parse(Path.Groups["n"].Value, CultureInfo.InvariantCulture);

        public long Id => long.Parse(Path.Groups["id"].Value, CultureInfo.InvariantCulture);

        public string Name => Path.Groups["name"].Value;

        public string Text(string member) => (string?)Body[member] ?? "";
    }

    static SimulatedAnswer Ok(JsonNode body, int status = 200) => new(status, body);

    static SimulatedAnswer Problem(int status, string message) => new(status, new JsonObject { ["message"] = message, ["documentation_url"] = "https://docs.github.com/rest", ["status"] = status.ToString(CultureInfo.InvariantCulture) });

    static SimulatedAnswer NotFound => Problem(404, "Not Found");

    List<(string, Regex, string, Endpoint)> Routes()
    {
        var routes = new List<(string, Regex, string, Endpoint)>();
        AddAppRoutes(Add);
        Add("GET", "/repos/acme/\\.github/installation", "apps/get-repo-installation", _ => NotFound);
        Add("GET", "/repos/acme/\\.github/contents/(?<name>.+)", "repos/get-content", request =>
            OrganisationProject is { } text && request.Name == ".github/taskbot/project.yml" ? Ok(ContentOf(request.Name, Encoding.UTF8.GetBytes(text))) : NotFound);
        AddRepositoryRoutes((method, path, operation, endpoint) => Add(method, Repository + path, operation, endpoint));
        AddIssueRoutes((method, path, operation, endpoint) => Add(method, Repository + path, operation, endpoint));
        AddPullRoutes((method, path, operation, endpoint) => Add(method, Repository + path, operation, endpoint));
        AddCheckRoutes((method, path, operation, endpoint) => Add(method, Repository + path, operation, endpoint));
        AddActionsRoutes((method, path, operation, endpoint) => Add(method, Repository + path, operation, endpoint));
        Add("POST", "/graphql", "graphql", GraphQL);
        return routes;

        void Add(string method, string path, string operation, Endpoint endpoint) => routes.Add((method, new Regex($"^{path}$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)), operation, endpoint));
    }

    void AddAppRoutes(Action<string, string, string, Endpoint> add)
    {
        add("GET", "/app", "apps/get-authenticated", _ => Ok(AppOf.DeepClone()));
        add("GET", Repository + "/installation", "apps/get-repo-installation", _ => Ok(new JsonObject { ["id"] = 100, ["app_id"] = 4242, ["app_slug"] = "taskbot" }));
        add("POST", "/app/installations/100/access_tokens", "apps/create-installation-access-token", _ =>
        {
            var token = $"ghs_{++_ids}_a_token_longer_than_forty_characters_as_they_are_now";
            _tokens[token] = Bot;
            return Ok(new JsonObject { ["token"] = token, ["expires_at"] = Text(time.GetUtcNow().AddHours(1)), ["repositories"] = ExampleBodies.Absent }, 201);
        });
        add("POST", "/app-manifests/(?<name>[^/]+)/conversions", "apps/create-from-manifest", _ => Ok(
            new JsonObject { ["id"] = 4242, ["slug"] = "taskbot", ["client_id"] = "Iv1.of-the-test", ["client_secret"] = "a secret", ["webhook_secret"] = "made-by-github", ["pem"] = NewKey() }, 201));
        add("GET", "/user", "users/get-authenticated", request => request.Caller is Bot or ActionsBot ? Problem(403, "Resource not accessible by integration") : Ok(UserOf(request.Caller)));
        add("GET", "/users/(?<name>[^/]+)", "users/get-by-username", request => Ok(ProfileOf(request.Name)));
        add("GET", "/app/hook/deliveries", "apps/list-webhook-deliveries", request =>
        {
            var before = request.Query.TryGetValue("cursor", out var cursor) ? long.Parse(cursor, CultureInfo.InvariantCulture) : long.MaxValue;
            var size = request.Query.TryGetValue("per_page", out var asked) ? int.Parse(asked, CultureInfo.InvariantCulture) : DeliveriesPerPage;
            var older = _deliveries.Where(delivery => delivery.Id < before).OrderByDescending(delivery => delivery.Id).ToList();
            var link = older.Count > size ? $"<{new Uri(Url, $"/app/hook/deliveries?per_page={size}&cursor={older[size - 1].Id}")}>; rel=\"next\"" : null;
            return Ok(new JsonArray([.. older.Take(size).Select(delivery => DeliveryOf(delivery, whole: false))])) with { Link = link };
        });
        add("GET", "/app/hook/deliveries/(?<id>\\d+)", "apps/get-webhook-delivery", request =>
            _deliveries.FirstOrDefault(delivery => delivery.Id == request.Id) is { } found ? Ok(DeliveryOf(found, whole: true)) : NotFound);
        add("POST", "/app/hook/deliveries/(?<id>\\d+)/attempts", "apps/redeliver-webhook-delivery", request =>
        {
            if (_deliveries.FirstOrDefault(delivery => delivery.Id == request.Id) is not { } found) return NotFound;
            Enqueue(found with { Id = ++_ids, At = time.GetUtcNow(), IsRedelivery = true, StatusCode = 0 });
            return Ok(new JsonObject(), 202);
        });
    }

    JsonObject ContentOf(string path, byte[] file) => new()
    {
        ["type"] = "file",
        ["path"] = path,
        ["name"] = path.Split('/')[^1],
        ["sha"] = _git.AddBlob(file),
        ["size"] = file.Length,
        ["encoding"] = "base64",
        ["content"] = Convert.ToBase64String(file),
        ["url"] = "https://github.test",
        ["git_url"] = null,
        ["html_url"] = null,
        ["download_url"] = null,
        ["_links"] = new JsonObject { ["self"] = "https://github.test", ["git"] = null, ["html"] = null },
    };

    static string NewKey()
    {
        using var key = System.Security.Cryptography.RSA.Create(2048);
        return key.ExportRSAPrivateKeyPem();
    }

    void AddRepositoryRoutes(Action<string, string, string, Endpoint> add)
    {
        add("GET", "", "repos/get", _ => Ok(RepositoryOf()));
        add("GET", "/collaborators/(?<name>[^/]+)/permission", "repos/get-collaborator-permission-level", request =>
        {
            var permission = Permissions.TryGetValue(request.Name, out var known) ? known : "none";
            return Ok(new JsonObject { ["permission"] = permission, ["role_name"] = permission, ["user"] = UserOf(request.Name) });
        });
        add("GET", "/rules/branches/(?<name>.+)", "repos/get-branch-rules", _ => Ok(new JsonArray()));
        add("GET", "/branches/(?<name>.+)", "repos/get-branch", request => _refs.TryGetValue($"heads/{request.Name}", out var head)
            ? Ok(new JsonObject { ["name"] = request.Name, ["protected"] = false, ["commit"] = new JsonObject { ["sha"] = head } }) : Problem(404, "Branch not found"));
        add("GET", "/contents/(?<name>.+)", "repos/get-content", request =>
        {
            var reference = request.Query.GetValueOrDefault("ref", "main");
            return (_refs.GetValueOrDefault($"heads/{reference}") ?? reference) is { } commit && _git.FindCommit(commit) is not null && _git.ReadFile(commit, request.Name) is { } file
                ? Ok(ContentOf(request.Name, file))
                : NotFound;
        });
        add("GET", "/commits/(?<name>[0-9a-f]{40})/pulls", "repos/list-pull-requests-associated-with-commit", request =>
            Ok(new JsonArray([.. _issues.Where(issue => issue.Pull?.Head == request.Name).Select(PullOf)])));
        add("GET", "/git/ref/(?<name>.+)", "git/get-ref", request => _refs.TryGetValue(request.Name, out var id) ? Ok(RefOf(request.Name, id)) : NotFound);
        add("GET", "/git/matching-refs/(?<name>.+)", "git/list-matching-refs", request =>
            Ok(new JsonArray([.. _refs.Where(pair => pair.Key.StartsWith(request.Name, StringComparison.Ordinal)).Select(pair => RefOf(pair.Key, pair.Value))])));
        add("POST", "/git/refs", "git/create-ref", request =>
        {
            var name = request.Text("ref")["refs/".Length..];
            if (_refs.ContainsKey(name)) return Problem(422, "Reference already exists");
            if (_git.FindCommit(request.Text("sha")) is null) return Problem(422, "Object does not exist");
            MoveBranch(name["heads/".Length..], request.Text("sha"), request.Caller);
            return Ok(RefOf(name, request.Text("sha")), 201);
        });
        add("PATCH", "/git/refs/(?<name>.+)", "git/update-ref", request =>
        {
            if (!_refs.TryGetValue(request.Name, out var before)) return Problem(422, "Reference does not exist");
            var commit = request.Text("sha");
            if (_git.FindCommit(commit) is not { } found) return Problem(422, "Object does not exist");
            if ((bool?)request.Body["force"] != true && !found.Parents.Contains(before)) return Problem(422, "Update is not a fast forward");
            if (before != commit) MoveBranch(request.Name["heads/".Length..], commit, request.Caller);
            return Ok(RefOf(request.Name, commit));
        });
        add("DELETE", "/git/refs/(?<name>.+)", "git/delete-ref", request => _refs.Remove(request.Name) ? new(204) : Problem(422, "Reference does not exist"));
        add("POST", "/git/blobs", "git/create-blob", request =>
        {
            var text = request.Text("content");
            var id = _git.AddBlob(request.Text("encoding") == "base64" ? Convert.FromBase64String(text) : Encoding.UTF8.GetBytes(text));
            return Ok(new JsonObject { ["sha"] = id, ["url"] = $"{Url}{Repository[1..]}/git/blobs/{id}" }, 201);
        });
        add("POST", "/git/trees", "git/create-tree", request =>
        {
            var changes = request.Body["tree"]!.AsArray().Select(entry => ((string)entry!["path"]!, (string)entry["mode"]!, (string?)entry["sha"]));
            return Ok(TreeOf(_git.Change((string?)request.Body["base_tree"], changes)), 201);
        });
        add("GET", "/git/trees/(?<name>[0-9a-f]+)", "git/get-tree", request => _git.FindTree(request.Name) is null ? NotFound : Ok(TreeOf(request.Name)));
        add("GET", "/git/commits/(?<name>[0-9a-f]+)", "git/get-commit", request => _git.FindCommit(request.Name) is null ? NotFound : Ok(GitCommitOf(request.Name)));
        add("POST", "/git/commits", "git/create-commit", request =>
        {
            var parents = request.Body["parents"]?.AsArray().Select(parent => (string)parent!).ToArray() ?? [];
            var id = _git.AddCommit(new(request.Text("tree"), parents, request.Text("message"), $"{request.Caller} <{IdOf(request.Caller)}+{request.Caller}@users.noreply.github.com>", time.GetUtcNow()));
            return Ok(GitCommitOf(id), 201);
        });
    }

    JsonObject RefOf(string name, string id) => new()
    {
        ["ref"] = $"refs/{name}",
        ["node_id"] = $"REF_{id}",
        ["url"] = $"{Url}{Repository[1..]}/git/refs/{name}",
        ["object"] = new JsonObject { ["type"] = "commit", ["sha"] = id, ["url"] = $"{Url}{Repository[1..]}/git/commits/{id}" },
    };

    JsonObject TreeOf(string id) => new()
    {
        ["sha"] = id,
        ["url"] = $"{Url}{Repository[1..]}/git/trees/{id}",
        ["truncated"] = false,
        ["tree"] = new JsonArray([.. _git.FindTree(id)!.Select(entry => new JsonObject { ["path"] = entry.Name, ["mode"] = entry.Mode, ["type"] = entry.IsTree ? "tree" : "blob", ["sha"] = entry.Id })]),
    };

    JsonObject GitCommitOf(string id)
    {
        var commit = _git.FindCommit(id)!;
        return new()
        {
            ["sha"] = id,
            ["message"] = commit.Message,
            ["tree"] = new JsonObject { ["sha"] = commit.Tree, ["url"] = $"{Url}{Repository[1..]}/git/trees/{commit.Tree}" },
            ["parents"] = new JsonArray([.. commit.Parents.Select(parent => new JsonObject { ["sha"] = parent, ["url"] = $"{Url}{Repository[1..]}/git/commits/{parent}", ["html_url"] = $"https://github.test/acme/demo/commit/{parent}" })]),
        };
    }

    void AddIssueRoutes(Action<string, string, string, Endpoint> add)
    {
        Endpoint OnIssue(Func<Request, Issue, SimulatedAnswer> endpoint) => request => request.Number <= _issues.Count ? endpoint(request, Find(request.Number)) : NotFound;
        Endpoint OnComment(Func<Request, Comment, SimulatedAnswer> endpoint) => request =>
            _comments.FirstOrDefault(comment => comment.Id == request.Id && comment.Path is null) is { } found ? endpoint(request, found) : NotFound;
        add("GET", "/issues", "issues/list-for-repo", request => Ok(new JsonArray([.. _issues
            .Where(issue => issue.IsOpen == (request.Query.GetValueOrDefault("state", "open") == "open") && request.Query.GetValueOrDefault("creator", issue.By) == issue.By)
            .Select(IssueOf).Reverse()])));
        add("POST", "/issues", "issues/create", request =>
        {
            var issue = new Issue(_issues.Count + 1, request.Text("title"), request.Text("body"), request.Caller, time.GetUtcNow());
            _issues.Add(issue);
            Emit("issues", "opened", request.Caller, new JsonObject { ["issue"] = IssueOf(issue) });
            return Ok(IssueOf(issue), 201);
        });
        add("GET", "/issues/(?<n>\\d+)", "issues/get", OnIssue((_, issue) => Ok(IssueOf(issue))));
        add("PATCH", "/issues/(?<n>\\d+)", "issues/update", OnIssue((request, issue) =>
        {
            issue.Title = (string?)request.Body["title"] ?? issue.Title;
            issue.Body = (string?)request.Body["body"] ?? issue.Body;
            if ((string?)request.Body["state"] is { } state) issue.IsOpen = state == "open";
            return Ok(IssueOf(issue));
        }));
        add("GET", "/issues/(?<n>\\d+)/comments", "issues/list-comments", OnIssue((_, issue) => Ok(new JsonArray([.. _comments.Where(comment => comment.On == issue && comment.Path is null).Select(CommentOf)]))));
        add("POST", "/issues/(?<n>\\d+)/comments", "issues/create-comment", OnIssue((request, issue) => Ok(CommentOf(AddComment(issue, request.Text("body"), request.Caller)), 201)));
        add("GET", "/issues/comments/(?<id>\\d+)", "issues/get-comment", OnComment((_, comment) => Ok(CommentOf(comment))));
        add("PATCH", "/issues/comments/(?<id>\\d+)", "issues/update-comment", OnComment((request, comment) =>
        {
            comment.Body = request.Text("body");
            Emit("issue_comment", "edited", request.Caller, new JsonObject { ["issue"] = IssueOf(comment.On), ["comment"] = CommentOf(comment) });
            return Ok(CommentOf(comment));
        }));
        add("DELETE", "/issues/comments/(?<id>\\d+)", "issues/delete-comment", OnComment((_, comment) =>
        {
            _comments.Remove(comment);
            return new(204);
        }));
        add("POST", "/issues/comments/(?<id>\\d+)/reactions", "reactions/create-for-issue-comment", OnComment((request, comment) => React(request, comment.Reactions)));
        add("GET", "/issues/comments/(?<id>\\d+)/reactions", "reactions/list-for-issue-comment", OnComment((_, comment) =>
            Ok(ReactionsOf(comment.Reactions))));
        add("GET", "/issues/(?<n>\\d+)/reactions", "reactions/list-for-issue", OnIssue((_, issue) => Ok(ReactionsOf(issue.Reactions))));
        add("DELETE", "/issues/comments/(?<id>\\d+)/reactions/(?<n>\\d+)", "reactions/delete-for-issue-comment", OnComment((request, comment) =>
            comment.Reactions.FirstOrDefault(pair => pair.Value == request.Number) is { Value: > 0 } found && comment.Reactions.Remove(found.Key) ? new(204) : NotFound));
        add("POST", "/issues/(?<n>\\d+)/reactions", "reactions/create-for-issue", OnIssue((request, issue) => React(request, issue.Reactions)));
        add("POST", "/issues/(?<n>\\d+)/assignees", "issues/add-assignees", OnIssue((request, issue) =>
        {
            foreach (var login in request.Body["assignees"]!.AsArray().Select(login => (string)login!))
                if (!issue.Assignees.Contains(login)) issue.Assignees.Add(login);
            return Ok(IssueOf(issue), 201);
        }));
        add("GET", "/issues/(?<n>\\d+)/labels", "issues/list-labels-on-issue", OnIssue((_, issue) => Ok(new JsonArray([.. issue.Labels.Select(LabelOf)]))));
        add("POST", "/issues/(?<n>\\d+)/labels", "issues/add-labels", OnIssue((request, issue) =>
        {
            foreach (var label in request.Body["labels"]!.AsArray().Select(label => (string)label!)) Label(issue, label, request.Caller);
            return Ok(new JsonArray([.. issue.Labels.Select(LabelOf)]));
        }));
        add("DELETE", "/issues/(?<n>\\d+)/labels/(?<name>.+)", "issues/remove-label", OnIssue((request, issue) =>
        {
            if (!issue.Labels.Remove(request.Name)) return Problem(404, "Label does not exist");
            Emit("issues", "unlabeled", request.Caller, new JsonObject { ["issue"] = IssueOf(issue), ["label"] = LabelOf(request.Name) });
            return Ok(new JsonArray([.. issue.Labels.Select(LabelOf)]));
        }));
    }

    SimulatedAnswer React(Request request, Dictionary<(string Login, string Content), long> reactions)
    {
        var key = (request.Caller, request.Text("content"));
        var isNew = reactions.TryAdd(key, ++_ids);
        return Ok(ReactionOf(reactions[key], request.Caller, key.Item2), isNew ? 201 : 200);
    }

    JsonArray ReactionsOf(Dictionary<(string Login, string Content), long> reactions) =>
        [.. reactions.Select(reaction => ReactionOf(reaction.Value, reaction.Key.Login, reaction.Key.Content))];

    JsonObject ReactionOf(long id, string by, string content) =>
        new() { ["id"] = id, ["node_id"] = $"REA_{id}", ["user"] = UserOf(by), ["content"] = content, ["created_at"] = Text(time.GetUtcNow()) };

    void AddPullRoutes(Action<string, string, string, Endpoint> add)
    {
        Endpoint OnPull(Func<Request, Issue, SimulatedAnswer> endpoint) => request =>
            request.Number <= _issues.Count && Find(request.Number) is { Pull: not null } pull ? endpoint(request, pull) : NotFound;
        Endpoint OnComment(Func<Request, Comment, SimulatedAnswer> endpoint) => request =>
            _comments.FirstOrDefault(comment => comment.Id == request.Id && comment.Path is not null) is { } found ? endpoint(request, found) : NotFound;
        add("GET", "/pulls", "pulls/list", request => Ok(new JsonArray([.. _issues
            .Where(issue => issue.Pull is { } pull && (request.Query.GetValueOrDefault("state", "open") is var state && (state == "all" || issue.IsOpen == (state == "open")))
                && (!request.Query.TryGetValue("head", out var head) || head == $"acme:{pull.Branch}"))
            .Select(PullOf)])));
        add("POST", "/pulls", "pulls/create", request =>
        {
            var branch = request.Text("head").Split(':')[^1];
            if (!_refs.TryGetValue($"heads/{branch}", out var head)) return Problem(422, "Validation Failed");
            if (_issues.Any(issue => issue is { IsOpen: true, Pull: { } known } && known.Branch == branch)) return Problem(422, $"A pull request already exists for acme:{branch}.");
            var pull = new Issue(_issues.Count + 1, request.Text("title"), request.Text("body"), request.Caller, time.GetUtcNow())
            {
                Pull = new Pull(branch, request.Text("base"), head, (bool?)request.Body["draft"] == true),
            };
            _issues.Add(pull);
            Emit("pull_request", "opened", request.Caller, new JsonObject { ["number"] = pull.Number, ["pull_request"] = PullOf(pull) });
            StartCi(head);
            return Ok(PullOf(pull), 201);
        });
        add("GET", "/pulls/(?<n>\\d+)", "pulls/get", OnPull((_, pull) => Ok(PullOf(pull))));
        add("PATCH", "/pulls/(?<n>\\d+)", "pulls/update", OnPull((request, pull) =>
        {
            pull.Title = (string?)request.Body["title"] ?? pull.Title;
            pull.Body = (string?)request.Body["body"] ?? pull.Body;
            if ((string?)request.Body["state"] is { } state) pull.IsOpen = state == "open";
            Emit("pull_request", "edited", request.Caller, new JsonObject { ["changes"] = new JsonObject(), ["number"] = pull.Number, ["pull_request"] = PullOf(pull) });
            return Ok(PullOf(pull));
        }));
        add("GET", "/pulls/(?<n>\\d+)/files", "pulls/list-files", OnPull((_, pull) =>
        {
            var before = _git.Files(_git.FindCommit(_refs[$"heads/{pull.Pull!.Base}"])!.Tree).ToDictionary(file => file.Path, file => file.Entry.Id, StringComparer.Ordinal);
            return Ok(new JsonArray([.. _git.Files(_git.FindCommit(pull.Pull.Head)!.Tree).Where(file => before.GetValueOrDefault(file.Path) != file.Entry.Id).Select(file => new JsonObject
            {
                ["filename"] = file.Path, ["sha"] = file.Entry.Id, ["status"] = before.ContainsKey(file.Path) ? "modified" : "added", ["additions"] = 1, ["deletions"] = 1, ["changes"] = 2,
            })]));
        }));
        add("POST", "/pulls/(?<n>\\d+)/requested_reviewers", "pulls/request-reviewers", OnPull((request, pull) =>
        {
            foreach (var login in request.Body["reviewers"]?.AsArray().Select(login => (string)login!) ?? [])
                if (!pull.Pull!.Reviewers.Contains(login)) pull.Pull.Reviewers.Add(login);
            return Ok(PullOf(pull), 201);
        }));
        add("GET", "/pulls/(?<n>\\d+)/reviews", "pulls/list-reviews", OnPull((_, pull) => Ok(new JsonArray([.. _reviews.Where(review => review.On == pull).Select(Upper)]))));
        add("POST", "/pulls/(?<n>\\d+)/reviews", "pulls/create-review", OnPull((request, pull) =>
        {
            var state = request.Text("event") switch { "APPROVE" => "approved", "REQUEST_CHANGES" => "changes_requested", _ => "commented" };
            var review = AddReview(pull, state, request.Text("body"), request.Caller);
            EmitReview(review);
            return Ok(Upper(review));
        }));
        add("GET", "/pulls/(?<n>\\d+)/reviews/(?<id>\\d+)/comments", "pulls/list-comments-for-review", OnPull((request, _) =>
            Ok(new JsonArray([.. _comments.Where(comment => comment.Review?.Id == request.Id).Select(ReviewCommentOf)]))));
        add("GET", "/pulls/(?<n>\\d+)/comments", "pulls/list-review-comments", OnPull((_, pull) => Ok(new JsonArray([.. _comments.Where(comment => comment.On == pull && comment.Path is not null).Select(ReviewCommentOf)]))));
        add("POST", "/pulls/(?<n>\\d+)/comments/(?<id>\\d+)/replies", "pulls/create-reply-for-review-comment", OnComment((request, first) =>
        {
            if (first.Thread is not null) return Problem(422, "A reply to a reply is not possible");
            // GitHub makes a review of each reply.
            var review = AddReview(first.On, "commented", "", request.Caller);
            var reply = AddReviewComment(review, request.Text("body"), first.Path!, first.Line, first);
            EmitReview(review);
            return Ok(ReviewCommentOf(reply), 201);
        }));
        add("GET", "/pulls/comments/(?<id>\\d+)", "pulls/get-review-comment", OnComment((_, comment) => Ok(ReviewCommentOf(comment))));
        add("PATCH", "/pulls/comments/(?<id>\\d+)", "pulls/update-review-comment", OnComment((request, comment) =>
        {
            comment.Body = request.Text("body");
            return Ok(ReviewCommentOf(comment));
        }));
        add("POST", "/pulls/comments/(?<id>\\d+)/reactions", "reactions/create-for-pull-request-review-comment", OnComment((request, comment) => React(request, comment.Reactions)));

        // Webhooks say "approved" where REST says "APPROVED".
        static JsonObject Upper(Review review)
        {
            var body = ReviewOf(review);
            body["state"] = review.State.ToUpperInvariant();
            return body;
        }
    }

    void AddCheckRoutes(Action<string, string, string, Endpoint> add)
    {
        Endpoint OnCheck(Func<Request, CheckRun, SimulatedAnswer> endpoint) => request => _checks.FirstOrDefault(check => check.Id == request.Id) is { } found ? endpoint(request, found) : NotFound;
        add("POST", "/check-runs", "checks/create", request =>
        {
            var check = new CheckRun(++_ids, request.Text("name"), request.Text("head_sha"), request.Caller, time.GetUtcNow());
            _checks.Add(check);
            Write(check, request.Body);
            Emit("check_run", check.Conclusion is null ? "created" : "completed", request.Caller, new JsonObject { ["check_run"] = CheckOf(check) });
            return Ok(CheckOf(check), 201);
        });
        add("PATCH", "/check-runs/(?<id>\\d+)", "checks/update", OnCheck((request, check) =>
        {
            Write(check, request.Body);
            if (check.Conclusion is not null) Emit("check_run", "completed", request.Caller, new JsonObject { ["check_run"] = CheckOf(check) });
            return Ok(CheckOf(check));
        }));
        add("GET", "/check-runs/(?<id>\\d+)", "checks/get", OnCheck((_, check) => Ok(CheckOf(check))));
        add("GET", "/check-runs/(?<id>\\d+)/annotations", "checks/list-annotations", OnCheck((_, check) => Ok(new JsonArray([.. check.Annotations.Select(annotation => annotation.DeepClone())]))));
        add("GET", "/check-suites/(?<id>\\d+)/check-runs", "checks/list-for-suite", request => Ok(PageOf("check_runs", _checks.Where(check => check.Suite == request.Id).Select(CheckOf))));
        add("GET", "/commits/(?<name>.+)/check-runs", "checks/list-for-ref", request =>
        {
            var head = _refs.GetValueOrDefault($"heads/{request.Name}") ?? request.Name;
            return Ok(PageOf("check_runs", _checks.Where(check => check.Head == head && (!request.Query.TryGetValue("check_name", out var name) || check.Name == name)).Select(CheckOf)));
        });
        add("POST", "/statuses/(?<name>[0-9a-f]{40})", "repos/create-commit-status", request =>
        {
            var status = new Status(++_ids, request.Name, request.Text("state"), (string?)request.Body["context"] ?? "default", (string?)request.Body["description"], time.GetUtcNow());
            _statuses.Add(status);
            return Ok(new JsonObject { ["id"] = status.Id, ["state"] = status.State, ["context"] = status.Context, ["description"] = status.Description }, 201);
        });
        add("GET", "/commits/(?<name>.+)/status", "repos/get-combined-status-for-ref", request =>
        {
            var head = _refs.GetValueOrDefault($"heads/{request.Name}") ?? request.Name;
            var latest = _statuses.Where(status => status.Sha == head).GroupBy(status => status.Context, StringComparer.Ordinal).Select(group => group.Last()).ToList();
            var state = latest.Exists(status => status.State is "failure" or "error") ? "failure" : latest.Count == 0 || latest.Exists(status => status.State == "pending") ? "pending" : "success";
            return Ok(new JsonObject
            {
                ["state"] = state,
                ["sha"] = head,
                ["total_count"] = latest.Count,
                ["repository"] = RepositoryOf(),
                ["statuses"] = new JsonArray([.. latest.Select(status => new JsonObject { ["id"] = status.Id, ["state"] = status.State, ["context"] = status.Context, ["description"] = status.Description })]),
            });
        });
        add("GET", "/actions/jobs/(?<id>\\d+)", "actions/get-job-for-workflow-run", OnCheck((_, check) => Ok(JobOf(check))));
        add("GET", "/actions/jobs/(?<id>\\d+)/logs", "actions/download-job-logs-for-workflow-run", OnCheck((_, check) => new(302, Location: new Uri(LogsUrl, $"/_logs/{check.Id}").AbsoluteUri)));
        add("GET", "/actions/runs/(?<id>\\d+)/jobs", "actions/list-jobs-for-workflow-run", request => Ok(PageOf("jobs", _checks.Where(check => check.Suite == request.Id).Select(JobOf))));
        add("POST", "/actions/jobs/(?<id>\\d+)/rerun", "actions/re-run-job-for-workflow-run", OnCheck((_, check) => Rerun([check])));
        add("POST", "/actions/runs/(?<id>\\d+)/rerun-failed-jobs", "actions/re-run-workflow-failed-jobs", request => Rerun([.. _checks.Where(check => check.Suite == request.Id && check.Conclusion == "failure")]));
    }

    /// <summary>The log of a job, from the host that logs are on; null where there is none.</summary>
    public string? ReadLog(string path)
    {
        lock (_lock) return _checks.FirstOrDefault(check => path == $"/_logs/{check.Id}")?.Log;
    }

    /// <summary>A job that is run again is another job, with a check run of its own; what lists the latest shows that one alone.</summary>
    SimulatedAnswer Rerun(IReadOnlyList<CheckRun> checks)
    {
        foreach (var check in checks)
        {
            var again = new CheckRun(++_ids, check.Name, check.Head, check.By, time.GetUtcNow()) { Suite = check.Suite };
            _checks[_checks.IndexOf(check)] = again;
            Emit("check_run", "created", ActionsBot, new JsonObject { ["check_run"] = CheckOf(again) });
        }

        return Ok(new JsonObject(), 201);
    }

    static JsonObject PageOf(string name, IEnumerable<JsonObject> items)
    {
        var array = new JsonArray([.. items]);
        return new() { ["total_count"] = array.Count, [name] = array };
    }

    void Write(CheckRun check, JsonObject body)
    {
        check.Name = (string?)body["name"] ?? check.Name;
        if ((string?)body["conclusion"] is { } conclusion) (check.Conclusion, check.CompletedAt) = (conclusion, time.GetUtcNow());
        else if ((string?)body["status"] is "in_progress" or "queued") (check.Conclusion, check.CompletedAt) = (null, null);
        if (body["output"] is not JsonObject output) return;
        (check.Title, check.Summary) = ((string?)output["title"], (string?)output["summary"]);
        foreach (var annotation in output["annotations"]?.AsArray() ?? []) check.Annotations.Add((JsonObject)annotation!.DeepClone());
    }

    SimulatedAnswer GraphQL(Request request)
    {
        var document = request.Text("query");
        var variables = request.Body["variables"] as JsonObject ?? [];
        JsonObject data;
        if (document.Contains("viewer", StringComparison.Ordinal)) data = new() { ["viewer"] = new JsonObject { ["login"] = request.Caller, ["databaseId"] = IdOf(request.Caller) } };
        else if (document.Contains("reviewThreads(", StringComparison.Ordinal))
        {
            var pull = Find((int)variables["number"]!);
            data = new()
            {
                ["repository"] = new JsonObject
                {
                    ["pullRequest"] = new JsonObject
                    {
                        ["reviewThreads"] = new JsonObject
                        {
                            ["pageInfo"] = new JsonObject { ["hasNextPage"] = false, ["endCursor"] = null },
                            ["nodes"] = new JsonArray([.. _comments.Where(comment => comment.On == pull && comment.IsThread).Select(comment => new JsonObject
                            {
                                ["id"] = $"PRRT_{comment.Id}", ["isResolved"] = comment.IsResolved, ["isOutdated"] = comment.Commit != pull.Pull!.Head, ["path"] = comment.Path, ["line"] = comment.Line,
                                ["comments"] = new JsonObject { ["nodes"] = new JsonArray(new JsonObject { ["databaseId"] = comment.Id }) },
                            })]),
                        },
                    },
                },
            };
        }
        else if (Id("PRRT_") is { } thread && _comments.FirstOrDefault(comment => comment.Id == thread) is { } first)
        {
            first.IsResolved = !document.Contains("unresolveReviewThread", StringComparison.Ordinal);
            data = new() { [first.IsResolved ? "resolveReviewThread" : "unresolveReviewThread"] = new JsonObject { ["thread"] = new JsonObject { ["id"] = $"PRRT_{thread}" } } };
        }
        else if (Id("PR_") is { } number && Find((int)number) is { Pull: { } pull } issue)
        {
            var ready = document.Contains("markPullRequestReadyForReview", StringComparison.Ordinal);
            if (pull.IsDraft == ready)
            {
                pull.IsDraft = !ready;
                Emit("pull_request", ready ? "ready_for_review" : "converted_to_draft", request.Caller, new JsonObject { ["number"] = issue.Number, ["pull_request"] = PullOf(issue) });
            }

            data = new() { [ready ? "markPullRequestReadyForReview" : "convertPullRequestToDraft"] = new JsonObject { ["pullRequest"] = new JsonObject { ["id"] = $"PR_{number}" } } };
        }
        else
        {
            _unanswered.Add($"graphql {document}");
            return Ok(new JsonObject { ["errors"] = new JsonArray(new JsonObject { ["message"] = "Not simulated." }) });
        }

        return Ok(new JsonObject { ["data"] = data });

        long? Id(string prefix) => (string?)variables["id"] is { } id && id.StartsWith(prefix, StringComparison.Ordinal) ? long.Parse(id[prefix.Length..], CultureInfo.InvariantCulture) : null;
    }
}
