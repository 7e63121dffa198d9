using System.Globalization;
using System.Text.Json.Nodes;

namespace TaskBot.Testing.GitHub;

/// <content>What GitHub offers over GraphQL alone.</content>
public sealed partial class SimulatedGitHub
{
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
        else if (variables["input"]?["refUpdates"] is JsonArray updates)
        {
            var update = updates.Single()!;
            var name = ((string)update["name"]!)["refs/".Length..];
            if (_refs.GetValueOrDefault(name) != (string?)update["beforeOid"])
                return Ok(new JsonObject { ["data"] = null, ["errors"] = new JsonArray(new JsonObject { ["type"] = "UNPROCESSABLE", ["message"] = "Reference cannot be updated: it is not at the expected value." }) });
            MoveBranch(name["heads/".Length..], (string)update["afterOid"]!, request.Caller);
            data = new() { ["updateRefs"] = new JsonObject { ["clientMutationId"] = null } };
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
