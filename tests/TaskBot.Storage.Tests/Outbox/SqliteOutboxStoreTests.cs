using TaskBot.Engine.Outbox;

namespace TaskBot.Storage.Tests.Outbox;

public sealed class SqliteOutboxStoreTests : IAsyncDisposable
{
    static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);

    static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

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

    [Fact]
    public async Task An_effect_is_held_by_one_until_its_lease_is_over()
    {
        var first = (await IntendAsync()).ShouldBeOfType<EffectIntent.Ours>();
        first.WasTried.ShouldBeFalse();
        (await IntendAsync()).ShouldBe(new EffectIntent.Theirs(temporary.Time.GetUtcNow() + Lease));
        temporary.Time.Advance(Lease);

        var second = (await IntendAsync()).ShouldBeOfType<EffectIntent.Ours>();
        second.WasTried.ShouldBeTrue();
        await temporary.Outbox.ReleaseAsync("a", first.Holder, TimeSpan.Zero, default);
        (await IntendAsync()).ShouldBeOfType<EffectIntent.Theirs>();
        await temporary.Outbox.ReleaseAsync("a", second.Holder, TimeSpan.Zero, default);
        (await IntendAsync()).ShouldBeOfType<EffectIntent.Ours>();
    }

    [Fact]
    public async Task What_a_process_that_died_held_settles_and_is_tried_again()
    {
        await IntendAsync();
        await temporary.ReopenAsync();

        (await IntendAsync()).ShouldBe(new EffectIntent.Theirs(temporary.Time.GetUtcNow() + Settling));
        temporary.Time.Advance(Settling);
        (await IntendAsync()).ShouldBeOfType<EffectIntent.Ours>().WasTried.ShouldBeTrue();
    }

    ValueTask<EffectIntent> IntendAsync() => temporary.Outbox.IntendAsync("a", Lease, Settling, default);

    public ValueTask DisposeAsync() => temporary.DisposeAsync();
}
