using TaskBot.Bot.Dispatches;
using TaskBot.Bot.Executors;
using TaskBot.Engine.Runs;
using TaskBot.Testing.Contract;
using TaskBot.Testing.GitHub;

namespace TaskBot.Bot.Tests.Dispatches;

/// <summary>The workflow that users copy and what a server starts it with are one contract.</summary>
public class DispatchedWorkflowTests
{
    static readonly DispatchOptions Options = new();
    static readonly string Workflow = File.ReadAllText(Path.Combine(NodeKit.Folder, "..", "..", "workflows", Options.Workflow));

    [Fact]
    public void It_declares_the_inputs_that_the_server_fills_in_and_no_others() =>
        SimulatedGitHub.InputsOf(Workflow).ShouldBe(ActionsExecutor.Inputs(Dispatch).Keys);

    [Fact]
    public void Its_runs_have_the_dispatch_in_their_title_so_that_they_can_be_found() =>
        Workflow.ShouldContain($"\nrun-name: TaskBot ${{{{ inputs.{ActionsExecutor.Input} }}}}\n");

    [Fact]
    public void Its_job_may_read_the_code_and_prove_who_it_is_and_nothing_else() =>
        Workflow.ShouldContain("    permissions:\n      contents: read\n      id-token: write\n    steps:");

    static Dispatch Dispatch => new()
    {
        Id = "r-1",
        RunId = new RunId("r"),
        Order = new(WorkKind.Attempt, 1),
        Digest = "",
        State = DispatchState.Requested,
        Repository = "a/b",
        RepositoryId = 1,
        Workflow = Options.Workflow,
        Branch = "main",
        RequestedAt = DateTimeOffset.UnixEpoch,
    };
}
