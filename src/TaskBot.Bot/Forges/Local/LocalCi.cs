using System.Text.Json.Nodes;
using TaskBot.GitHub.Repositories;
using TaskBot.Workspaces.Checkouts;
using TaskBot.Workspaces.Commands;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Forges.Local;

/// <summary>
/// The local forge's CI: runs one shell line in a checkout of every open pull request's head that it has not answered for yet, and keeps
/// the event that tells of it.
/// </summary>
public sealed class LocalCi(LocalForge forge, LocalWebhooks webhooks, CommandRunner commands)
{
    /// <summary>The name of its check.</summary>
    public const string CheckName = "ci";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var repository in forge.Repositories())
        {
            if (await forge.GetCiAsync(repository, cancellationToken) is not { } line) continue;
            foreach (var number in forge.Pulls(repository))
            {
                var pull = await forge.GetPullRequestAsync(repository, number, cancellationToken);
                await CheckAsync(repository, line, new CommitId(pull.HeadSha), cancellationToken);
            }
        }
    }

    async Task CheckAsync(RepositoryName repository, string line, CommitId head, CancellationToken cancellationToken)
    {
        var checks = await forge.GetChecksAsync(repository, head, cancellationToken);
        var conclusion = checks.First(check => check.Name == CheckName).Conclusion;
        if (conclusion is null)
        {
            var report = await RunAsync(repository, line, head, cancellationToken);
            await forge.PutCheckAsync(repository, head, report, cancellationToken);
            conclusion = report.Conclusion;
        }

        // The check is kept before the event that tells of it, and the event under an id that the head gives: none is lost, none comes twice.
        var body = new JsonObject
        {
            ["action"] = "completed",
            ["check_run"] = new JsonObject { ["id"] = 1, ["name"] = CheckName, ["head_sha"] = head.Value, ["status"] = "completed", ["conclusion"] = conclusion },
            ["repository"] = LocalEvents.Repository(repository),
            ["sender"] = LocalEvents.User("local-ci"),
        };
        await webhooks.KeepAsync($"ci-{head.Value}", "check_run", body, cancellationToken);
    }

    async Task<CheckReport> RunAsync(RepositoryName repository, string line, CommitId head, CancellationToken cancellationToken)
    {
        await using var git = await forge.OpenObjectsAsync(repository, head, cancellationToken);
        using var pool = new CheckoutPool(git, capacity: 1);
        await using var checkout = await pool.RentAsync(await git.TreeOfAsync(head, cancellationToken), keepIgnored: false, cancellationToken);
        var result = await commands.RunAsync(CommandRequest.Shell(line, checkout.Folder), cancellationToken);
        var title = result.End == CommandEnd.Exited ? $"{line} ended with {result.ExitCode}" : $"{line}: {result.End}";
        return new(CheckName, result.Succeeded ? "success" : "failure", title, result.Output.ToString());
    }
}
