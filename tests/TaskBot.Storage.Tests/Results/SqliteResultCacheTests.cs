using System.Collections.Immutable;
using Dapper;
using Microsoft.Extensions.Logging;
using TaskBot.Engine.Keys;
using TaskBot.Engine.Nodes;
using TaskBot.Engine.Results;
using TaskBot.Graphs.Values;
using TaskBot.Storage.Results;

namespace TaskBot.Storage.Tests.Results;

public sealed class SqliteResultCacheTests : IAsyncDisposable
{
    readonly TemporaryDatabase temporary = new();

    [Fact]
    public async Task A_result_comes_back_as_it_was_after_reopening()
    {
        var stored = Result(
            "k", ("text", new NodeValue("ä \" \\ \n", Trust.Untrusted)), ("number", new NodeValue(long.MaxValue, Trust.Trusted)),
            ("map", new NodeValue(TaskValue.MapOf(("b", true), ("a", TaskValue.ListOf([TaskValue.Null.Value, new TaskValue.Real(0.5)]))), Trust.Trusted)));
        stored = stored with { Layer = "tasks:\n  a: {}" };
        await temporary.Results.StoreAsync(stored, default);
        await temporary.ReopenAsync();

        var found = (await temporary.Results.FindAsync(stored.Key, default)).ShouldNotBeNull();

        found.ShouldSatisfyAllConditions(
            () => found.KeyText.ShouldBe(stored.KeyText), () => found.Layer.ShouldBe(stored.Layer), () => found.StoredAt.ShouldBe(stored.StoredAt));
        found.Outputs.ShouldBe(stored.Outputs);
        (await temporary.Results.FindAsync(new NodeKey("other"), default)).ShouldBeNull();
    }

    [Fact]
    public async Task A_large_result_is_packed_and_comes_back_whole()
    {
        var stored = Result("k", ("log", new NodeValue(string.Concat(Enumerable.Range(0, 50_000).Select(i => $"line {i}\n")), Trust.Untrusted)));
        await temporary.Results.StoreAsync(stored, default);

        (await temporary.Results.FindAsync(stored.Key, default)).ShouldNotBeNull().Outputs.ShouldBe(stored.Outputs);
        (await temporary.Database.ReadAsync(connection => connection.ExecuteScalar<long>("SELECT size_bytes FROM result"), default)).ShouldBeLessThan(250_000);
    }

    [Fact]
    public async Task Storing_again_replaces()
    {
        await temporary.Results.StoreAsync(Result("k", ("out", new NodeValue("old", Trust.Trusted))), default);
        await temporary.Results.StoreAsync(Result("k", ("out", new NodeValue("new", Trust.Trusted))), default);

        (await temporary.Results.FindAsync(new NodeKey("k"), default)).ShouldNotBeNull().Outputs["out"].Content.AsText().ShouldBe("new");
    }

    [Theory]
    [InlineData("UPDATE result SET payload = replace(payload, 'Untrusted', 'Trusted')")]
    [InlineData("UPDATE result SET payload = x''")]
    [InlineData("UPDATE result SET payload = substr(payload, 1, 20)")]
    [InlineData("UPDATE result SET stored_at = 0")]
    [InlineData("UPDATE result SET key = 'k'")]
    [InlineData("UPDATE result SET is_packed = 1")]
    public async Task A_damaged_result_is_a_miss_with_a_warning_and_can_be_stored_again(string damage)
    {
        var key = damage.Contains("key =", StringComparison.Ordinal) ? "another" : "k";
        await temporary.Results.StoreAsync(Result(key, ("out", new NodeValue("text", Trust.Untrusted))), default);
        await temporary.Database.WriteAsync(connection => connection.Execute(damage), default);

        (await temporary.Results.FindAsync(new NodeKey("k"), default)).ShouldBeNull();

        temporary.ResultLog.Lines.ShouldBe([(LogLevel.Warning, "The stored result k is damaged and counts as missing")]);
        await temporary.Results.StoreAsync(Result("k", ("out", new NodeValue("text", Trust.Untrusted))), default);
        (await temporary.Results.FindAsync(new NodeKey("k"), default)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Pruning_removes_the_longest_unused_until_the_rest_fits()
    {
        for (var i = 0; i < 1200; i++)
        {
            await temporary.Results.StoreAsync(Result($"k{i}", ("out", new NodeValue(new string('x', 1000), Trust.Trusted))), default);
            temporary.Time.Advance(TimeSpan.FromMinutes(1));
        }

        (await temporary.Results.FindAsync(new NodeKey("k0"), default)).ShouldNotBeNull();
        await temporary.ReopenAsync();
        var size = await SizeAsync();

        var removed = await temporary.Results.PruneAsync(size / 2, default);

        removed.ShouldBeInRange(595, 605);
        (await SizeAsync()).ShouldBeLessThanOrEqualTo(size / 2);
        (await temporary.Results.FindAsync(new NodeKey("k0"), default)).ShouldNotBeNull();
        (await temporary.Results.FindAsync(new NodeKey("k1"), default)).ShouldBeNull();
        (await temporary.Results.FindAsync(new NodeKey("k1199"), default)).ShouldNotBeNull();
        (await temporary.Results.PruneAsync(size / 2, default)).ShouldBe(0);
    }

    [Fact]
    public async Task A_large_result_is_a_file_and_a_damaged_or_lost_file_is_a_miss_with_a_warning()
    {
        var stored = Result("k", ("log", new NodeValue(Noise(), Trust.Trusted)));
        await temporary.Results.StoreAsync(stored, default);
        await temporary.Results.StoreAsync(stored with { StoredAt = stored.StoredAt.AddHours(1) }, default);
        var file = Directory.GetFiles(Blobs).ShouldHaveSingleItem("equal payloads are one file");
        (await temporary.Results.FindAsync(stored.Key, default)).ShouldNotBeNull().Outputs.ShouldBe(stored.Outputs);
        var whole = SqliteResultCache.StampOf(temporary.Database.Path);

        await File.AppendAllTextAsync(file, "x");

        SqliteResultCache.StampOf(temporary.Database.Path).ShouldNotBe(whole);
        (await temporary.Results.FindAsync(stored.Key, default)).ShouldBeNull();
        File.Delete(file);
        (await temporary.Results.FindAsync(stored.Key, default)).ShouldBeNull();
        temporary.ResultLog.Lines.Count.ShouldBe(2);
        await temporary.Results.StoreAsync(stored, default);
        (await temporary.Results.FindAsync(stored.Key, default)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Pruning_takes_the_file_of_a_result_with_it()
    {
        await temporary.Results.StoreAsync(Result("k", ("log", new NodeValue(Noise(), Trust.Trusted))), default);

        (await temporary.Results.PruneAsync(0, default)).ShouldBe(1);

        Directory.GetFiles(Blobs).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_living_run_stored_or_used_stays_until_it_ends()
    {
        await temporary.Results.StoreAsync(Result("old", ("out", new NodeValue("x", Trust.Trusted))), default);
        await temporary.Results.StoreAsync(Result("used", ("out", new NodeValue("x", Trust.Trusted))), default);
        temporary.Time.Advance(TimeSpan.FromMinutes(1));
        await using (await temporary.Results.HoldAsync(default))
        {
            temporary.Time.Advance(TimeSpan.FromMinutes(1));
            await temporary.Results.StoreAsync(Result("new", ("out", new NodeValue("x", Trust.Trusted))), default);
            (await temporary.Results.FindAsync([new NodeKey("used"), new NodeKey("none")], default)).Select(found => found is not null).ShouldBe([true, false]);

            (await temporary.Results.PruneAsync(0, default)).ShouldBe(1);
            (await temporary.Results.FindAsync([new NodeKey("old"), new NodeKey("used"), new NodeKey("new")], default)).Select(found => found is not null).ShouldBe([false, true, true]);
        }

        (await temporary.Results.PruneAsync(0, default)).ShouldBe(2);
    }

    [Fact]
    public async Task What_a_pin_refers_to_stays_until_the_run_has_it_no_more()
    {
        await temporary.Results.StoreAsync([.. Enumerable.Range(0, 300).Select(n => Small(n))], default);
        await temporary.Results.StoreAsync(Result("alone", ("out", new NodeValue(Noise(), Trust.Trusted))), default);
        HashSet<NodeKey> pinned = [Small(7).Key, new("alone"), new("not there")];
        await temporary.Results.PinAsync(new("one"), pinned, default);
        await temporary.Results.PinAsync(new("two"), pinned, default);
        await temporary.ReopenAsync();
        temporary.Time.Advance(TimeSpan.FromDays(400));
        await temporary.Results.PruneAsync(0, default);
        await temporary.Results.PinAsync(new("one"), new HashSet<NodeKey>(), default);
        await temporary.Results.PruneAsync(0, default);

        // What shares a page with it stays with it.
        (await temporary.Results.FindAsync([Small(7).Key, new("alone"), Small(250).Key], default)).Select(found => found is not null).ShouldBe([true, true, false]);
        await temporary.Results.PinAsync(new("two"), new HashSet<NodeKey> { new("alone") }, default);
        await temporary.Results.PruneAsync(0, default);
        (await temporary.Results.FindAsync([Small(7).Key, new("alone")], default)).Select(found => found is not null).ShouldBe([false, true]);

        NodeOutputs Small(int n) =>
            Result("", ("out", new NodeValue(n, Trust.Trusted))) with { Key = new(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes(n)))) };
    }

    [Fact]
    public async Task An_export_takes_in_no_result_under_the_key_of_another_and_none_beyond_the_limit()
    {
        const string Text = "type command 1\n";
        var key = new NodeKey(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("type command 1\n"u8)));
        await temporary.Results.StoreAsync(Result("forged", ("out", new NodeValue("x", Trust.Trusted))), default);
        await temporary.Results.StoreAsync(Result("k", ("out", new NodeValue("x", Trust.Trusted))) with { Key = key, KeyText = Text }, default);
        using var stream = new MemoryStream();
        (await temporary.Results.ExportAsync(stream, default)).ShouldBe(2);
        await temporary.Results.PruneAsync(0, default);

        stream.Position = 0;
        (await temporary.Results.ImportAsync(stream, limitBytes: 10, default)).ShouldBe(0);
        stream.Position = 0;
        (await temporary.Results.ImportAsync(stream, limitBytes: 1_000_000, default)).ShouldBe(1);
        (await temporary.Results.FindAsync(key, default)).ShouldNotBeNull().KeyText.ShouldBe(Text);
        await Should.ThrowAsync<InvalidDataException>(() => temporary.Results.ImportAsync(new MemoryStream(stream.ToArray()[..40]), 1_000_000, default));
    }

    string Blobs => $"{temporary.Database.Path}-blobs";

    /// <summary>Text that does not pack.</summary>
    static string Noise()
    {
        var bytes = new byte[100_000];
        new Random(1).NextBytes(bytes);
        return Convert.ToBase64String(bytes);
    }

    public ValueTask DisposeAsync() => temporary.DisposeAsync();

    Task<long> SizeAsync() => temporary.Database.ReadAsync(connection => connection.ExecuteScalar<long>("SELECT sum(size_bytes) FROM result"), default);

    NodeOutputs Result(string key, params (string Name, NodeValue Value)[] outputs) => new(
        new NodeKey(key), $"type: command\nattribute run: {key}",
        outputs.ToImmutableSortedDictionary(output => output.Name, output => output.Value, StringComparer.Ordinal), Layer: null, temporary.Time.GetUtcNow());
}
