using System.Reflection;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using TaskBot.Bot.Deliveries;
using TaskBot.Bot.Events;
using TaskBot.Bot.Forges;
using TaskBot.Bot.Tests.Nodes;
using TaskBot.Bot.Tests.Runs;

namespace TaskBot.Bot.Tests.Deliveries;

public sealed class DeliveryWorkerTests
{
    readonly MemoryDeliveryStore store = new();

    [Fact]
    public async Task Deliveries_are_handled_in_order_and_what_cannot_be_read_holds_nobody_up()
    {
        await using var lab = await RunLab.CreateAsync();
        var issue = await lab.Forge.AddIssueAsync(lab.Repository, "add is wrong", "", "eve", ["taskbot"], default);
        await store.AddAsync(new Delivery("broken", "issues", Encoding.UTF8.GetBytes("{ no json"), DateTimeOffset.UnixEpoch), default);
        await store.AddAsync(new Delivery("unknown", "something_new", Encoding.UTF8.GetBytes("{}"), DateTimeOffset.UnixEpoch), default);
        await store.AddAsync(await lab.LabeledAsync(issue, "taskbot", "ada", "good"), default);

        await WorkAsync(lab.Dispatcher);

        store.Completed.ShouldBe(["broken", "unknown", "good"]);
        (await lab.Runs.ListAsync(10, default)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_the_forge_would_not_do_is_tried_again_ever_later_and_given_up_in_the_end()
    {
        await using var lab = await RunLab.CreateAsync();
        var issue = await lab.Forge.AddIssueAsync(lab.Repository, "add is wrong", "", "eve", ["taskbot"], default);
        await store.AddAsync(await lab.LabeledAsync(issue, "taskbot", "ada", "stuck"), default);
        File.Delete(Path.Combine(lab.Forge.Root, "acme", "calculator", "forge.yml"));

        await WorkAsync(lab.Dispatcher);

        store.Completed.ShouldBeEmpty();
        store.Abandoned.Select(entry => entry.Delay?.TotalSeconds).ShouldBe([2, 4, 8, 16, 32, 64, 128, null]);
        store.Abandoned.ShouldAllBe(entry => entry.Error.Contains("There is no repository acme/calculator"));
    }

    [Fact]
    public async Task A_bug_of_ours_is_not_tried_again()
    {
        await using var lab = await RunLab.CreateAsync(_ => DispatchProxy.Create<IForge, Unreachable>());
        var issue = await lab.Forge.AddIssueAsync(lab.Repository, "add is wrong", "", "eve", ["taskbot"], default);
        await store.AddAsync(await lab.LabeledAsync(issue, "taskbot", "ada", "bug"), default);

        await WorkAsync(lab.Dispatcher);

        store.Abandoned.ShouldHaveSingleItem().Delay.ShouldBeNull();
    }

    async Task WorkAsync(EventDispatcher dispatcher)
    {
        using var worker = new DeliveryWorker(store, dispatcher, NullLogger<DeliveryWorker>.Instance);
        await worker.StartAsync(default);
        await store.Drained;
        await worker.StopAsync(default);
    }
}
