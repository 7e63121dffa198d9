using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TaskBot.Bot;
using TaskBot.Bot.Deliveries;
using TaskBot.Bot.Forges.Local;
using TaskBot.GitHub;
using TaskBot.GitHub.Webhooks;
using TaskBot.Serving;
using TaskBot.Storage.Deliveries;

namespace TaskBot.Tests.Serving;

/// <summary>The real listener on Kestrel and SQLite: what each message is answered with.</summary>
public sealed class WebhookEndpointTests : IAsyncLifetime, IDisposable
{
    const string Secret = "a secret of the test";

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("taskbot-webhook-test-");
    readonly HttpClient http = new();
    WebApplication server = null!;

    public async Task InitializeAsync() => server = await StartAsync(queueLimit: 100);

    public async Task DisposeAsync()
    {
        await server.StopAsync();
        await server.DisposeAsync();
    }

    public void Dispose()
    {
        http.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_signed_delivery_is_accepted_and_is_in_the_database_by_then()
    {
        (await PostAsync("one", "{}")).ShouldBe(HttpStatusCode.Accepted);

        // The workers are not started in this server: what was stored waits.
        var claimed = (await server.Services.GetRequiredService<IDeliveryStore>().ClaimAsync(2, TimeSpan.FromMinutes(1), CancellationToken.None)).ShouldHaveSingleItem();
        claimed.Id.ShouldBe("one");
        Encoding.UTF8.GetString(claimed.Body.Span).ShouldBe("{}");
    }

    [Fact]
    public async Task The_same_delivery_twice_is_one_delivery()
    {
        (await PostAsync("twice", "{}")).ShouldBe(HttpStatusCode.Accepted);
        (await PostAsync("twice", "{}")).ShouldBe(HttpStatusCode.Accepted);

        var store = server.Services.GetRequiredService<IDeliveryStore>();
        (await store.ClaimAsync(2, TimeSpan.FromMinutes(1), CancellationToken.None)).ShouldHaveSingleItem();
        (await store.ClaimAsync(2, TimeSpan.FromMinutes(1), CancellationToken.None)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("ping", "{}")]
    [InlineData("issues", """{"action":"opened"}""")]
    [InlineData("check_run", """{"check_run":{"id":1},"action":"created"}""")]
    [InlineData("check_run", """{"action":"completed","check_run":{"id":1,"head_sha":"b6589fc6"}}""")]
    [InlineData("status", """{"id":1,"sha":"b6589fc6","state":"success"}""")]
    public async Task A_delivery_that_nobody_acts_on_is_known_and_waits_for_nobody(string eventName, string body)
    {
        (await PostAsync("known", body, eventName)).ShouldBe(HttpStatusCode.Accepted);
        (await PostAsync("known", body, "push")).ShouldBe(HttpStatusCode.Accepted);

        (await server.Services.GetRequiredService<SqliteSweepStore>().IsKnownAsync("known", CancellationToken.None)).ShouldBeTrue();
        (await server.Services.GetRequiredService<IDeliveryStore>().ClaimAsync(2, TimeSpan.FromMinutes(1), CancellationToken.None)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("issues", """{"action":"labeled"}""")]
    [InlineData("issues", """{"issue":{"action":"opened"},"action":"assigned"}""")]
    [InlineData("issues", "{nonsense}")]
    [InlineData("check_suite", """{"action":"completed","check_suite":{}}""")]
    public async Task A_delivery_that_somebody_may_act_on_or_that_cannot_be_read_waits(string eventName, string body)
    {
        (await PostAsync("waits", body, eventName)).ShouldBe(HttpStatusCode.Accepted);

        (await server.Services.GetRequiredService<IDeliveryStore>().ClaimAsync(2, TimeSpan.FromMinutes(1), CancellationToken.None)).ShouldHaveSingleItem().Id.ShouldBe("waits");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("sha256=")]
    [InlineData("sha256=00")]
    [InlineData("sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709")]
    [InlineData("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")]
    public async Task A_missing_or_wrong_signature_is_refused(string? signature) =>
        (await PostAsync("unsigned", "{}", signature: signature, sign: false)).ShouldBe(HttpStatusCode.Unauthorized);

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("payload=%7B%7D")]
    public async Task A_body_that_is_no_JSON_object_is_refused(string body) => (await PostAsync("broken", body)).ShouldBe(HttpStatusCode.BadRequest);

    [Fact]
    public async Task Another_content_type_is_refused() =>
        (await PostAsync("form", "{}", contentType: "application/x-www-form-urlencoded")).ShouldBe(HttpStatusCode.UnsupportedMediaType);

    [Fact]
    public async Task A_message_without_delivery_id_or_event_is_refused()
    {
        (await PostAsync("", "{}")).ShouldBe(HttpStatusCode.BadRequest);
        (await PostAsync("no-event", "{}", eventName: "")).ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_body_over_25_MB_is_refused() =>
        (await PostAsync("large", new string(' ', 25 * 1024 * 1024 + 1))).ShouldBe(HttpStatusCode.RequestEntityTooLarge);

    [Fact]
    public async Task A_full_queue_is_unavailable_and_takes_deliveries_again_when_it_is_not_full()
    {
        await DisposeAsync();
        server = await StartAsync(queueLimit: 1);
        (await PostAsync("first", "{}")).ShouldBe(HttpStatusCode.Accepted);
        (await PostAsync("second", "{}")).ShouldBe(HttpStatusCode.ServiceUnavailable);

        var store = server.Services.GetRequiredService<IDeliveryStore>();
        var claimed = await store.ClaimAsync(1, TimeSpan.FromMinutes(1), CancellationToken.None);
        await store.CompleteAsync([.. claimed.Select(delivery => delivery.Id)], CancellationToken.None);

        (await PostAsync("second", "{}")).ShouldBe(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task Without_a_secret_the_server_does_not_start()
    {
        await using var unsafeServer = Build(new Dictionary<string, string?> { ["Database:ConnectionString"] = Path.Combine(folder.FullName, "unsafe.db") });
        var thrown = await Should.ThrowAsync<OptionsValidationException>(() => unsafeServer.StartAsync());
        thrown.Message.ShouldContain("GitHub:WebhookSecret");
    }

    [Fact]
    public async Task Health_and_readiness_answer()
    {
        var address = TaskBotServer.AddressOf(server);
        (await http.GetStringAsync(new Uri(address, "/healthz"))).ShouldBe("ok");
        (await http.GetStringAsync(new Uri(address, "/readyz"))).ShouldBe("ready");
    }

    [Fact]
    public async Task Metrics_tell_how_many_deliveries_wait_and_how_requests_were_answered()
    {
        await PostAsync("one", "{}");
        await PostAsync("two", "{}", sign: false);

        var metrics = await http.GetStringAsync(new Uri(TaskBotServer.AddressOf(server), "/metrics"));

        metrics.ShouldContain("\ntaskbot_deliveries_waiting 1\n");
        metrics.ShouldContain("http_server_request_duration_seconds_count{");
        metrics.Split('\n').ShouldContain(line => line.StartsWith("http_server_request_duration_seconds_count{", StringComparison.Ordinal)
            && line.Contains("http_route=\"/webhooks/github\"", StringComparison.Ordinal) && line.Contains("http_response_status_code=\"401\"", StringComparison.Ordinal));
    }

    async Task<WebApplication> StartAsync(int queueLimit)
    {
        var built = Build(new Dictionary<string, string?>
        {
            ["Database:ConnectionString"] = Path.Combine(folder.FullName, $"{Guid.NewGuid():n}.db"),
            ["Database:DeliveryQueueLimit"] = queueLimit.ToString(),
            ["GitHub:WebhookSecret"] = Secret,
        });
        await built.StartAsync();
        return built;
    }

    WebApplication Build(Dictionary<string, string?> settings) =>
        TaskBotServer.Build("http://127.0.0.1:0", settings, LogLevel.Critical, services =>
        {
            services.RequireGitHubWebhookSecret().AddLocalForge(new LocalForge(Path.Combine(folder.FullName, "forge"), TimeProvider.System));
            foreach (var worker in services.Where(service => service.ServiceType == typeof(IHostedService)
                && service.ImplementationType is { } type && type.Namespace!.StartsWith("TaskBot.Bot", StringComparison.Ordinal)).ToList()) services.Remove(worker);
        });

    async Task<HttpStatusCode> PostAsync(
        string id, string body, string eventName = "push", string? signature = null, bool sign = true, string contentType = "application/json")
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(TaskBotServer.AddressOf(server), WebhookEndpoint.Path)) { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        if (id.Length > 0) request.Headers.Add("X-GitHub-Delivery", id);
        if (eventName.Length > 0) request.Headers.Add("X-GitHub-Event", eventName);
        if (sign) signature = WebhookSignature.Sign(bytes, Secret);
        if (signature is not null) request.Headers.TryAddWithoutValidation("X-Hub-Signature-256", signature);
        using var response = await http.SendAsync(request);
        return response.StatusCode;
    }
}
