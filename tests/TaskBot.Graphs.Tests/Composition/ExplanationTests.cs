using TaskBot.Graphs.Nodes;

namespace TaskBot.Graphs.Tests.Composition;

public class ExplanationTests
{
    static string Explain(string path, string? attribute) =>
        Example.Compose(Example.FixOurBug, (Example.Acme, Example.FixBug)).Explain(NodePath.Parse(path), attribute).ToString();

    [Fact]
    public void An_attribute_shows_every_opinion_strongest_first_and_why_the_winner_won()
    {
        Explain("/fix-our-bug/implement", "timeoutMinutes").ShouldBe("""
            /fix-our-bug/implement.timeoutMinutes = 60
              * acme/tasks/fix-bug.task.yml@v3:26:42  /fix-bug{strictness=thorough}implement  60  via uses acme/tasks/fix-bug.task.yml@v3#/fix-bug > variant strictness=thorough
                acme/tasks/fix-bug.task.yml@v3:4:63  /agent-step  20  via uses acme/tasks/fix-bug.task.yml@v3#/fix-bug > extends /agent-step
              What a node extends is a base: weaker than everything else.

            """);
    }

    [Fact]
    public void A_class_of_the_outer_layer_is_shown_as_implied()
    {
        Explain("/fix-our-bug/locate", "model").ShouldBe("""
            /fix-our-bug/locate.model = "large"
              * root.task.yml:4:37  /agent-step  "large"  via extends /agent-step (implied)
                acme/tasks/fix-bug.task.yml@v3:4:37  /agent-step  "standard"  via uses acme/tasks/fix-bug.task.yml@v3#/fix-bug > extends /agent-step
              The base as the layer further out knows it is stronger than the one further in.

            """);
    }

    [Fact]
    public void A_list_shows_the_edits_that_made_it()
    {
        Explain("/fix-our-bug/open-pr", "needs").ShouldBe("""
            /fix-our-bug/open-pr.needs = ["/fix-our-bug/review","/fix-our-bug/test","/fix-our-bug/changelog"]
              * root.task.yml:11:20  /fix-our-bug/open-pr  {"append":["/fix-our-bug/changelog"],"delete":["/fix-our-bug/lint"]}
              * acme/tasks/fix-bug.task.yml@v3:15:40  /fix-bug/open-pr  {"append":["/fix-bug/test","/fix-bug/lint"]}  via uses acme/tasks/fix-bug.task.yml@v3#/fix-bug
              * acme/tasks/fix-bug.task.yml@v3:27:26  /fix-bug{strictness=thorough}open-pr  {"append":["/fix-bug/review"]}  via uses acme/tasks/fix-bug.task.yml@v3#/fix-bug > variant strictness=thorough
              Lists add: the edits are applied one after the other, weakest first.

            """);
    }

    [Fact]
    public void What_no_layer_says_is_the_type_s_default_or_nothing()
    {
        Explain("/fix-our-bug/changelog", "timeoutMinutes").ShouldBe("""
            /fix-our-bug/changelog.timeoutMinutes
              No layer says 'timeoutMinutes' of /fix-our-bug/changelog.

            """);
        Explain("/fix-our-bug/changelog", "retries").ShouldBe("""
            /fix-our-bug/changelog.retries = 2  (the node type's default)
              No layer has an opinion; this is the node type's default.

            """);
    }

    [Fact]
    public void A_node_shows_its_stack_of_layers()
    {
        Explain("/fix-our-bug", null).ShouldBe("""
            /fix-our-bug
              * root.task.yml:6:3  /fix-our-bug  "nodes"
                acme/tasks/fix-bug.task.yml@v3:6:3  /fix-bug  "nodes"  via uses acme/tasks/fix-bug.task.yml@v3#/fix-bug
                acme/tasks/fix-bug.task.yml@v3:19:9  /fix-bug{language=python}  "variant"  via uses acme/tasks/fix-bug.task.yml@v3#/fix-bug > variant language=python
                acme/tasks/fix-bug.task.yml@v3:22:9  /fix-bug{strictness=thorough}  "variant"  via uses acme/tasks/fix-bug.task.yml@v3#/fix-bug > variant strictness=thorough
              A local opinion is stronger than what is used (strength order: local, inherits, variants, uses, payload, extends).

            """);
    }
}
