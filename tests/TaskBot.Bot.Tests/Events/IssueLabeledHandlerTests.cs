using TaskBot.Bot.Reports;
using TaskBot.Bot.Runs;
using TaskBot.Bot.Tests.Runs;

namespace TaskBot.Bot.Tests.Events;

public sealed class IssueLabeledHandlerTests
{
    [Fact]
    public async Task A_label_starts_one_run_however_often_it_is_told_of_and_goes()
    {
        await using var lab = await RunLab.CreateAsync();
        var issue = await lab.Forge.AddIssueAsync(lab.Repository, "add is wrong", "", "eve", ["taskbot", "bug"], default);
        var delivery = await lab.LabeledAsync(issue, "taskbot", "ada", "one");

        await lab.Dispatcher.HandleAsync(delivery, default);
        await lab.Dispatcher.HandleAsync(delivery, default);

        var run = (await lab.Runs.ListAsync(10, default)).ShouldHaveSingleItem();
        (run.Stage, run.RequestedBy, run.Request.Labels.Length).ShouldBe((RunStage.Queued, "ada", 2));
        (await lab.Forge.GetIssueAsync(lab.Repository, issue, default)).Labels.ShouldBe(["bug"]);
        (await lab.CommentAsync(run, RefusalComment.Marker)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Another_label_asks_for_nothing_and_stays()
    {
        await using var lab = await RunLab.CreateAsync();
        var issue = await lab.Forge.AddIssueAsync(lab.Repository, "add is wrong", "", "eve", ["bug"], default);

        await lab.Dispatcher.HandleAsync(await lab.LabeledAsync(issue, "bug", "ada", "one"), default);

        (await lab.Runs.ListAsync(10, default)).ShouldBeEmpty();
        (await lab.Forge.GetIssueAsync(lab.Repository, issue, default)).Labels.ShouldBe(["bug"]);
    }

    [Fact]
    public async Task Who_may_not_write_is_told_so_in_one_comment()
    {
        await using var lab = await RunLab.CreateAsync();
        var issue = await lab.Forge.AddIssueAsync(lab.Repository, "add is wrong", "", "eve", ["taskbot"], default);

        foreach (var id in new[] { "one", "two" }) await lab.Dispatcher.HandleAsync(await lab.LabeledAsync(issue, "taskbot", "eve", id), default);

        (await lab.Runs.ListAsync(10, default)).ShouldBeEmpty();
        Directory.GetFiles(Path.Combine(lab.Forge.Root, "acme", "calculator", "comments", $"{issue}"))
            .Select(File.ReadAllText).ShouldHaveSingleItem().ShouldContain("takes write permission");
        (await lab.Forge.GetIssueAsync(lab.Repository, issue, default)).Labels.ShouldBeEmpty();
    }
}
