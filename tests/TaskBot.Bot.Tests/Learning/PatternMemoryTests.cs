using System.Collections.Immutable;
using TaskBot.Bot.Learning;
using TaskBot.Bot.Projects;
using TaskBot.Testing;

namespace TaskBot.Bot.Tests.Learning;

public sealed class PatternMemoryTests
{
    const string Repository = "acme/calculator";

    readonly FakeTimeProvider time = new(DateTimeOffset.UnixEpoch.AddDays(1000));
    readonly MemoryPatternStore store = new();
    readonly PatternMemory memory;

    public PatternMemoryTests() => memory = new(store, time);

    [Fact]
    public async Task A_similar_request_is_shown_what_worked_and_what_to_avoid_and_another_is_not()
    {
        await LearnAsync(Lesson(PatternKind.Solution, "parseDate fails on leap years", "Changed src/dates.py."));
        await LearnAsync(Lesson(PatternKind.Failure, "Wrong date for leap years", "The timezone was forgotten."));
        await LearnAsync(Lesson(PatternKind.Solution, "Add a dark theme", "Changed style.css."));

        var recalled = await RecallAsync("parse a date in a leap year");

        recalled.Select(pattern => pattern.Title).ShouldBe(["parseDate fails on leap years", "Wrong date for leap years"]);
        (await RecallAsync("Upgrade the compiler")).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_helped_comes_before_what_hurt_and_what_keeps_hurting_is_forgotten()
    {
        var good = Lesson(PatternKind.Solution, "Rounding of totals is wrong", "Use decimal.");
        var bad = Lesson(PatternKind.Solution, "Rounding of totals in reports", "Use float rounding.");
        await LearnAsync(good);
        await LearnAsync(bad);
        for (var i = 0; i < 3; i++)
        {
            await memory.LearnAsync([Repository], null, [good.Id], endedWell: true, default);
            await memory.LearnAsync([Repository], null, [bad.Id], endedWell: false, default);
        }

        (await RecallAsync("rounding totals")).Select(pattern => pattern.Id).ShouldBe([good.Id, bad.Id]);
        for (var i = 0; i < 8; i++) await memory.LearnAsync([Repository], null, [bad.Id], endedWell: false, default);
        (await RecallAsync("rounding totals")).Select(pattern => pattern.Id).ShouldBe([good.Id]);
    }

    [Fact]
    public async Task A_lesson_that_nobody_needs_fades_away()
    {
        await LearnAsync(Lesson(PatternKind.Solution, "Old printer driver", "Changed driver.c."));
        time.Advance(TimeSpan.FromDays(365));

        await LearnAsync(Lesson(PatternKind.Solution, "Something else", "Changed other.c."));

        (await store.ListAsync(Repository, default)).Select(pattern => pattern.Title).ShouldBe(["Something else"]);
    }

    [Fact]
    public async Task The_same_lesson_learnt_again_is_one_lesson_with_both_records()
    {
        var first = Lesson(PatternKind.Solution, "Totals are rounded down", "Changed src/totals.py to use decimal rounding.");
        await LearnAsync(first);
        await memory.LearnAsync([Repository], null, [first.Id], endedWell: true, default);
        time.Advance(TimeSpan.FromDays(1));

        await LearnAsync(Lesson(PatternKind.Solution, "Totals are rounded down again", "Changed src/totals.py to use decimal rounding."));

        var only = (await store.ListAsync(Repository, default)).ShouldHaveSingleItem();
        only.Title.ShouldBe("Totals are rounded down again");
        only.Helped.ShouldBe(1);
    }

    [Fact]
    public async Task A_memory_never_grows_beyond_its_bound()
    {
        var many = Enumerable.Range(0, PatternMemory.MaxPatterns).Select(i => Lesson(PatternKind.Failure, $"Request {Word(i)}", $"Lesson {Word(i * 7)}")).ToList();
        await store.ChangeAsync(many, [], default);

        await LearnAsync(Lesson(PatternKind.Solution, "A new one", "Changed new.c.") with { Helped = 1 });

        var kept = await store.ListAsync(Repository, default);
        kept.Length.ShouldBe(PatternMemory.MaxPatterns);
        kept.ShouldContain(pattern => pattern.Title == "A new one");
    }

    [Fact]
    public void A_repository_reads_its_own_memory_unless_it_shares_or_keeps_none()
    {
        PatternMemory.ScopesOf(Repository, MemorySharing.Repository).ShouldBe([Repository]);
        PatternMemory.ScopesOf(Repository, MemorySharing.Owner).ShouldBe([Repository, "acme"]);
        PatternMemory.ScopesOf(Repository, MemorySharing.Off).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_learnt_while_a_run_goes_on_is_not_shown_to_it()
    {
        var asked = time.GetUtcNow();
        time.Advance(TimeSpan.FromMinutes(1));
        await LearnAsync(Lesson(PatternKind.Solution, "Totals", "Changed totals.py."));

        (await memory.KnownAsync([Repository], asked, default)).ShouldBeEmpty();
        time.Advance(TimeSpan.FromMinutes(1));
        (await memory.KnownAsync([Repository], time.GetUtcNow(), default)).ShouldHaveSingleItem();
    }

    Pattern Lesson(PatternKind kind, string title, string lesson) => new(Repository, kind, title, lesson, [], time.GetUtcNow());

    Task LearnAsync(Pattern lesson) => memory.LearnAsync([Repository], lesson, [], endedWell: true, default);

    async Task<ImmutableArray<Pattern>> RecallAsync(string request) =>
        PatternMemory.Recall(await memory.KnownAsync([Repository], time.GetUtcNow().AddSeconds(1), default), request, time.GetUtcNow(), limit: 4);

    static string Word(int number) => string.Concat(number.ToString("D4", System.Globalization.CultureInfo.InvariantCulture).Select(digit => (char)('a' + (digit - '0'))));
}
