using TaskBot.Bot.Learning;

namespace TaskBot.Bot.Tests.Learning;

public sealed class OptionChooserTests
{
    static readonly string[] Variants = ["fast", "thorough", "twice"];

    readonly MemoryPreferenceStore store = new();
    readonly OptionChooser chooser;

    public OptionChooserTests() => chooser = new(store);

    [Fact]
    public async Task Nothing_known_is_nothing_preferred()
    {
        var choice = await ChooseAsync("run-1");

        choice.Probabilities.Keys.ShouldBe(Variants, ignoreOrder: true);
        choice.Probabilities.Values.Sum().ShouldBe(1, 1e-9);
        choice.Probabilities.Values.ShouldAllBe(probability => probability > 0.25 && probability < 0.45);
    }

    [Fact]
    public async Task The_same_run_chooses_the_same_and_says_why()
    {
        var first = await ChooseAsync("run-1");

        var again = await ChooseAsync("run-1");
        again.Option.ShouldBe(first.Option);
        again.Reason.ShouldBe(first.Reason);
        first.Reason.ShouldStartWith($"strictness '{first.Option}': likely to be the best with ");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task What_pleases_more_often_is_chosen_more_often_and_the_others_never_never(int seed)
    {
        var random = new Random(seed);
        for (var run = 0; run < 400; run++)
        {
            var choice = await ChooseAsync($"run-{seed}-{run}");
            var pleases = random.NextDouble() < (choice.Option == "thorough" ? 0.8 : 0.3) ? 1 : 0;
            await store.LearnAsync("acme/calculator", $"{run}", choice.Features, pleases, default);
        }

        var learnt = await ChooseAsync("after");
        learnt.Probabilities["thorough"].ShouldBeGreaterThan(0.8, $"seed {seed}");
        learnt.Probabilities.Values.ShouldAllBe(probability => probability >= OptionChooser.Exploration / Variants.Length - 1e-9, $"seed {seed}");
        store.Model.Probability(["strictness=thorough"]).ShouldBeGreaterThan(store.Model.Probability(["strictness=fast"]), $"seed {seed}");
    }

    [Fact]
    public async Task What_pleases_in_one_language_is_not_taken_for_the_other()
    {
        for (var run = 0; run < 200; run++)
        {
            foreach (var language in new[] { "python", "rust" })
            {
                var choice = await ChooseAsync($"run-{run}-{language}", $"language:{language}");
                var right = language == "python" ? "fast" : "thorough";
                await store.LearnAsync("acme/calculator", $"{run}-{language}", choice.Features, choice.Option == right ? 1 : 0, default);
            }
        }

        (await ChooseAsync("after", "language:python")).Probabilities.MaxBy(variant => variant.Value).Key.ShouldBe("fast");
        (await ChooseAsync("after", "language:rust")).Probabilities.MaxBy(variant => variant.Value).Key.ShouldBe("thorough");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void What_is_taken_back_leaves_what_the_others_taught(int seed)
    {
        var random = new Random(seed);
        var (model, lesson) = PreferenceModel.Empty.Revise(before: null, ["a", "b"], 1);
        for (var outcome = 0; outcome < 20; outcome++) model = model.Learn([random.Next(2) == 0 ? "a" : "b", "c"], random.Next(2));

        var (without, none) = model.Revise(lesson, ["a", "b"], reward: null);

        none.ShouldBeNull();
        foreach (var feature in new[] { "a", "b" }) (without.Weights[feature].Mean + lesson!.Changes[feature].Mean).ShouldBe(model.Weights[feature].Mean, 1e-9, $"seed {seed}");
        without.Weights["c"].ShouldBe(model.Weights["c"], $"seed {seed}");
        model.Revise(lesson, ["a", "b"], 1).Model.ShouldBe(model, "told again, it changes nothing");
    }

    [Fact]
    public void A_reward_is_between_nothing_and_all()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => PreferenceModel.Empty.Learn(["a"], 1.1));
        Should.Throw<ArgumentOutOfRangeException>(() => PreferenceModel.Empty.Learn(["a"], -0.1));
    }

    Task<Choice> ChooseAsync(string run, params string[] about) => chooser.ChooseAsync("acme/calculator", run, "strictness", Variants, [.. about], default);
}
