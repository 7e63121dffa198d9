using System.CommandLine;
using System.Security.Cryptography;
using TaskBot.Bot;
using TaskBot.Bot.Forges.Local;
using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.Demo;
using TaskBot.Engine.Runs;
using TaskBot.Serving;
using TaskBot.Terminal;

namespace TaskBot.Commands;

/// <summary><c>taskbot demo</c>: the whole job on a repository made for it, with nothing but git.</summary>
static class DemoCommand
{
    public static Command Create()
    {
        var once = new Option<bool>("--once") { Description = "End when the run has ended. Without it the pages stay up until Ctrl+C." };
        var json = new Option<bool>("--json") { Description = "Print the summary as one line of JSON, last; the story goes to standard error." };
        var folder = new Option<DirectoryInfo?>("--dir") { Description = "Where the demo lives. The same folder again goes on where it stopped. Default: a new temporary folder." };
        var model = new Option<string?>("--model") { Description = "Ask this model instead of playing scripted replies: NAME or NAME@PROVIDER." };
        var command = new Command(
            "demo",
            "Shows the whole job on this machine, without GitHub and without a key. It makes a small git repository with a bug, labels an issue, and from there does "
            + "what it always does: plan, fix, test, open a pull request; the checks fail; the description is refined; the second attempt passes.")
        { once, json, folder, model };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            parsed.GetValue(once), parsed.GetValue(json), parsed.GetValue(folder), parsed.GetValue(model), cancellationToken));
        return command;
    }

    static async Task<int> RunAsync(bool once, bool json, DirectoryInfo? folder, string? model, CancellationToken cancellationToken)
    {
        var time = TimeProvider.System;
        var root = folder?.FullName ?? Directory.CreateTempSubdirectory("taskbot-demo-").FullName;
        Directory.CreateDirectory(root);
        var story = new StoryTeller(time, toError: json);
        var forge = new LocalForge(Path.Combine(root, "forge"), time);
        await DemoRepository.EnsureAsync(forge, time, cancellationToken);
        var choice = await ModelChoice.ForDemoAsync(root, model, cancellationToken);
        story.Say(choice.Said);

        var secret = RandomNumberGenerator.GetHexString(40, lowercase: true);
        var settings = new Dictionary<string, string?>(choice.Settings)
        {
            ["Database:ConnectionString"] = Path.Combine(root, "taskbot.db"),
            ["GitHub:WebhookSecret"] = secret,
        };
        await using var server = TaskBotServer.Build("http://127.0.0.1:0", settings, LogLevel.Warning, services => services.AddLocalForge(forge));
        var feed = server.Services.GetRequiredService<RunFeed>();
        var runs = server.Services.GetRequiredService<IRunStore>();
        var news = feed.WatchAsync(cancellationToken);
        await server.StartAsync(cancellationToken);
        var address = TaskBotServer.AddressOf(server);
        var host = server.Services.GetRequiredService<LocalForgeHost>();
        host.SendTo(new Uri(address, WebhookEndpoint.Path), secret);
        story.Say($"Listening on {address}; the repository, its issue and all that follows are files in {root}.");

        await host.LabelAsync(DemoRepository.Name, DemoRepository.Issue, "taskbot", DemoRepository.Maintainer, "demo-label", cancellationToken);
        story.Say($"{DemoRepository.Maintainer} put the label 'taskbot' on issue #{DemoRepository.Issue}: {DemoRepository.IssueTitle}");
        if (await runs.FindByIssueAsync(DemoRepository.Name.ToString(), DemoRepository.Issue, cancellationToken) is not { Outcome: not null })
            await story.FollowAsync(news, item => item is RunNews.Saved { Run.Outcome: not null }, cancellationToken);

        var run = await runs.FindByIssueAsync(DemoRepository.Name.ToString(), DemoRepository.Issue, cancellationToken)
            ?? throw new InvalidOperationException("The demo's run ended and cannot be found.");
        await TellTheEndAsync(story, forge, run, address, cancellationToken);
        if (!once)
        {
            story.Say("Press Ctrl+C to end.");
            // The run is over; ending the pages is not cancelling anything.
            using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, server.Lifetime.ApplicationStopping);
            await Task.Delay(Timeout.InfiniteTimeSpan, time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await server.StopAsync(CancellationToken.None);
        if (json) Console.Out.WriteLine(RunSummary.Of(run).ToJson());
        return run.Outcome == Outcome.Succeeded ? ExitCode.Success : ExitCode.WorkFailed;
    }

    static async Task TellTheEndAsync(StoryTeller story, LocalForge forge, RunRecord run, Uri address, CancellationToken cancellationToken)
    {
        foreach (var attempt in run.Attempts)
            story.Say($"Attempt {attempt.Number}: {Outcomes.Word(attempt.Outcome)}, {attempt.NodesRun} nodes run, {attempt.NodesCached} from the cache, {attempt.Tokens} tokens. {attempt.Summary}");
        var repository = await forge.GetRepositoryAsync(DemoRepository.Name, cancellationToken);
        if (run.PullRequest is { } number)
        {
            var pull = await forge.GetPullRequestAsync(DemoRepository.Name, number, cancellationToken);
            story.Say($"Pull request: {pull.Url}");
            story.Say($"Look at it:   git -C {repository.CloneUrl} show {run.Branch}");
        }

        story.Say($"The graph:    {new Uri(address, $"/runs/{run.Id}")}");
    }
}
