namespace TaskBot.Storage.Tests.Outbox;

public sealed class SqliteOutboxStoreTests : IAsyncDisposable
{
    readonly TemporaryDatabase temporary = new();

    [Fact]
    public async Task An_effect_gives_its_result_once_it_was_confirmed_also_after_reopening()
    {
        (await temporary.Outbox.IntendAsync("comment/1", default)).ShouldBeNull();
        (await temporary.Outbox.IntendAsync("comment/1", default)).ShouldBeNull();
        await temporary.Outbox.ConfirmAsync("comment/1", "id 5", default);
        await temporary.ReopenAsync();

        (await temporary.Outbox.IntendAsync("comment/1", default)).ShouldBe("id 5");
        (await temporary.Outbox.IntendAsync("comment/2", default)).ShouldBeNull();
    }

    [Fact]
    public async Task A_second_confirmation_replaces_the_first()
    {
        await temporary.Outbox.ConfirmAsync("a", "one", default);
        await temporary.Outbox.ConfirmAsync("a", "", default);

        (await temporary.Outbox.IntendAsync("a", default)).ShouldBe("");
    }

    public ValueTask DisposeAsync() => temporary.DisposeAsync();
}
