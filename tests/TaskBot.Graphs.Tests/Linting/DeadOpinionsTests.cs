using TaskBot.Graphs.Layers;
using TaskBot.Graphs.Linting;

namespace TaskBot.Graphs.Tests.Linting;

public class DeadOpinionsTests
{
    static string[] Lint(string text) => [.. TaskLint.Check(TaskLayer.Parse("a.yml", text), Example.Composer()).Select(problem => problem.ToString())];

    [Fact]
    public void A_value_beside_the_variant_set_beats_all_its_variants()
    {
        Lint("""
            taskbot: 1
            nodes:
              t:
                type: agent
                select: { speed: slow }
                timeoutMinutes: 20
                variants:
                  speed:
                    slow: { timeoutMinutes: 60 }
                    fast: { prompt: Be quick. }
            """).ShouldBe([
            "a.yml:9:17: 'timeoutMinutes' of /t{speed=slow} in the variant speed=slow has no effect: the value beside the variants on line 6 is stronger than any variant. Move the default on line 6 into what the node extends, or into each variant."
        ]);
    }

    [Fact]
    public void An_inherited_value_beats_a_variant_of_the_branch_above()
    {
        Lint("""
            taskbot: 1
            default: t
            classes: { policy: { timeoutMinutes: 20 } }
            nodes:
              t:
                nodes: { a: { type: agent, inherits: /policy } }
                variants: { speed: { slow: { over: { a: { timeoutMinutes: 60 } } } } }
            """).ShouldBe([
            "a.yml:7:47: 'timeoutMinutes' of /t{speed=slow}a in the variant speed=slow has no effect: the inherited /policy on line 3 is stronger than any variant. Move the default on line 3 into what the node extends, or into each variant."
        ]);
    }

    [Fact]
    public void A_list_that_replaces_beats_what_a_variant_adds()
    {
        Lint("""
            taskbot: 1
            nodes:
              t:
                nodes: { a: { type: shell }, b: { type: shell }, c: { type: shell, needs: { set: [a] } } }
                variants: { more: { yes: { over: { c: { needs: [b] } } } } }
            """).Single().ShouldContain("write a list that adds instead of one that replaces");
    }

    [Fact]
    public void Overriding_what_is_extended_or_added_to_is_no_mistake()
    {
        Lint(Example.FixBug).ShouldBeEmpty();
    }
}
