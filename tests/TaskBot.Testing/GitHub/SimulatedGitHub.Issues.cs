using System.Text.Json.Nodes;

namespace TaskBot.Testing.GitHub;

/// <content>Issues, their comments, labels and reactions.</content>
public sealed partial class SimulatedGitHub
{
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
}
