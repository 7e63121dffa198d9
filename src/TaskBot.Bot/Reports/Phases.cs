using System.Globalization;
using TaskBot.Bot.Nodes;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;

namespace TaskBot.Bot.Reports;

/// <summary>The phases of a coding task in one line: which are done, which failed, which are to come. A task has those that its graph has steps for.</summary>
static class Phases
{
    static readonly (string Name, string[] Types)[] All =
    [
        ("clarify", [PremiseNode.TypeName, ClarifyNode.TypeName]),
        ("plan", [ContextFilesNode.TypeName, ContextMapNode.TypeName, ContextMemoryNode.TypeName, ContextSearchNode.TypeName, PlanNode.TypeName]),
        ("review the plan", [PlanReviewNode.TypeName]),
        (Branch, []),
        ("execute", [EditNode.TypeName, AgentNode.TypeName, AnswerNode.TypeName, ReasonNode.TypeName, CommandNode.TypeName, VoteNode.TypeName]),
        ("verify", [BuildNode.TypeName, TestNode.TypeName, ReviewNode.TypeName, VerifyAnswerNode.TypeName, VerifyRunNode.TypeName, HumanApproveNode.TypeName]),
        (Refine, []),
        ("publish", [PullRequestNode.TypeName, CommentNode.TypeName]),
    ];

    const string Branch = "branch", Refine = "refine";

    public static string Line(RunRecord run) => $"{string.Join(" → ", All.Select(phase => Show(run, phase.Name, phase.Types)).Where(text => text.Length > 0))}\n";

    static string Show(RunRecord run, string name, string[] types)
    {
        // Every attempt starts from the base on a branch of its own; refining is what lies between two attempts.
        if (name == Branch) return run.Attempts.IsEmpty ? name : $"{name} ✅";
        if (name == Refine) return run.Attempts.Length < 2 ? "" : string.Create(CultureInfo.InvariantCulture, $"{name} ×{run.Attempts.Length - 1}");
        var steps = run.Steps.Where(step => types.Contains(step.Type)).Select(step => step.State).ToList();
        return steps.Count == 0 ? ""
            : steps.Any(state => state is NodeState.Failed or NodeState.OverBudget or NodeState.Denied) ? $"{name} ❌"
            : steps.Contains(NodeState.WaitingForHuman) ? $"{name} ❔"
            : steps.All(state => state is NodeState.Succeeded or NodeState.Skipped) ? $"{name} ✅"
            : name;
    }
}
