using TaskBot.Engine.Nodes;
using TaskBot.Models.Ledger;
using TaskBot.Testing.Models;

namespace TaskBot.Bot.Tests.Nodes;

/// <summary>Pictures, speech and vectors, from a server that speaks OpenAI's protocol.</summary>
public sealed class MediaNodesTests : IAsyncLifetime
{
    static readonly BudgetAccount Run = new(BudgetLevel.Run, "run", 1m);
    NodeLab lab = null!;
    FakeOpenAIServer server = null!;

    public async Task InitializeAsync()
    {
        (lab, server) = (await NodeLab.CreateAsync(), await FakeOpenAIServer.StartAsync());
        lab.Ledger = new LedgerScope([Run]);
        lab.Settings["Models:Providers:fake:BaseUrl"] = server.BaseUrl.ToString();
        foreach (var (profile, output) in new[] { ("image", "Image"), ("speech", "Speech"), ("embed", "Embedding") })
        {
            lab.Settings[$"Models:Capabilities:{profile}-model:Output"] = output;
            lab.Settings[$"Models:Prices:{profile}-model:Input"] = "1";
            lab.Settings[$"Models:Prices:{profile}-model:Output"] = "10";
            if (profile != "embed") lab.Settings[$"Models:Profiles:{profile}:0"] = $"{profile}-model@fake";
        }
    }

    public async Task DisposeAsync()
    {
        await lab.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_picture_becomes_a_file_of_the_tree_and_is_in_the_ledger()
    {
        var tree = await lab.TreeAsync(("a.txt", "one\n"));
        server.Enqueue(new FakeReply.Text("a picture") { InputTokens = 100, OutputTokens = 4000 });

        var outputs = (await lab.RunAsync("llm.image", [("tree", tree.Value), ("text", "a red square")], ("path", "docs/square.png"))).ShouldBeOfType<NodeResult.Succeeded>().Outputs;

        (await lab.TextAsync(outputs["tree"], "docs/square.png")).ShouldBe("a picture");
        (await lab.TextAsync(outputs["tree"], "a.txt")).ShouldBe("one\n");
        outputs["mediaType"].ToString().ShouldBe("image/png");
        (await lab.Spent.GetBalanceAsync(Run, default)).SpentUsd.ShouldBe(0.0401m);
        server.Requests.Single().Body.GetProperty("prompt").GetString().ShouldBe("a red square");
    }

    [Fact]
    public async Task Speech_is_spoken_as_it_is_written_and_its_cost_is_bounded_by_its_length()
    {
        server.Enqueue(new FakeReply.Text("a sound"));

        var outputs = (await lab.RunAsync("llm.speech", [("text", "Good morning")], ("path", "hello.mp3"), ("voice", "nova"))).ShouldBeOfType<NodeResult.Succeeded>().Outputs;

        (await lab.TextAsync(outputs["tree"], "hello.mp3")).ShouldBe("a sound");
        server.Requests.Single().Body.GetProperty("voice").GetString().ShouldBe("nova");
        var spent = (await lab.Spent.GetBalanceAsync(Run, default)).SpentUsd;
        spent.ShouldBe((12 + 16 + 16 + ((12 * 4) + 256) * 10) / 1_000_000m);
    }

    [Fact]
    public async Task The_same_run_asks_for_a_picture_once_and_another_voice_is_another_request()
    {
        server.Respond = _ => new FakeReply.Text("a sound");
        foreach (var voice in new[] { "nova", "nova", "echo" })
            (await lab.RunAsync("llm.speech", [("text", "Good morning")], ("path", "hello.mp3"), ("voice", voice))).ShouldBeOfType<NodeResult.Succeeded>();
        server.Requests.Count.ShouldBe(2);
    }

    [Fact]
    public async Task What_cannot_be_is_said()
    {
        (await lab.RunAsync("llm.image", [("text", "")], ("path", "a.png"))).ShouldBeOfType<NodeResult.Failed>().Message.ShouldContain("no text");
        server.Respond = _ => new FakeReply.Text("a picture");
        (await lab.RunAsync("llm.image", [("text", "a square")], ("path", "../a.png"))).ShouldBeOfType<NodeResult.Failed>().Message.ShouldContain("'../a.png'");
        lab.Reply("words", "a circle");
        (await lab.RunAsync("llm.image", [("text", "a circle")], ("path", "a.png"), ("model", "played@scripted"))).ShouldBeOfType<NodeResult.Failed>().Message.ShouldContain("answered in words");
        server.Respond = _ => new FakeReply.Status(400, "moderation_blocked");
        (await lab.RunAsync("llm.image", [("text", "a triangle")], ("path", "a.png"))).ShouldBeOfType<NodeResult.Failed>().Message.ShouldContain("moderation_blocked");
    }

    [Fact]
    public async Task A_search_ranks_by_meaning_where_a_profile_offers_it_and_without_where_that_fails()
    {
        // The vectors count letters: what has a z in it is near what is asked for, of two files with the same words.
        var tree = await lab.TreeAsync(("src/one.py", "def parse_amount():\n    return 1  # aaaa\n"), ("src/two.py", "def parse_amount():\n    return 1  # zzzz\n"));
        async Task<string> FirstAsync() => (await lab.RunAsync("context.search", [("tree", tree.Value), ("query", "parse_amount zzzzzz")])).ShouldBeOfType<NodeResult.Succeeded>().Outputs["files"].ToString()!;
        var node = NodeLab.Node("/task/find", "context.search", []);
        var plain = await FirstAsync();
        server.Requests.ShouldBeEmpty();
        (await lab.EnvironmentAsync(node)).ShouldNotContainKey("embed");

        lab.Settings["Models:Profiles:embed:0"] = "embed-model@fake";
        server.Respond = _ => new FakeReply.Text("");
        (await FirstAsync()).ShouldContain("src/two.py");
        server.Requests.Single().Body.GetProperty("input").GetArrayLength().ShouldBe(3);
        (await lab.EnvironmentAsync(node))["embed"].ShouldBe("embed-model@fake");
        (await lab.Spent.GetBalanceAsync(Run, default)).SpentUsd.ShouldBe(0.00003m);

        server.Respond = _ => new FakeReply.Status(404);
        lab.Ledger = new LedgerScope([Run with { Key = "another" }]);
        (await FirstAsync()).ShouldBe(plain);
        lab.Told.ShouldContain(line => line.StartsWith("Ranked by words alone: "));
    }
}
