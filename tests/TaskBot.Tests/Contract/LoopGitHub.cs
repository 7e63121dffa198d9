using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using TaskBot.GitHub.Webhooks;
using TaskBot.Serving;
using TaskBot.Testing.Contract;
using TaskBot.Testing.GitHub;
using TaskBot.Tests.Soak;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Tests.Contract;

/// <summary>
/// All of GitHub that a server meets: its API behind the proxy that refuses what GitHub's own description does not allow and holds each answer to it as well, its
/// code over git, its webhooks, and the CI of the repository. Made in a folder of its own, which goes with it.
/// </summary>
sealed class LoopGitHub : IAsyncDisposable
{
    /// <summary>What webhooks are signed with.</summary>
    public const string Secret = "a secret of the test";

    readonly CancellationTokenSource over = new();
    readonly Channel<bool> sent = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    readonly List<(string Name, byte[] Payload)> delivered = [];
    readonly HttpClient http = new();
    SimulatedGitHubServer api = null!;
    ContractProxy proxy = null!;
    GitHttpServer git = null!;
    Task sending = Task.CompletedTask;

    LoopGitHub(SimulatedGitHub simulated) => Simulated = simulated;

    /// <summary>What happens there.</summary>
    public SimulatedGitHub Simulated { get; }

    public DirectoryInfo Folder { get; } = Directory.CreateTempSubdirectory("taskbot-loop-");

    /// <summary>The API, as a server or a job has to be told.</summary>
    public Uri ApiUrl => proxy.Url;

    /// <summary>Where the code is.</summary>
    public Uri ServerUrl => git.Url;

    /// <summary>Ends with the test.</summary>
    public CancellationToken Over => over.Token;

    /// <param name="more">Files besides those of the place.</param>
    public static async Task<LoopGitHub> StartAsync(SoakPlace place, params IEnumerable<(string Path, string? Text)> more)
    {
        var github = new LoopGitHub(new SimulatedGitHub(TimeProvider.System, await ExampleBodies.PublishedAsync()) { Ci = SoakStory.LooksAt });
        github.Simulated.Sent += () => github.sent.Writer.TryWrite(item: true);
        github.api = await SimulatedGitHubServer.StartAsync(github.Simulated);
        github.proxy = await ContractProxy.StartAsync(github.api.Url, checkResponses: true, CancellationToken.None);
        github.Simulated.Push("main", "octocat", [.. SoakPlace.Files, .. more]);
        var root = Directory.CreateDirectory(Path.Combine(github.Folder.FullName, "served", "acme"));
        await using (var served = await GitRepository.CreateBareAsync(Path.Combine(root.FullName, "demo.git"), CancellationToken.None))
            await new GitRemote(served, place.RepositoryPath).FetchAsync(["+refs/heads/*:refs/heads/*"], false, CancellationToken.None);
        github.git = await GitHttpServer.StartAsync(root.Parent!.FullName, CancellationToken.None);
        return github;
    }

    /// <summary>Sends the webhooks from now on, and has CI look at what was pushed.</summary>
    public void SendTo(Uri server) => sending = SendAsync(new Uri(server, WebhookEndpoint.Path));

    /// <summary>Nothing is sent any more.</summary>
    public async Task EndAsync()
    {
        await over.CancelAsync();
        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        await git.DisposeAsync();
        await proxy.DisposeAsync();
        await api.DisposeAsync();
        http.Dispose();
        over.Dispose();
        Folder.Delete(recursive: true);
    }

    /// <summary>No request and no answer, and no webhook that was sent, was other than GitHub describes it.</summary>
    public async Task NothingBrokeTheContractAsync()
    {
        var report = await proxy.ReportAsync(CancellationToken.None);
        report.Violations.ShouldBeEmpty();
        report.ResponseProblems.Select(problem => $"{problem.Key}: {string.Join("; ", problem.Value)}").ShouldBeEmpty();
        Simulated.Unanswered.ShouldBeEmpty();
        (string Name, byte[] Payload)[] seen;
        lock (delivered) seen = [.. delivered];
        seen.ShouldNotBeEmpty();
        await Webhooks.ShouldBeGitHubsAsync(seen);
    }

    async Task SendAsync(Uri webhooks)
    {
        await foreach (var _ in sent.Reader.ReadAllAsync(over.Token))
        {
            foreach (var delivery in Simulated.TakePending())
            {
                Simulated.Delivered(delivery, await DeliverAsync(delivery, webhooks));
                lock (delivered) delivered.Add((delivery.EventName, delivery.Payload));
                // A new head is looked at, and so is a job that is run again.
                if (delivery.EventName == "pull_request" || (delivery.EventName == "check_run" && (string?)JsonNode.Parse(delivery.Payload)!["action"] == "created")) Simulated.RunCi();
            }
        }
    }

    /// <returns>The status; 0 where nobody was there, for the sweep to ask again.</returns>
    async Task<int> DeliverAsync(SimulatedDelivery delivery, Uri webhooks)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, webhooks) { Content = new ByteArrayContent(delivery.Payload) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("X-GitHub-Event", delivery.EventName);
        request.Headers.Add("X-GitHub-Delivery", delivery.Guid);
        request.Headers.Add("X-Hub-Signature-256", WebhookSignature.Sign(delivery.Payload, Secret));
        try
        {
            using var response = await http.SendAsync(request, over.Token);
            return (int)response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return 0;
        }
    }
}
