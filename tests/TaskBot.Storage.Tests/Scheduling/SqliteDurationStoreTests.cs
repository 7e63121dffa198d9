using TaskBot.Engine.Scheduling;
using TaskBot.Graphs.Nodes;
using TaskBot.Storage.Scheduling;

namespace TaskBot.Storage.Tests.Scheduling;

public sealed class SqliteDurationStoreTests : IAsyncDisposable
{
    readonly TemporaryDatabase temporary = new();

    [Fact]
    public async Task The_newest_five_durations_of_each_node_of_a_repository_are_remembered()
    {
        var store = new SqliteDurationStore(temporary.Database);
        for (var seconds = 1; seconds <= 7; seconds++) await store.AddAsync("acme/a", [Took("/t/x", seconds), Took("/t/y", 2 * seconds)], default);
        await store.AddAsync("acme/b", [Took("/t/x", 100)], default);
        await temporary.ReopenAsync();

        var known = await new SqliteDurationStore(temporary.Database).ReadAsync("Acme/A", default);
        known.Where(duration => duration.Node.Name == "x").ShouldBe([Took("/t/x", 3), Took("/t/x", 4), Took("/t/x", 5), Took("/t/x", 6), Took("/t/x", 7)]);
        known.Count.ShouldBe(10);
    }

    static NodeDuration Took(string node, int seconds) => new(NodePath.Parse(node), "command", TimeSpan.FromSeconds(seconds));

    public ValueTask DisposeAsync() => temporary.DisposeAsync();
}
