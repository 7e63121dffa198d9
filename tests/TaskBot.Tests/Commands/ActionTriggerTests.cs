using System.Text;
using System.Text.Json.Nodes;
using TaskBot.Actions;
using TaskBot.GitHub.Webhooks;

namespace TaskBot.Tests.Commands;

/// <summary>Which events ask a job for work, and what for.</summary>
public sealed class ActionTriggerTests
{
    static readonly ActionTrigger.Wanted Wanted = new(["taskbot"], "helper", "@taskbot", HasPrompt: false);

    [Fact]
    public void A_comment_asks_by_its_commands_alone_unless_the_workflow_says_what_to_do()
    {
        var comment = new JsonObject { ["id"] = 5, ["body"] = "Nothing for a bot." };
        Find("issue_comment", "created", Wanted, new JsonObject { ["comment"] = comment.DeepClone() }).ShouldBeNull();
        Find("issue_comment", "created", Wanted with { HasPrompt = true }, new JsonObject { ["comment"] = comment }).ShouldNotBeNull().Issue.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("labeled", "taskbot", true)]
    [InlineData("labeled", "TaskBot", true)]
    [InlineData("labeled", "bug", false)]
    [InlineData("unlabeled", "taskbot", false)]
    public void A_label_asks_when_it_is_put_on_and_is_to_be_taken_off(string action, string label, bool asks) =>
        (Find("issues", action, Wanted, new JsonObject { ["label"] = new JsonObject { ["id"] = 1, ["name"] = label } })?.Label).ShouldBe(asks ? label : null);

    [Theory]
    [InlineData("helper", true)]
    [InlineData("Helper", true)]
    [InlineData("mona", false)]
    public void An_assignment_asks_when_it_is_to_the_login_that_is_named(string login, bool asks) =>
        (Find("issues", "assigned", Wanted, new JsonObject { ["assignee"] = User(7, login) }) is not null).ShouldBe(asks);

    [Fact]
    public void With_a_prompt_every_event_asks_and_one_without_an_issue_has_none()
    {
        Find("issues", "opened", Wanted with { HasPrompt = true }, []).ShouldNotBeNull().Issue.ShouldNotBeNull();
        Find("workflow_dispatch", null, Wanted with { HasPrompt = true }, []).ShouldNotBeNull().Issue.ShouldBeNull();
        Find("workflow_dispatch", null, Wanted, []).ShouldBeNull();
    }

    [Fact]
    public void What_a_workflow_wrote_asks_for_nothing_whatever_it_calls_itself() =>
        Find("issue_comment", "created", Wanted with { HasPrompt = true }, new JsonObject { ["comment"] = new JsonObject { ["id"] = 5, ["body"] = "@taskbot go on" } }, senderId: 41898282).ShouldBeNull();

    [Fact]
    public void A_pull_request_is_no_issue() =>
        Find("issues", "labeled", Wanted, new JsonObject { ["label"] = new JsonObject { ["id"] = 1, ["name"] = "taskbot" } }, isPull: true).ShouldBeNull();

    static ActionTrigger? Find(string name, string? action, ActionTrigger.Wanted wanted, JsonObject own, long senderId = 1, bool isPull = false)
    {
        own["action"] = action;
        own["sender"] = User(senderId, "octocat");
        own["repository"] = new JsonObject { ["id"] = 1, ["name"] = "demo", ["full_name"] = "acme/demo", ["owner"] = User(2, "acme") };
        if (name != "workflow_dispatch")
        {
            own["issue"] = new JsonObject { ["id"] = 1, ["number"] = 1, ["title"] = "It is broken", ["body"] = "", ["state"] = "open", ["user"] = User(3, "mallory"), ["labels"] = new JsonArray() };
            if (isPull) own["issue"]!["pull_request"] = new JsonObject { ["url"] = "https://api.github.com/pulls/1" };
        }

        var (trigger, reason) = ActionTrigger.Find(WebhookEvent.Parse(name, Encoding.UTF8.GetBytes(own.ToJsonString())), name, wanted);
        (trigger is null).ShouldBe(reason.Length > 0);
        return trigger;
    }

    static JsonObject User(long id, string login) => new() { ["id"] = id, ["login"] = login, ["type"] = "User" };
}
