using System.Text.Json.Nodes;
using TaskBot.GitHub.Repositories;

namespace TaskBot.Bot.Forges.Local;

/// <summary>Payloads of the local forge, in GitHub's shape as far as TaskBot reads it.</summary>
static class LocalEvents
{
    public static JsonObject Repository(RepositoryName repository) =>
        new() { ["id"] = 1, ["name"] = repository.Name, ["full_name"] = repository.ToString(), ["owner"] = User(repository.Owner) };

    public static JsonObject User(string login) => new() { ["id"] = StableId(login), ["login"] = login, ["type"] = "User" };

    public static JsonObject IssueLabeled(RepositoryName repository, ForgeIssue issue, string label, string sender) =>
        new()
        {
            ["action"] = "labeled",
            ["issue"] = new JsonObject
            {
                ["id"] = issue.Number,
                ["number"] = issue.Number,
                ["title"] = issue.Title,
                ["body"] = issue.Body,
                ["state"] = issue.IsOpen ? "open" : "closed",
                ["user"] = User(issue.Author),
                ["labels"] = new JsonArray([.. issue.Labels.Select(name => Label(name))]),
                ["html_url"] = issue.Url,
            },
            ["label"] = Label(label),
            ["repository"] = Repository(repository),
            ["sender"] = User(sender),
        };

    static JsonObject Label(string name) => new() { ["id"] = StableId(name), ["name"] = name };

    /// <summary>A number that a name always has here; the local forge knows people and labels by name alone.</summary>
    public static long StableId(string name) => name.Aggregate(7L, (sum, character) => (sum * 31 + character) % 1_000_000_007);
}
