using System.Text.Json.Nodes;

namespace TaskBot.Testing.GitHub;

/// <content>Pull requests and their reviews.</content>
public sealed partial class SimulatedGitHub
{
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
}
