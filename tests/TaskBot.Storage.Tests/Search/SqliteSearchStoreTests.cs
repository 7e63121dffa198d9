using System.Security.Cryptography;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Storage.Search;
using TaskBot.Workspaces.Search;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Storage.Tests.Search;

public sealed class SqliteSearchStoreTests : IAsyncDisposable
{
    readonly TemporaryDatabase temporary = new();
    readonly SqliteSearchStore store;

    public SqliteSearchStoreTests() => store = new SqliteSearchStore(temporary.Database, temporary.Time, NullLogger<SqliteSearchStore>.Instance);

    public ValueTask DisposeAsync() => temporary.DisposeAsync();

    [Fact]
    public async Task What_was_saved_is_given_back_to_the_byte()
    {
        var bytes = RandomNumberGenerator.GetBytes(2_500_000);
        await SaveAsync("a", Tree(1), [1, 2, 3], bytes);

        var index = (await store.FindAsync("a", Tree(1), default)).ShouldNotBeNull();
        index.Tree.ShouldBe(Tree(1));
        index.Parts.Single().Alive.ToArray().ShouldBe([1, 2, 3]);
        (await store.ReadSegmentAsync(index.Parts.Single().Segment, default)).ShouldBe(bytes);
    }

    [Fact]
    public async Task Of_an_unknown_tree_the_last_saved_index_of_its_repository_is_given()
    {
        await SaveAsync("a", Tree(1), [1], [1]);
        temporary.Time.Advance(TimeSpan.FromSeconds(1));
        await SaveAsync("a", Tree(2), [2], [2]);
        await SaveAsync("b", Tree(3), [3], [3]);

        (await store.FindAsync("a", Tree(9), default))!.Tree.ShouldBe(Tree(2));
        (await store.FindAsync("a", Tree(1), default))!.Tree.ShouldBe(Tree(1));
        (await store.FindAsync("c", Tree(1), default)).ShouldBeNull();
    }

    [Fact]
    public async Task The_last_eight_are_kept_with_their_segments_and_no_others()
    {
        for (var i = 1; i <= 12; i++)
        {
            await SaveAsync("a", Tree(i), [1], [(byte)i]);
            temporary.Time.Advance(TimeSpan.FromSeconds(1));
        }

        (await temporary.Database.ReadAsync(connection => connection.ExecuteScalar<long>("SELECT count(*) FROM search_index"), default)).ShouldBe(8);
        (await temporary.Database.ReadAsync(connection => connection.ExecuteScalar<long>("SELECT count(*) FROM search_index_part"), default)).ShouldBe(8);
        (await temporary.Database.ReadAsync(connection => connection.ExecuteScalar<long>("SELECT count(*) FROM search_segment"), default)).ShouldBe(8);
        (await store.ReadSegmentAsync(Id([1]), default)).ShouldBeNull();
        (await store.ReadSegmentAsync(Id([12]), default)).ShouldBe([12]);
    }

    [Fact]
    public async Task The_last_saved_history_of_a_repository_is_given_back()
    {
        var head = new CommitId(3.ToString("x40"));
        await store.SaveHistoryAsync("a", new StoredHistory(1, new CommitId(2.ToString("x40")), []), default);
        await store.SaveHistoryAsync("a", new StoredHistory(7, head, [new PastChange(["cart", "été"], ["src/a b.cs"])]), default);

        var history = (await store.FindHistoryAsync("a", default)).ShouldNotBeNull();
        (history.Format, history.Head).ShouldBe((7, head));
        history.Changes.Single().Terms.ShouldBe(["cart", "été"]);
        history.Changes.Single().Files.ShouldBe(["src/a b.cs"]);
        (await store.FindHistoryAsync("b", default)).ShouldBeNull();
    }

    [Fact]
    public async Task A_damaged_segment_counts_as_gone()
    {
        await SaveAsync("a", Tree(1), [1], [1, 2, 3]);
        await temporary.Database.WriteAsync(connection => connection.Execute("UPDATE search_segment SET bytes = x'010204'"), default);

        (await store.ReadSegmentAsync(Id([1, 2, 3]), default)).ShouldBeNull();
    }

    Task SaveAsync(string repository, TreeId tree, byte[] alive, byte[] segment) => store.SaveAsync(
        repository, new StoredIndex(tree, [(Id(segment), alive)]), new Dictionary<string, ReadOnlyMemory<byte>> { [Id(segment)] = segment }, default);

    static string Id(byte[] segment) => Convert.ToHexStringLower(SHA256.HashData(segment));

    static TreeId Tree(int number) => new(number.ToString("x40"));
}
