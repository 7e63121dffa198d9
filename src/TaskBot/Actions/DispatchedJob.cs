using TaskBot.Bot;
using TaskBot.Bot.Dispatches;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.GitHub;
using TaskBot.Commands;
using TaskBot.Engine.Nodes;
using TaskBot.GitHub.Actions;
using TaskBot.Models.Ledger;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Actions;

/// <summary>
/// A job that a server started: it proves who it is, takes the work, does it with a token that can only read, tells of it, and leaves its sealed result. It has
/// no right to write anything anywhere.
/// </summary>
static class DispatchedJob
{
    /// <param name="server">Where the server is, exactly as the server itself says it.</param>
    /// <param name="dispatch">Which work.</param>
    /// <param name="model">One model for every node; null for the configured profiles.</param>
    public static async Task<int> RunAsync(Uri server, string dispatch, string? model, CancellationToken cancellationToken)
    {
        var job = ActionsEnvironment.Read();
        var token = job.Input("github_token") ?? job.Token
            ?? throw new UsageException("There is no token to read the code with. Pass one: GITHUB_TOKEN: ${{ github.token }} under 'env'.");
        if (job.ApiUrl is null) throw new UsageException("GITHUB_API_URL is not set; GitHub Actions sets it in every job.");
        if (job.IdTokenRequestUrl is null || job.IdTokenRequestToken is null)
            throw new UsageException("This job may not prove who it is. Give it 'id-token: write' under 'permissions' in the workflow.");
        var log = new WorkflowCommands(Console.Out);
        if (job.IsJob) log.AddMask(token);
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(100) };
        var client = new ServerClient(http, server, dispatch, new OidcTokenSource(job, server.OriginalString.TrimEnd('/'), http, TimeProvider.System), TimeProvider.System);
        // What models and commands say must not be heard by the runner as commands.
        using (job.IsJob ? log.StopCommands() : null)
        {
            try
            {
                var offer = await client.ClaimAsync(cancellationToken);
                Console.Out.WriteLine($"Took up {offer.Order.Kind} {offer.Order.Attempt} of run {offer.Run.Id} for {offer.Run.Repository}#{offer.Run.Issue}.");
                return await WorkAsync(job, token, client, offer, model, cancellationToken);
            }
            catch (ServerRefusalException e)
            {
                Console.Error.WriteLine(e.Message);
                return e.IsOver ? ExitCode.Cancelled : ExitCode.WorkFailed;
            }
            catch (Exception e) when (e is HttpRequestException or InvalidDataException)
            {
                Console.Error.WriteLine($"The server at {server} could not be worked with: {e.Message}");
                return ExitCode.WorkFailed;
            }
        }
    }

    static async Task<int> WorkAsync(ActionsEnvironment job, string token, ServerClient client, WorkOffer offer, string? model, CancellationToken cancellationToken)
    {
        var story = new RunnerStory(offer.Run.Id.Value);
        var uplink = new StoryUplink(client, story, TimeProvider.System);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var told = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var following = uplink.FollowAsync(stop, told.Token);
        SealedWork work;
        try
        {
            work = await MakeAsync(job, token, offer, story, model, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Console.Error.WriteLine(cancellationToken.IsCancellationRequested ? "The job was told to stop." : "The server does not want this work any more.");
            return ExitCode.Cancelled;
        }
        finally
        {
            await told.CancelAsync();
            await following;
        }

        await uplink.FinishAsync(cancellationToken);
        await client.LeaveAsync(work, story.Told, cancellationToken);
        Console.Out.WriteLine(work.Failure ?? $"The sealed result is with the server: {work.Nodes.Length} nodes ended, {work.Nodes.Count(node => node.State == NodeState.Failed)} of them in failure.");
        return work.Failure is null ? ExitCode.Success : ExitCode.WorkFailed;
    }

    /// <summary>Does the work; what keeps it from being done at all is an answer too, so that people are told of it where they asked.</summary>
    static async Task<SealedWork> MakeAsync(ActionsEnvironment job, string token, WorkOffer offer, RunnerStory story, string? model, CancellationToken cancellationToken)
    {
        if (offer.Server != RunnerDesk.Version) return DispatchedWork.Failed(offer, $"It has TaskBot {RunnerDesk.Version} and the server {offer.Server}; both have to be of the same version.");
        var state = Path.Combine(Environment.GetEnvironmentVariable("RUNNER_TEMP") is { Length: > 0 } temporary ? temporary : Path.GetTempPath(), "taskbot", offer.Dispatch);
        var settings = new Dictionary<string, string?>(ModelChoice.Configured(model ?? job.Input("model")).Settings)
        {
            ["Database:ConnectionString"] = ":memory:",
            ["GitHub:Token"] = token,
            ["GitHub:ApiUrl"] = job.ApiUrl!.AbsoluteUri,
            ["GitHub:GraphQLUrl"] = job.GraphQLUrl?.AbsoluteUri,
            ["GitHub:ServerUrl"] = job.ServerUrl?.AbsoluteUri,
        };
        if (offer.GrantedUsd is { } granted) settings["Budgets:RunUsd"] = granted.ToString(System.Globalization.CultureInfo.InvariantCulture);
        try
        {
            using var host = RunCommand.CreateHost(
                settings,
                services => services.AddSingleton(new MirrorFolder(Path.Combine(state, "mirrors"))).AddGitHubForge<MirrorObjects>().AddSingleton<DispatchedWork>()
                    .AddSingleton<ILedgerStore>(new ToldLedger(new InMemoryLedgerStore(), story)));
            return await host.Services.GetRequiredService<DispatchedWork>().RunAsync(offer, story, cancellationToken);
        }
        catch (Exception e) when (e is ForgeException or GitException or UsageException or Microsoft.Extensions.Options.OptionsValidationException)
        {
            return DispatchedWork.Failed(offer, e.Message);
        }
    }
}
