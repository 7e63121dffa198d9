using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using TaskBot.Models;
using TaskBot.Models.Embeddings;
using TaskBot.Models.Ledger;
using TaskBot.Models.Providers;
using TaskBot.Models.Recordings;
using TaskBot.Storage.Embeddings;
using TaskBot.Storage.Ledger;
using TaskBot.Testing.Models;

namespace TaskBot.Storage.Tests.Embeddings;

public sealed class SqliteEmbeddingStoreTests : IAsyncLifetime
{
    readonly TemporaryDatabase temporary = new();
    readonly List<ServiceProvider> hosts = [];
    FakeOpenAIServer server = null!;

    public async Task InitializeAsync()
    {
        server = await FakeOpenAIServer.StartAsync();
        server.Respond = _ => new FakeReply.Text("");
    }

    public async Task DisposeAsync()
    {
        foreach (var host in hosts) await host.DisposeAsync();
        await server.DisposeAsync();
        await temporary.DisposeAsync();
    }

    [Fact]
    public async Task The_same_texts_are_asked_for_once_and_again_of_another_model()
    {
        var first = await EmbedAsync("m1@fake", null, "a", "", "zoo");
        await temporary.ReopenAsync();
        (await EmbedAsync("m1@fake", null, "zoo", "a", "")).ShouldBe([first[2], first[0], first[1]]);
        Sent().ShouldBe(["m1: a, ,zoo"]);

        (await EmbedAsync("m2@fake", null, "zoo", "a", "")).ShouldBe([first[2], first[0], first[1]]);
        Sent()[1..].ShouldBe(["m2: zoo,a, "]);
    }

    [Fact]
    public async Task Of_texts_that_are_partly_known_the_others_are_asked_for_and_paid()
    {
        var run = new BudgetAccount(BudgetLevel.Run, "run", 1m);
        await EmbedAsync("m1@fake", null, "a", "e");
        (await EmbedAsync("m1@fake", run, "i", "a", "o")).ShouldBe([[0, 0, 1, 0, 0, 0], [1, 0, 0, 0, 0, 0], [0, 0, 0, 1, 0, 0]]);
        Sent()[1..].ShouldBe(["m1: i,o"]);
        (await new SqliteLedgerStore(temporary.Database).GetBalanceAsync(run, default)).ShouldBe(new BudgetBalance(0.00002m, 0));
    }

    [Fact]
    public async Task A_run_is_played_again_with_vectors_that_are_forgotten_since()
    {
        var run = new BudgetAccount(BudgetLevel.Run, "run", 1m);
        var other = new BudgetAccount(BudgetLevel.Run, "other", 1m);
        await EmbedAsync("m1@fake", null, "a");
        var partly = await EmbedAsync("m1@fake", run, "a", "u");
        var known = await EmbedAsync("m1@fake", other, "u", "a");
        await new SqliteEmbeddingStore(temporary.Database, temporary.Time, most: 0).AddAsync([], default);
        var (host, sent) = (Host(), server.Requests.Count);

        foreach (var (account, texts, vectors) in new[] { (run, new[] { "a", "u" }, partly), (other, ["u", "a"], known) })
        {
            var recorded = await RecordedRun.LoadAsync(
                host.GetRequiredService<ILedgerStore>(), account.Key, host.GetRequiredService<ModelRouter>(), askNow: false, host.GetRequiredService<SecretRedaction>(), default);
            (await EmbedAsync(recorded.GetClient("m1@fake", new LedgerScope([account])), texts)).ShouldBe(vectors);
        }

        server.Requests.Count.ShouldBe(sent);
    }

    [Fact]
    public async Task What_was_not_used_for_longest_is_forgotten_first()
    {
        var store = new SqliteEmbeddingStore(temporary.Database, temporary.Time, most: 3);
        foreach (var key in new[] { "a", "b", "c" })
        {
            await store.AddAsync([KeyValuePair.Create(key, new byte[] { (byte)key[0], 0, 0, 0 })], default);
            temporary.Time.Advance(TimeSpan.FromHours(1));
        }

        var found = await store.FindAsync(["a", "x"], default);
        (found[0]![0], found[1]).ShouldBe(((byte)'a', null));
        await store.AddAsync([KeyValuePair.Create("d", new byte[4])], default);

        (await store.FindAsync(["a", "b", "c", "d"], default)).Select(vector => vector is not null).ShouldBe([true, false, true, true]);
    }

    async Task<float[][]> EmbedAsync(string model, BudgetAccount? account, params string[] texts) => await EmbedAsync(
        Host().GetRequiredService<ModelRouter>().GetClient(model, account is null ? LedgerScope.Unlimited : new LedgerScope([account])), texts);

    static async Task<float[][]> EmbedAsync(IChatClient client, string[] texts)
    {
        using var embedder = new ChatEmbedder(client);
        return [.. (await embedder.GenerateAsync(texts)).Select(embedded => embedded.Vector.ToArray())];
    }

    string[] Sent() => [.. server.Requests.Select(request => $"{request.Model}: {string.Join(',', request.Body.GetProperty("input").EnumerateArray().Select(text => text.GetString()))}")];

    ServiceProvider Host()
    {
        var settings = new Dictionary<string, string?>
        {
            ["Models:Providers:fake:BaseUrl"] = server.BaseUrl.ToString(),
            ["Models:Capabilities:m1:Output"] = "Embedding",
            ["Models:Capabilities:m2:Output"] = "Embedding",
            ["Models:Prices:m1:Input"] = "1",
            ["Models:Prices:m1:Output"] = "0",
        };
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        var host = new ServiceCollection()
            .AddLogging()
            .AddSingleton(new ModelEnvironment(_ => null))
            .AddSingleton<ILedgerStore>(new SqliteLedgerStore(temporary.Database))
            .AddSingleton<IEmbeddingStore>(new SqliteEmbeddingStore(temporary.Database, temporary.Time))
            .AddTaskBotModels(configuration)
            .BuildServiceProvider();
        hosts.Add(host);
        return host;
    }
}
