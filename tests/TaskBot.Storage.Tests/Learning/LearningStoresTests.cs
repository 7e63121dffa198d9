using TaskBot.Bot.Learning;
using TaskBot.Storage.Learning;

namespace TaskBot.Storage.Tests.Learning;

public sealed class LearningStoresTests : IAsyncDisposable
{
    readonly TemporaryDatabase temporary = new();

    [Fact]
    public async Task A_pattern_is_kept_as_it_was_also_after_reopening_and_removed_when_it_is_forgotten()
    {
        var pattern = new Pattern("acme/calculator", PatternKind.Failure, "Title", "Lesson", ["a.py", "b.py"], temporary.Time.GetUtcNow()) { Helped = 2, Hurt = 0.5 };
        await new SqlitePatternStore(temporary.Database).ChangeAsync([pattern], [], default);
        await temporary.ReopenAsync();

        var kept = (await new SqlitePatternStore(temporary.Database).ListAsync("Acme/Calculator", default)).ShouldHaveSingleItem();
        kept.ShouldBe(pattern with { Files = kept.Files });
        kept.Files.ShouldBe(pattern.Files);
        (await new SqlitePatternStore(temporary.Database).ListAsync("acme/other", default)).ShouldBeEmpty();

        await new SqlitePatternStore(temporary.Database).ChangeAsync([pattern with { Helped = 3 }], [], default);
        (await new SqlitePatternStore(temporary.Database).ListAsync("acme/calculator", default)).ShouldHaveSingleItem().Helped.ShouldBe(3);
        await new SqlitePatternStore(temporary.Database).ChangeAsync([], [pattern], default);
        (await new SqlitePatternStore(temporary.Database).ListAsync("acme/calculator", default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_outcome_is_learnt_from_once_however_often_it_is_told()
    {
        var store = new SqlitePreferenceStore(temporary.Database, temporary.Time);
        await store.LearnAsync("acme/calculator", "run-1/merged", ["a", "b"], 1, default);
        await store.LearnAsync("acme/calculator", "run-1/merged", ["a", "b"], 1, default);

        var once = PreferenceModel.Empty.Learn(["a", "b"], 1);
        var kept = await store.ReadAsync("acme/calculator", default);
        kept.Weights.ShouldBe(once.Weights, ignoreOrder: true);
        (await store.ReadAsync("acme/other", default)).Weights.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_told_last_counts_also_after_reopening_and_can_be_taken_back()
    {
        var store = new SqlitePreferenceStore(temporary.Database, temporary.Time);
        await store.LearnAsync("acme/calculator", "run-1/reaction:ada", ["a", "b"], 1, default);
        await temporary.ReopenAsync();
        store = new SqlitePreferenceStore(temporary.Database, temporary.Time);
        await store.LearnAsync("acme/calculator", "run-1/reaction:ada", ["a", "b"], 0, default);

        var (first, lesson) = PreferenceModel.Empty.Revise(before: null, ["a", "b"], 1);
        (await store.ReadAsync("acme/calculator", default)).Weights.ShouldBe(first.Revise(lesson, ["a", "b"], 0).Model.Weights, ignoreOrder: true);

        await store.LearnAsync("acme/calculator", "run-1/reaction:ada", ["a", "b"], reward: null, default);
        (await store.ReadAsync("acme/calculator", default)).Weights.Values.ShouldAllBe(weight => Math.Abs(weight.Mean) < 1e-9 && Math.Abs(weight.Precision - 1) < 1e-9);
    }

    [Fact]
    public async Task What_is_learnt_at_the_same_time_is_all_learnt()
    {
        var store = new SqlitePreferenceStore(temporary.Database, temporary.Time);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => store.LearnAsync("acme/calculator", $"run-{i}", ["a"], 1, default).AsTask()));

        var expected = Enumerable.Range(0, 50).Aggregate(PreferenceModel.Empty, (model, _) => model.Learn(["a"], 1));
        (await store.ReadAsync("acme/calculator", default)).Weights["a"].ShouldBe(expected.Weights["a"]);
    }

    public ValueTask DisposeAsync() => temporary.DisposeAsync();
}
