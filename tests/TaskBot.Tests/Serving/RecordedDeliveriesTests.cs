using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskBot.Bot;
using TaskBot.Bot.Deliveries;
using TaskBot.Bot.Forges.Local;
using TaskBot.Bot.Runs;
using TaskBot.GitHub;
using TaskBot.Serving;
using TaskBot.Testing.Contract;

namespace TaskBot.Tests.Serving;

/// <summary>All 329 payloads that GitHub publishes, signed and posted at the real listener whose workers work.</summary>
public sealed class RecordedDeliveriesTests : IAsyncLifetime
{
    const string Secret = "development";
    const int Recorded = 329;

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("taskbot-recorded-");
    WebApplication server = null!;

    string Address => new Uri(TaskBotServer.AddressOf(server), WebhookEndpoint.Path).AbsoluteUri;

    public async Task InitializeAsync()
    {
        server = TaskBotServer.Build(
            "http://127.0.0.1:0",
            new Dictionary<string, string?> { ["Database:ConnectionString"] = Path.Combine(folder.FullName, "taskbot.db"), ["GitHub:WebhookSecret"] = "the new one", ["GitHub:PreviousWebhookSecret"] = Secret },
            LogLevel.Critical,
            services => services.RequireGitHubWebhookSecret().AddLocalForge(new LocalForge(Path.Combine(folder.FullName, "forge"), TimeProvider.System)));
        await server.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await server.StopAsync();
        await server.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(Secret)]
    [InlineData("the new one")]
    public async Task All_are_accepted_under_either_secret_while_it_is_rotated(string secret)
    {
        var statuses = await PostAsync("--secret", secret);

        statuses.Count.ShouldBe(Recorded);
        statuses.ShouldAllBe(status => status == 202);
    }

    [Theory]
    [InlineData("--bad-signature")]
    [InlineData("--no-signature")]
    [InlineData("--tamper")]
    public async Task None_is_accepted_that_is_not_signed_as_it_is(string flaw)
    {
        var statuses = await PostAsync("--secret", Secret, flaw, "--expect", "401");

        statuses.Count.ShouldBe(Recorded);
        statuses.ShouldAllBe(status => status == 401);
        (await server.Services.GetRequiredService<IRunStore>().ListAsync(10, CancellationToken.None)).ShouldBeEmpty();
        (await server.Services.GetRequiredService<IDeliveryStore>().ClaimAsync(1, TimeSpan.FromMinutes(1), CancellationToken.None)).ShouldBeEmpty();
    }

    /// <summary>The script fails where an answer is another than expected, or takes over ten seconds.</summary>
    async Task<List<int>> PostAsync(params string[] options)
    {
        var file = Path.Combine(folder.FullName, "answers.json");
        await NodeKit.RunScriptAsync(["post-webhooks.mjs", Address, .. options, "--json", file], CancellationToken.None);
        using var answers = JsonDocument.Parse(await File.ReadAllTextAsync(file));
        return [.. answers.RootElement.EnumerateArray().Select(answer => answer.GetProperty("status").GetInt32())];
    }
}
