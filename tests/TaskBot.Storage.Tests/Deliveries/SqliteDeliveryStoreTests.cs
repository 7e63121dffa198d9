using System.Text;
using Dapper;
using TaskBot.Bot.Deliveries;
using TaskBot.Storage.Deliveries;

namespace TaskBot.Storage.Tests.Deliveries;

public sealed class SqliteDeliveryStoreTests : IAsyncDisposable
{
    static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);
    readonly TemporaryDatabase temporary = new();

    SqliteDeliveryStore Store => temporary.Deliveries;

    Delivery Delivery(string id, string body = """{"action":"labeled"}""") =>
        new(id, "issues", Encoding.UTF8.GetBytes(body), temporary.Time.GetUtcNow());

    [Fact]
    public async Task A_delivery_comes_back_as_it_was()
    {
        var sent = Delivery("a", new string('x', 100_000) + "ä");
        (await Store.AddAsync(sent, default)).ShouldBe(DeliveryAdmission.Accepted);

        var claimed = (await Store.ClaimAsync(Lease, default)).ShouldNotBeNull();

        claimed.Id.ShouldBe("a");
        claimed.EventName.ShouldBe("issues");
        claimed.ReceivedAt.ShouldBe(sent.ReceivedAt);
        claimed.Body.Span.SequenceEqual(sent.Body.Span).ShouldBeTrue();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(5_000_000)]
    public async Task A_delivery_comes_back_as_it_was_from_another_process(int length)
    {
        var sent = Delivery("a", new string('x', length) + "ä");
        await Store.AddAsync(sent, default);
        await temporary.ReopenAsync();

        var claimed = (await Store.ClaimAsync(Lease, default)).ShouldNotBeNull();

        claimed.Body.Span.SequenceEqual(sent.Body.Span).ShouldBeTrue();
    }

    [Fact]
    public async Task Deliveries_that_wait_longer_than_they_are_remembered_come_back_as_they_were()
    {
        var sent = Enumerable.Range(0, 12).Select(i => Delivery($"{i}", new string((char)('a' + i), 1_000_000))).ToList();
        foreach (var delivery in sent) await Store.AddAsync(delivery, default);

        var claimed = await Store.ClaimAsync(sent.Count, Lease, default);

        claimed.Select(delivery => delivery.Id).ShouldBe(sent.Select(delivery => delivery.Id));
        foreach (var (one, other) in claimed.Zip(sent)) one.Body.Span.SequenceEqual(other.Body.Span).ShouldBeTrue();
    }

    [Fact]
    public async Task Nothing_is_left_of_a_handled_delivery_s_body()
    {
        await Store.AddAsync(Delivery("a"), default);
        await Store.CompleteAsync(["a"], default);

        (await temporary.Database.ReadAsync(connection => connection.ExecuteScalar<int>("SELECT count(*) FROM delivery_body"), default)).ShouldBe(0);
    }

    [Fact]
    public async Task Deliveries_come_in_the_order_in_which_they_arrived()
    {
        foreach (var id in (string[])["c", "a", "b"]) await Store.AddAsync(Delivery(id), default);

        var order = new List<string?>();
        for (var i = 0; i < 4; i++) order.Add((await Store.ClaimAsync(Lease, default))?.Id);

        order.ShouldBe(["c", "a", "b", null]);
    }

    [Fact]
    public async Task Several_are_claimed_and_completed_together_in_the_order_in_which_they_arrived()
    {
        foreach (var id in (string[])["c", "a", "d", "b"]) await Store.AddAsync(Delivery(id), default);

        var claimed = await Store.ClaimAsync(3, Lease, default);

        claimed.Select(delivery => delivery.Id).ShouldBe(["c", "a", "d"]);
        (await Store.CountWaitingAsync(default)).ShouldBe(4);
        await Store.CompleteAsync([.. claimed.Select(delivery => delivery.Id)], default);
        (await Store.CountWaitingAsync(default)).ShouldBe(1);
        (await Store.ClaimAsync(3, Lease, default)).ShouldHaveSingleItem().Id.ShouldBe("b");
    }

    [Fact]
    public async Task An_empty_body_is_kept_as_an_empty_body()
    {
        await Store.AddAsync(Delivery("a", ""), default);

        (await Store.ClaimAsync(Lease, default)).ShouldNotBeNull().Body.Length.ShouldBe(0);
    }

    [Fact]
    public async Task The_same_id_is_a_duplicate_whether_it_waits_is_held_or_was_completed()
    {
        await Store.AddAsync(Delivery("a"), default);
        (await Store.AddAsync(Delivery("a"), default)).ShouldBe(DeliveryAdmission.Duplicate);
        await Store.ClaimAsync(Lease, default);
        (await Store.AddAsync(Delivery("a"), default)).ShouldBe(DeliveryAdmission.Duplicate);
        await Store.CompleteAsync("a", default);
        (await Store.AddAsync(Delivery("a"), default)).ShouldBe(DeliveryAdmission.Duplicate);

        (await Store.ClaimAsync(Lease, default)).ShouldBeNull();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_14_days_the_same_id_is_a_new_delivery_pruned_or_not(bool pruned)
    {
        await Store.AddAsync(Delivery("a"), default);
        await Store.ClaimAsync(Lease, default);
        await Store.CompleteAsync("a", default);

        temporary.Time.Advance(TimeSpan.FromDays(14));
        (await Store.AddAsync(Delivery("a"), default)).ShouldBe(DeliveryAdmission.Duplicate);
        temporary.Time.Advance(TimeSpan.FromMinutes(1));
        if (pruned) (await Store.PruneAsync(default)).ShouldBe(1);

        (await Store.AddAsync(Delivery("a", "again"), default)).ShouldBe(DeliveryAdmission.Accepted);
        Encoding.UTF8.GetString((await Store.ClaimAsync(Lease, default)).ShouldNotBeNull().Body.Span).ShouldBe("again");
        (await Store.CountTriesAsync("a", default)).ShouldBe(1);
    }

    [Fact]
    public async Task Pruning_forgets_what_ended_and_never_what_waits()
    {
        await Store.AddAsync(Delivery("done"), default);
        await Store.ClaimAsync(Lease, default);
        await Store.CompleteAsync("done", default);
        await Store.AddAsync(Delivery("waits"), default);
        temporary.Time.Advance(TimeSpan.FromDays(15));

        (await Store.PruneAsync(default)).ShouldBe(1);

        (await Store.AddAsync(Delivery("waits"), default)).ShouldBe(DeliveryAdmission.Duplicate);
        (await Store.ClaimAsync(Lease, default)).ShouldNotBeNull().Id.ShouldBe("waits");
    }

    [Fact]
    public async Task A_full_queue_refuses_new_deliveries_but_knows_old_ones_and_takes_more_when_there_is_room()
    {
        temporary.Options.DeliveryQueueLimit = 2;
        await Store.AddAsync(Delivery("a"), default);
        await Store.AddAsync(Delivery("b"), default);

        (await Store.AddAsync(Delivery("c"), default)).ShouldBe(DeliveryAdmission.QueueFull);
        (await Store.AddAsync(Delivery("a"), default)).ShouldBe(DeliveryAdmission.Duplicate);
        await Store.ClaimAsync(Lease, default);
        (await Store.AddAsync(Delivery("c"), default)).ShouldBe(DeliveryAdmission.QueueFull);
        await Store.CompleteAsync("a", default);

        (await Store.AddAsync(Delivery("c"), default)).ShouldBe(DeliveryAdmission.Accepted);
        (await Store.AddAsync(Delivery("d"), default)).ShouldBe(DeliveryAdmission.QueueFull);
    }

    [Fact]
    public async Task The_length_of_the_queue_is_counted_right_through_every_change()
    {
        foreach (var id in (string[])["a", "b", "c", "d"]) await Store.AddAsync(Delivery(id), default);
        for (var i = 0; i < 3; i++) await Store.ClaimAsync(Lease, default);
        await Store.CompleteAsync("a", default);
        await Store.CompleteAsync("a", default);
        await Store.AbandonAsync("b", "broken", delay: null, default);
        await Store.AbandonAsync("c", "later", TimeSpan.FromMinutes(1), default);
        temporary.Time.Advance(TimeSpan.FromDays(15));
        await Store.PruneAsync(default);

        var (counted, actual) = await temporary.Database.ReadAsync(
            connection => (connection.ExecuteScalar<int>("SELECT length FROM delivery_queue"),
                connection.ExecuteScalar<int>("SELECT count(*) FROM delivery WHERE state = 'Waiting'")),
            default);

        actual.ShouldBe(2);
        counted.ShouldBe(actual);
    }

    [Fact]
    public async Task A_held_delivery_is_due_again_when_its_lease_is_over()
    {
        await Store.AddAsync(Delivery("a"), default);
        await Store.ClaimAsync(Lease, default);

        temporary.Time.Advance(Lease - TimeSpan.FromSeconds(1));
        (await Store.ClaimAsync(Lease, default)).ShouldBeNull();
        temporary.Time.Advance(TimeSpan.FromSeconds(1));

        (await Store.ClaimAsync(Lease, default)).ShouldNotBeNull().Id.ShouldBe("a");
        (await Store.CountTriesAsync("a", default)).ShouldBe(2);
    }

    [Fact]
    public async Task An_abandoned_delivery_is_due_after_its_delay_while_others_pass()
    {
        await Store.AddAsync(Delivery("a"), default);
        await Store.AddAsync(Delivery("b"), default);
        await Store.ClaimAsync(Lease, default);
        await Store.AbandonAsync("a", "GitHub answered 502.", TimeSpan.FromSeconds(30), default);

        (await Store.ClaimAsync(Lease, default)).ShouldNotBeNull().Id.ShouldBe("b");
        (await Store.ClaimAsync(Lease, default)).ShouldBeNull();
        temporary.Time.Advance(TimeSpan.FromSeconds(30));

        (await Store.ClaimAsync(Lease, default)).ShouldNotBeNull().Id.ShouldBe("a");
    }

    [Fact]
    public async Task A_delivery_given_up_is_kept_with_its_error_and_body_and_not_handed_out()
    {
        await Store.AddAsync(Delivery("a"), default);
        await Store.ClaimAsync(Lease, default);
        await Store.AbandonAsync("a", "The handler failed five times.", delay: null, default);
        temporary.Time.Advance(TimeSpan.FromDays(1));

        (await Store.ClaimAsync(Lease, default)).ShouldBeNull();
        var (error, hasBody) = await temporary.Database.ReadAsync(
            connection => (connection.ExecuteScalar<string>("SELECT error FROM delivery WHERE id = 'a'"),
                connection.ExecuteScalar<bool>("SELECT count(*) FROM delivery JOIN delivery_body ON delivery = seq WHERE id = 'a'")),
            default);
        error.ShouldBe("The handler failed five times.");
        hasBody.ShouldBeTrue();
    }

    [Fact]
    public async Task Whoever_lost_its_lease_cannot_abandon_what_another_holds()
    {
        await using var other = temporary.OpenAnother();
        await Store.AddAsync(Delivery("a"), default);
        await Store.ClaimAsync(Lease, default);
        temporary.Time.Advance(Lease);
        (await temporary.DeliveriesOf(other).ClaimAsync(Lease, default)).ShouldNotBeNull();

        await Store.AbandonAsync("a", "too late", TimeSpan.Zero, default);

        (await Store.ClaimAsync(Lease, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Two_open_stores_never_claim_the_same_delivery()
    {
        await using var other = temporary.OpenAnother();
        for (var i = 0; i < 200; i++) await Store.AddAsync(Delivery($"{i}"), default);

        async Task<List<string>> ClaimAllAsync(SqliteDeliveryStore store)
        {
            var mine = new List<string>();
            while (await store.ClaimAsync(Lease, default) is { } claimed) mine.Add(claimed.Id);
            return mine;
        }

        var claimed = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(n => Task.Run(() => ClaimAllAsync(n % 2 == 0 ? Store : temporary.DeliveriesOf(other)))));

        claimed.SelectMany(ids => ids).Order().ShouldBe(Enumerable.Range(0, 200).Select(i => $"{i}").Order());
    }

    [Fact]
    public async Task What_a_closed_store_held_is_due_at_once()
    {
        await Store.AddAsync(Delivery("a"), default);
        await Store.ClaimAsync(Lease, default);

        await temporary.ReopenAsync();

        (await Store.ClaimAsync(Lease, default)).ShouldNotBeNull().Id.ShouldBe("a");
    }

    [Fact]
    public async Task What_a_living_store_holds_stays_held_when_another_opens()
    {
        await Store.AddAsync(Delivery("a"), default);
        await Store.ClaimAsync(Lease, default);

        await using var other = temporary.OpenAnother();

        (await temporary.DeliveriesOf(other).ClaimAsync(Lease, default)).ShouldBeNull();
    }

    [Fact]
    public async Task A_waiting_worker_wakes_when_a_delivery_arrives()
    {
        var waiting = Store.WaitAsync(default);

        await Store.AddAsync(Delivery("a"), default);

        await waiting;
    }

    [Fact]
    public async Task A_delivery_that_arrived_just_before_the_wait_wakes_too()
    {
        (await Store.ClaimAsync(Lease, default)).ShouldBeNull();
        await Store.AddAsync(Delivery("a"), default);

        await Store.WaitAsync(default);
    }

    [Fact]
    public async Task One_arrival_after_another_wakes_as_many_workers_as_there_are_deliveries()
    {
        var handled = new TaskCompletionSource();
        var count = 0;
        async Task WorkAsync(CancellationToken cancellationToken)
        {
            while (true)
            {
                // Each worker keeps what it claims until all three hold one: with fewer awake this would never end.
                if (await Store.ClaimAsync(Lease, cancellationToken) is null)
                {
                    await Store.WaitAsync(cancellationToken);
                    continue;
                }

                if (Interlocked.Increment(ref count) == 3) handled.SetResult();
                await handled.Task;
                return;
            }
        }

        var workers = Enumerable.Range(0, 3).Select(_ => Task.Run(() => WorkAsync(default))).ToArray();
        foreach (var id in (string[])["a", "b", "c"]) await Store.AddAsync(Delivery(id), default);

        await Task.WhenAll(workers);
    }

    [Fact]
    public async Task A_waiting_worker_wakes_when_an_abandoned_delivery_is_due()
    {
        await Store.AddAsync(Delivery("a"), default);
        await Store.ClaimAsync(Lease, default);
        await Store.AbandonAsync("a", "later", TimeSpan.FromSeconds(5), default);
        while (await Store.ClaimAsync(Lease, default) is null)
        {
            var waiting = Store.WaitAsync(default);
            while (!waiting.IsCompleted)
            {
                if (temporary.Time.Timers > 0) temporary.Time.Advance(TimeSpan.FromSeconds(5));
                await Task.Yield();
            }
        }

        (await Store.CountTriesAsync("a", default)).ShouldBe(2);
    }

    [Fact]
    public async Task Waiting_ends_when_it_is_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        var waiting = Store.WaitAsync(cancellation.Token);

        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(waiting);
    }

    [Theory]
    [InlineData("UPDATE delivery_body SET body = substr(body, 1, length(body) - 9) WHERE delivery = 1")]
    [InlineData("UPDATE delivery_body SET body = x'00' WHERE delivery = 1")]
    [InlineData("UPDATE delivery_body SET body = x'' WHERE delivery = 1")]
    [InlineData("DELETE FROM delivery_body WHERE delivery = 1")]
    [InlineData("UPDATE delivery_body SET body = substr(body, 1, length(body) - 4) || x'00000000' WHERE delivery = 1")]
    public async Task A_damaged_body_is_given_up_and_holds_up_nobody(string damage)
    {
        await Store.AddAsync(Delivery("a"), default);
        await Store.AddAsync(Delivery("b"), default);
        await temporary.Database.WriteAsync(connection => connection.Execute(damage), default);
        await temporary.ReopenAsync();

        (await Store.ClaimAsync(Lease, default)).ShouldNotBeNull().Id.ShouldBe("b");
        (await temporary.Database.ReadAsync(connection => connection.ExecuteScalar<string>("SELECT error FROM delivery WHERE id = 'a'"), default))
            .ShouldBe("Its stored body is damaged.");
    }

    public ValueTask DisposeAsync() => temporary.DisposeAsync();
}
