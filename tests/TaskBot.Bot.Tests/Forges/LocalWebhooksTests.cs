using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Forges.Local;
using TaskBot.Bot.Tests.Runs;
using TaskBot.GitHub.Webhooks;
using TaskBot.Workspaces.Commands;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Tests.Forges;

public sealed class LocalWebhooksTests : IAsyncLifetime
{
    const string Secret = "It is one";

    readonly ConcurrentQueue<(string Id, string Event, string Body, WebhookSignatureResult Signature)> received = new();
    readonly ConcurrentQueue<int> answers = new();
    readonly HttpClient http = new();
    RunLab lab = null!;
    LocalWebhooks webhooks = null!;
    WebApplication receiver = null!;
    Uri target = null!;

    public async Task InitializeAsync()
    {
        lab = await RunLab.CreateAsync();
        webhooks = new LocalWebhooks(lab.Forge, http);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        receiver = builder.Build();
        receiver.MapPost("/hook", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            var signature = WebhookSignature.Check(body.ToArray(), request.Headers["X-Hub-Signature-256"], Secret);
            received.Enqueue(($"{request.Headers["X-GitHub-Delivery"]}", $"{request.Headers["X-GitHub-Event"]}", System.Text.Encoding.UTF8.GetString(body.ToArray()), signature));
            return Results.StatusCode(answers.TryDequeue(out var status) ? status : 202);
        });
        await receiver.StartAsync();
        target = new Uri($"{receiver.Urls.Single()}/hook");
    }

    public async Task DisposeAsync()
    {
        await receiver.DisposeAsync();
        http.Dispose();
        await lab.DisposeAsync();
    }

    [Fact]
    public async Task An_event_is_sent_signed_under_its_id_and_once()
    {
        await KeepAsync("id-1", "héllo 😀");

        (await DeliverAsync()).ShouldBeTrue();
        await KeepAsync("id-1", "the same event again");
        (await DeliverAsync()).ShouldBeTrue();

        var (id, name, body, signature) = received.ShouldHaveSingleItem();
        (id, name, signature).ShouldBe(("id-1", "issues", WebhookSignatureResult.Valid));
        JsonNode.Parse(body)!["text"]!.GetValue<string>().ShouldBe("héllo 😀");
    }

    [Theory]
    [InlineData(503)]
    [InlineData(401)]
    [InlineData(302)]
    public async Task What_is_not_taken_is_kept_in_its_place_and_sent_again_under_the_same_id(int status)
    {
        await KeepAsync("first", "");
        await KeepAsync("second", "");
        answers.Enqueue(status);

        (await DeliverAsync()).ShouldBeFalse();
        received.Select(message => message.Id).ShouldBe(["first"]);
        (await DeliverAsync()).ShouldBeTrue();

        received.Select(message => message.Id).ShouldBe(["first", "first", "second"]);
    }

    [Fact]
    public async Task What_is_kept_outlives_the_process_and_a_receiver_that_is_away()
    {
        await KeepAsync("kept", "");
        await Should.ThrowAsync<HttpRequestException>(() => webhooks.DeliverAsync(new Uri("http://127.0.0.1:1/hook"), Secret, default));

        using var next = new LocalForge(lab.Forge.Root, TimeProvider.System);
        (await new LocalWebhooks(next, http).DeliverAsync(target, Secret, default)).ShouldBeTrue();

        received.ShouldHaveSingleItem().Id.ShouldBe("kept");
    }

    [Fact]
    public async Task Ci_answers_for_the_head_of_every_pull_request_once_and_tells_of_it()
    {
        await lab.Forge.AddRepositoryAsync(
            lab.Repository, lab.Git.Folder, "main", "sh test.sh", new Dictionary<string, Permission> { ["ada"] = Permission.Write }, default);
        lab.Reply("llm.edit", RunLab.Fix);
        var run = await lab.StartAndAdvanceAsync();
        var head = new CommitId(run.HeadSha!);
        using var commands = new CommandRunner(TimeProvider.System);
        var ci = new LocalCi(lab.Forge, webhooks, commands);
        (await lab.Forge.GetChecksAsync(lab.Repository, head, default)).ShouldHaveSingleItem().Conclusion.ShouldBeNull();

        await ci.RunAsync(default);
        await ci.RunAsync(default);

        (await lab.Forge.GetChecksAsync(lab.Repository, head, default)).ShouldHaveSingleItem().ShouldBe(new ForgeCheck("ci", "success", "1..1\nok 1 - adds\n"));
        await DeliverAsync();
        var message = received.ShouldHaveSingleItem();
        (message.Id, message.Event).ShouldBe(($"ci-{head}", "check_run"));
        WebhookEvent.Parse(message.Event, System.Text.Encoding.UTF8.GetBytes(message.Body)).ShouldBeOfType<WebhookEvent.CheckRunEvent>().CheckRun.HeadSha.ShouldBe(head.Value);
        run = await lab.AdvanceAsync(await lab.Coordinator.LookAtChecksAsync(run, default));
        run.Outcome.ShouldBe(Engine.Runs.Outcome.Succeeded);
    }

    Task KeepAsync(string id, string text) => webhooks.KeepAsync(id, "issues", new JsonObject { ["action"] = "labeled", ["text"] = text }, default);

    Task<bool> DeliverAsync() => webhooks.DeliverAsync(target, Secret, default);
}
