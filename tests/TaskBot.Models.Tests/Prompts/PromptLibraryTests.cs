using TaskBot.Models.Prompts;

namespace TaskBot.Models.Tests.Prompts;

public sealed class PromptLibraryTests
{
    private static readonly PromptLibrary Library = new(
        Source("repository", ("edit", "edit"), ("our-edit", "edit, python"), ("core/review", "review")),
        Source("built-in", ("core/edit", "edit"), ("core/edit-csharp", "edit, csharp"), ("core/edit-xunit", "edit, csharp, xunit"),
            ("core/csharp", "csharp"), ("core/review", "review, strict")));

    [Fact]
    public void The_most_specific_prompt_that_fits_is_chosen_and_says_why()
    {
        var library = new PromptLibrary(Source("built-in", ("a", "edit"), ("b", "edit, csharp"), ("c", "edit, csharp, xunit"), ("d", "csharp")));
        var match = library.Choose("edit", ["csharp", "windows"]).ShouldNotBeNull();
        match.Prompt.Name.ShouldBe("b");
        match.Reason.ShouldBe("b from built-in fits edit with the tags edit, csharp; preferred to a (fewer tags).");
    }

    [Fact]
    public void A_repositorys_own_prompt_wins_over_a_more_specific_one_that_ships()
    {
        var match = Library.Choose("edit", ["csharp", "xunit"]).ShouldNotBeNull();
        (match.Prompt.Name, match.Source).ShouldBe(("edit", "repository"));
        match.Reason.ShouldContain("core/edit-xunit (built-in is a weaker source)");
    }

    [Fact]
    public void A_prompt_without_the_kind_or_with_a_tag_that_does_not_hold_never_fits()
    {
        Library.Choose("plan", ["csharp"]).ShouldBeNull();
        Library.Choose("review", [])!.Prompt.Tags.ShouldBe(["review"]);
    }

    [Fact]
    public void A_name_means_the_strongest_source()
    {
        Library.Get("core/review")!.Source.ShouldBe("repository");
        Library.Get("nobody").ShouldBeNull();
        Library.Prompts.Count(prompt => prompt.Name == "core/review").ShouldBe(1);
    }

    [Fact]
    public void People_find_prompts_by_words_and_tags()
    {
        Library.Find("edit files", ["csharp"]).Select(match => match.Prompt.Name).ShouldBe(["core/edit-csharp", "core/edit-xunit"]);
        Library.Find("PYTHON", []).ShouldHaveSingleItem().Reason.ShouldBe("It has 'python'.");
        Library.Find(null, ["review"]).ShouldHaveSingleItem();
        Library.Find("nothing like that", []).ShouldBeEmpty();
    }

    [Fact]
    public void A_name_used_twice_in_one_source_is_a_problem()
    {
        PromptSource.Parse("repository", [("b.prompt.yml", File("x", "a")), ("a.prompt.yml", File("x", "a"))], out var problems);
        problems.ShouldHaveSingleItem().ToString().ShouldBe("b.prompt.yml:1: The name 'x' is also used by a.prompt.yml; choose another.");
    }

    private static PromptSource Source(string name, params (string Name, string Tags)[] prompts)
    {
        var source = PromptSource.Parse(name, prompts.Select(prompt => ($"{name}/{prompt.Name}.prompt.yml", File(prompt.Name, prompt.Tags))), out var problems);
        problems.ShouldBeEmpty();
        return source;
    }

    private static string File(string name, string tags) =>
        $"name: {name}\ntags: [{tags}]\nmessages:\n  - role: user\n    content: do it\n";
}
