using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Problems;


namespace TaskBot.Graphs.Tests.Composition;

public class TaskComposerTests
{
    [Fact]
    public void A_referenced_task_is_varied_and_edited_without_being_copied()
    {
        var composition = Example.Compose(Example.FixOurBug, (Example.Acme, Example.FixBug));

        composition.Problems.ShouldBeEmpty();
        var graph = composition.Graph.ShouldNotBeNull();
        string Line(string name)
        {
            var node = graph[NodePath.Parse("/fix-our-bug/" + name)];
            var values = new[] { "model", "timeoutMinutes", "run", "prompt" }.Where(node.Attributes.ContainsKey).Select(key => $"{key}: {node.Attributes[key]}");
            return string.Join(", ", [$"type: {node.Type}", .. values, $"needs: [{string.Join(", ", node.Needs.Select(need => need.Name))}]"]);
        }

        Line("reproduce").ShouldBe("type: agent, model: large, timeoutMinutes: 20, prompt: Write a failing pytest under tests/regressions/ that shows the bug., needs: []");
        Line("locate").ShouldBe("type: agent, model: large, timeoutMinutes: 20, prompt: Find the cause. Do not edit files., needs: [reproduce]");
        Line("implement").ShouldBe("type: agent, model: large, timeoutMinutes: 60, prompt: Make the smallest change that fixes the cause., needs: [locate]");
        Line("test").ShouldBe("type: shell, run: pytest -q, needs: [implement]");
        Line("lint").ShouldBe("type: shell, run: ruff check ., needs: [implement]");
        Line("review").ShouldBe("type: agent, model: large, timeoutMinutes: 20, prompt: Review the diff against the issue. List defects only., needs: [test]");
        Line("open-pr").ShouldBe("type: pull-request, needs: [review, test, changelog]");
        Line("changelog").ShouldBe("type: agent, model: large, prompt: Add one line to CHANGELOG.md., needs: [implement]");
    }

    static Problem Single(string root, params (string Name, string Text)[] others)
    {
        var composition = Example.Compose(root, others);
        composition.Graph.ShouldBeNull();
        return composition.Problems.ShouldHaveSingleItem();
    }

    [Fact]
    public void An_override_of_nothing_is_an_error_that_names_the_nearest_node()
    {
        var problem = Single("""
            taskbot: 1
            nodes:
              t:
                nodes: { test: { type: shell } }
                over: { tset: { run: make } }
            """);

        problem.ToString().ShouldBe("root.task.yml:5:13: 'over' changes /t/tset, but nothing defines that node. Did you mean 'test'? Write it under 'nodes:' if it is new.");
    }

    [Fact]
    public void Edges_to_missing_and_inactive_nodes_are_errors()
    {
        var composition = Example.Compose("""
            taskbot: 1
            nodes:
              t:
                nodes:
                  a: { type: shell, needs: [b, off, off/inner] }
                  bb: { type: shell, needs: [/elsewhere] }
                  off: { active: false, nodes: { inner: { type: shell } } }
            """);

        composition.Problems.Select(problem => problem.ToString()).ShouldBe(
        [
            "root.task.yml:5:33: Here /t/a needs /t/b, and there is no such node. Did you mean 'bb'?",
            "root.task.yml:5:36: Here /t/a needs /t/off, which is not active (root.task.yml:7:22). Delete the edge, or activate /t/off.",
            "root.task.yml:5:41: Here /t/a needs /t/off/inner, which is not active (root.task.yml:7:22). Delete the edge, or activate /t/off.",
            "root.task.yml:6:34: Here /t/bb needs /elsewhere, which is not part of /t. Name a node below /t.",
        ]);
    }

    [Fact]
    public void A_cycle_is_found_through_branches_and_connections()
    {
        var composition = Example.Compose("""
            taskbot: 1
            nodes:
              t:
                nodes:
                  branch: { needs: [publish], nodes: { edit: { type: agent } } }
                  publish: { type: pull-request, inputs: { patch: { from: branch/edit.patch } } }
                  alone: { type: shell, needs: [alone] }
            """);

        composition.Problems.Select(problem => problem.Kind).ShouldBe(["cycle", "cycle"]);
        composition.Problems[0].Message.ShouldBe("These nodes wait for each other: /t/branch -> /t/publish -> /t/branch/edit -> /t/branch.");
        composition.Problems[1].ToString().ShouldBe("root.task.yml:7:37: These nodes wait for each other: /t/alone -> /t/alone. Remove this edge.");
    }

    [Fact]
    public void Attributes_are_checked_against_the_node_type()
    {
        var composition = Example.Compose("""
            taskbot: 1
            nodes:
              t:
                nodes:
                  a: { type: agnet }
                  b: { type: agent, promt: x, model: huge, timeoutMinutes: soon }
                  c: {}
            """);

        composition.Problems.Select(problem => problem.ToString()).ShouldBe(
        [
            "root.task.yml:5:18: There is no node type 'agnet'. Did you mean 'agent'?",
            "root.task.yml:6:25: A node of type 'agent' has no attribute 'promt'. Did you mean 'prompt'?",
            "root.task.yml:6:42: 'model' cannot be 'huge'. Write one of: standard, large.",
            "root.task.yml:6:64: 'timeoutMinutes' is a number, and here stands a text. The node is stopped and failed after this long.",
            "root.task.yml:7:7: The node /t/c has no type. Write 'type:' with one of: agent, graph, pull-request, shell.",
        ]);
    }

    [Fact]
    public void Connections_are_checked_against_outputs_and_inputs()
    {
        var composition = Example.Compose("""
            taskbot: 1
            nodes:
              t:
                nodes:
                  edit: { type: agent }
                  a: { type: pull-request, inputs: { patch: { from: edit.ptach } } }
                  b: { type: pull-request, inputs: { pacth: { from: edit.patch } } }
                  c: { type: pull-request, inputs: { patch: { from: /t.tags } } }
                  d: { type: pull-request, inputs: { patch: { from: /t.description } } }
            """);

        composition.Problems.Select(problem => problem.ToString()).ShouldBe(
        [
            "root.task.yml:6:57: /t/edit, of type 'agent', has no output 'ptach'. Did you mean 'patch'?",
            "root.task.yml:7:42: The node /t/b of type 'pull-request' has no input 'pacth'. Did you mean 'patch'?",
            "root.task.yml:8:57: 'tags' of /t is a list, and the input 'patch' of /t/c is a text. Connect an output of that kind.",
        ]);
    }

    [Fact]
    public void Unknown_variant_sets_and_variants_are_errors_with_the_options()
    {
        var composition = Example.Compose("""
            taskbot: 1
            nodes:
              t:
                select: { language: cobol, strictnes: fast }
                variants: { language: { csharp: {}, python: {} }, strictness: { fast: {} } }
                nodes: { a: { type: shell } }
            """);

        composition.Problems.Select(problem => problem.ToString()).ShouldBe(
        [
            "root.task.yml:4:25: The variant set 'language' of /t has no 'cobol'. Write one of: csharp, python.",
            "root.task.yml:4:43: The node /t has no variant set 'strictnes'. Did you mean 'strictness'?",
        ]);
    }

    [Fact]
    public void A_target_outside_the_reference_is_an_error_where_it_is_written()
    {
        var problem = Single("taskbot: 1\nnodes: { t: { uses: lib } }", ("lib", """
            taskbot: 1
            default: t
            nodes:
              other: { type: shell }
              t: { nodes: { a: { type: shell, needs: [/other] } } }
            """));

        problem.Kind.ShouldBe("target-outside-reference");
        problem.Location.ToString().ShouldBe("lib:5:43");
    }

    [Fact]
    public void Missing_references_and_cycles_are_all_reported_at_once_and_the_rest_composes()
    {
        var composition = Example.Compose("""
            taskbot: 1
            layers: [nowhere]
            default: t
            nodes:
              t:
                nodes:
                  a: { uses: missing, type: shell }
                  b: { uses: lib#/nothing, type: shell }
                  c: { uses: "#/t", type: shell }
                  d: { uses: lib, type: shell }
            """, ("lib", "taskbot: 1\nnodes: { some: { type: shell } }"));

        composition.Problems.Select(problem => $"{problem.Location.Line} {problem.Kind}").ShouldBe(
            ["2 missing-layer", "7 missing-reference", "8 missing-reference", "9 arc-cycle", "10 missing-reference"]);
    }

    [Fact]
    public void Session_layers_are_stronger_than_the_file_and_mark_what_is_untrusted()
    {
        var root = TaskBot.Graphs.Layers.TaskLayer.Parse("root", "taskbot: 1\nnodes: { t: { nodes: { a: { type: agent, prompt: old, model: standard } } } }").Layer;
        var refined = TaskBot.Graphs.Layers.TaskLayer.Parse("attempt-2", "taskbot: 1\nover: { t: { over: { a: { prompt: new } } } }", isTrusted: false).Layer;

        var node = Example.Composer().Compose(root, session: [refined]).Graph.ShouldNotBeNull()[NodePath.Parse("/t/a")];

        node.Attributes["prompt"].AsText().ShouldBe("new");
        node.UntrustedAttributes.ShouldBe(["prompt"]);
    }

    [Fact]
    public void Selections_given_beside_the_layers_win()
    {
        var root = TaskBot.Graphs.Layers.TaskLayer.Parse("root", Example.FixBug).Layer;

        var graph = Example.Composer().Compose(root, selections: new Dictionary<string, string> { ["language"] = "python" }).Graph.ShouldNotBeNull();

        graph[NodePath.Parse("/fix-bug/test")].Attributes["run"].AsText().ShouldBe("pytest -q");
    }

    [Fact]
    public void Null_blocks_weaker_opinions_and_the_type_s_default_applies()
    {
        var graph = Example.Compose("""
            taskbot: 1
            default: t
            classes: { base: { type: agent, retries: 9, prompt: base } }
            nodes: { t: { nodes: { a: { extends: /base, retries: null, prompt: null } } } }
            """).Graph.ShouldNotBeNull();

        var attributes = graph[NodePath.Parse("/t/a")].Attributes;
        attributes["retries"].ToString().ShouldBe("2");
        attributes.ShouldNotContainKey("prompt");
    }

    [Fact]
    public void A_connected_attribute_of_a_branch_is_read_where_its_value_comes_from()
    {
        var graph = Example.Compose("""
            taskbot: 1
            nodes:
              t:
                nodes:
                  edit: { type: agent }
                  sub:
                    inputs: { description: { from: edit.patch } }
                    nodes: { publish: { type: pull-request, inputs: { patch: { from: /t/sub.description } } } }
            """).Graph.ShouldNotBeNull();

        graph[NodePath.Parse("/t/sub/publish")].Inputs["patch"].Select(source => source.ToString()).ShouldBe(["/t/edit.patch"]);
    }

    [Fact]
    public void References_to_references_cannot_fill_the_memory()
    {
        var text = new System.Text.StringBuilder("taskbot: 1\ndefault: n0\nnodes:\n");
        for (var i = 0; i < 60; i++) text.Append($"  n{i}: {{ nodes: {{ a: {{ uses: '#/n{i + 1}' }}, b: {{ uses: '#/n{i + 1}' }} }} }}\n");
        text.Append("  n60: { type: shell }\n");

        Example.Compose(text.ToString()).Problems.ShouldContain(problem => problem.Kind == "too-many-nodes" || problem.Kind == "too-many-arcs");
    }

    [Fact]
    public void A_chain_of_more_arcs_than_anyone_means_is_an_error()
    {
        var text = new System.Text.StringBuilder("taskbot: 1\ndefault: n0\nnodes:\n");
        for (var i = 0; i < 300; i++) text.Append($"  n{i}: {{ uses: '#/n{i + 1}' }}\n");
        text.Append("  n300: { type: shell }\n");

        Example.Compose(text.ToString()).Problems.ShouldContain(problem => problem.Kind == "too-many-arcs");
    }
}
