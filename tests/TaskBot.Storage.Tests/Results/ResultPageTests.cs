using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;

namespace TaskBot.Storage.Tests.Results;

public sealed class ResultPageTests : IAsyncDisposable
{
    readonly TemporaryDatabase temporary = new();

    [Fact]
    public async Task Results_that_are_stored_together_come_back_as_they_were_after_reopening()
    {
        var stored = Results(300, "made");
        await temporary.Results.StoreAsync(stored, default);
        await temporary.ReopenAsync();

        var found = await FindAsync(stored);

        found.Select(result => (result!.Key, result.KeyText, result.StoredAt, result.LayerTrust)).ShouldBe(stored.Select(result => (result.Key, result.KeyText, result.StoredAt, result.LayerTrust)));
        for (var i = 0; i < found.Length; i++) found[i]!.Outputs.ShouldBe(stored[i].Outputs);
        (await CountAsync("result"), await CountAsync("result_page"), await CountAsync("result_place")).ShouldBe((0, 3, 300));
        (await temporary.Results.MeasureAsync(default)).Count.ShouldBe(300);
    }

    [Fact]
    public async Task The_newest_result_of_a_key_counts_whether_it_shares_a_row_or_not()
    {
        await temporary.Results.StoreAsync(Results(1, "first"), default);
        await temporary.Results.StoreAsync(Results(100, "second"), default);
        var shared = await FindAsync(Results(1, ""));
        await temporary.Results.StoreAsync(Results(1, "third"), default);
        var single = await FindAsync(Results(2, ""));

        shared[0]!.Outputs["out"].Content.AsText().ShouldBe("second 0");
        single.Select(result => result!.Outputs["out"].Content.AsText()).ShouldBe(["third 0", "second 1"]);
    }

    [Theory]
    [InlineData("UPDATE result_page SET results = replace(results, 'made', 'fake')")]
    [InlineData("UPDATE result_page SET results = substr(results, 1, 100)")]
    [InlineData("UPDATE result_page SET digest = x''")]
    public async Task Results_in_a_damaged_page_are_misses_with_a_warning_each_and_can_be_stored_again(string damage)
    {
        var stored = Results(40, "made");
        await temporary.Results.StoreAsync(stored, default);
        await temporary.Database.WriteAsync(connection => { connection.Statements.Run(damage); return true; }, default);

        var found = await FindAsync(stored);

        found.ShouldAllBe(result => result == null);
        temporary.ResultLog.Lines.Count.ShouldBe(40);
        await temporary.Results.StoreAsync(stored, default);
        (await FindAsync(stored)).ShouldAllBe(result => result != null);
    }

    [Fact]
    public async Task A_page_goes_when_none_of_its_results_was_used_for_longest()
    {
        await temporary.Results.StoreAsync(Results(40, "old"), default);
        temporary.Time.Advance(TimeSpan.FromHours(2));
        await temporary.Results.StoreAsync([.. Results(80, "new").Skip(40)], default);
        temporary.Time.Advance(TimeSpan.FromHours(2));
        (await FindAsync(Results(1, "")))[0].ShouldNotBeNull();
        var (_, bytes) = await temporary.Results.MeasureAsync(default);

        (await temporary.Results.PruneAsync(bytes - 1, default)).ShouldBe(40);

        (await FindAsync(Results(80, ""))).Select(result => result is not null).ShouldBe(Enumerable.Range(0, 80).Select(i => i < 40));
        (await CountAsync("result_place")).ShouldBe(40);
        (await temporary.Results.PruneAsync(0, default)).ShouldBe(40);
        (await temporary.Results.MeasureAsync(default)).ShouldBe((0, 0));
    }

    [Fact]
    public async Task An_export_holds_what_shares_rows_too()
    {
        var stored = Results(100, "made");
        await temporary.Results.StoreAsync(stored, default);
        using var stream = new MemoryStream();
        (await temporary.Results.ExportAsync(stream, default)).ShouldBe(100);
        await temporary.Results.PruneAsync(0, default);
        stream.Position = 0;

        (await temporary.Results.ImportAsync(stream, limitBytes: 1_000_000, default)).ShouldBe(100);

        (await FindAsync(stored)).ShouldAllBe(result => result != null);
    }

    async Task<NodeOutputs?[]> FindAsync(List<NodeOutputs> results) => await temporary.Results.FindAsync(results.ConvertAll(result => result.Key), default);

    Task<long> CountAsync(string table) => temporary.Database.ReadAsync(
        connection =>
        {
            var count = connection.Statements.Prepare($"SELECT count(*) FROM {table}");
            count.Step();
            var rows = count.Number(0);
            count.Reset();
            return rows;
        },
        default);

    List<NodeOutputs> Results(int count, string value) =>
    [
        .. Enumerable.Range(0, count).Select(i =>
        {
            var text = $"type core.noop 1\nattribute value {i}\n";
            var outputs = ImmutableSortedDictionary.Create<string, NodeValue>(StringComparer.Ordinal).Add("out", new($"{value} {i}", i % 2 == 0 ? Trust.Trusted : Trust.Untrusted));
            return new NodeOutputs(new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))), text, outputs, Layer: null, temporary.Time.GetUtcNow());
        }),
    ];

    public ValueTask DisposeAsync() => temporary.DisposeAsync();
}
