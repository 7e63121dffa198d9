using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.AI;
using TaskBot.Bot.Agents;
using TaskBot.Bot.Runs;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Nodes;
using TaskBot.Graphs.Values;
using TaskBot.Models.Ledger;
using TaskBot.Workspaces.Checkouts;
using TaskBot.Workspaces.Commands;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Bot.Nodes;

/// <summary>
/// Has a command-line agent change the files of a tree, in a checkout and in the sandbox of commands, with the network and with no secret but its own key.
/// What it may cost is reserved before it starts, and it is stopped before it costs more, by itself or from outside. What it did cost is read from what it prints, and counts as all that
/// was reserved where it does not say.
/// </summary>
public sealed class CliAgentNode(RunScope scope) : INodeType
{
    public const string TypeName = "agent.cli";

    /// <summary>What one argument of a program may hold on Linux is a little more.</summary>
    const int LongestPromptBytes = 120_000;

    const int KeptSummary = 300;

    /// <summary>The whole of what an agent prints, as its end says what it cost.</summary>
    const int KeptOutputBytes = 8 << 20;

    public static NodeTypeSchema TypeSchema { get; } = new(TypeName, "Has a command-line agent change the files of a tree; it has the network and its own key.")
    {
        Resources = TaskValue.MapOf(("cpu", 1)),
        Attributes =
        [
            new("agent", ValueKind.Text, "The agent, a program on the PATH that Models:Agents allows.") { Required = true, AllowedValues = [.. CliAgent.All.Select(agent => TaskValue.FromString(agent.Name))] },
            new("model", ValueKind.Text, "A model as the agent calls it; without one the agent decides."),
            new("prompt", ValueKind.Text, "The prompt's name; without one the library chooses by the node's type and the project's languages."),
            new("instructions", ValueKind.Text, "What the task's author tells the agent besides the prompt."),
            new("maxUsd", ValueKind.Number, "The most that one run of the agent is to cost; reserved before it starts; the agent is stopped before it costs more.")
            {
                Default = new TaskValue.Real(1),
                Unit = "US dollars",
                InKey = false,
            },
            new("budgetUsd", ValueKind.Number, "The most that this node may spend in a run, over all attempts.") { Unit = "US dollars", InKey = false },
        ],
        Inputs =
        [
            new("tree", ValueKind.Tree, "What is changed.") { Required = true },
            new("description", ValueKind.Text, "What is to be done.") { Required = true },
            new("acceptance", ValueKind.List, "What must hold in the end."),
            new("notes", ValueKind.List, "What earlier attempts taught."),
            new("context", ValueKind.Any, "Texts to know; several may be connected."),
        ],
        Outputs =
        [
            new("tree", ValueKind.Tree, "The changed tree."),
            new("patch", ValueKind.Text, "The difference to the input tree, as a unified diff."),
            new("summary", ValueKind.Text, "What the agent says that it changed."),
        ],
    };

    readonly NodeModel model = new(scope);

    public NodeTypeSchema Schema => TypeSchema;

    public ValueTask<ImmutableSortedDictionary<string, string>> DescribeEnvironmentAsync(TaskNode node, CancellationToken cancellationToken) =>
        ValueTask.FromResult(ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal)
            .Add("prompt", model.DescribePrompt(node) ?? "")
            .Add("rules", model.Rules(node, EditNode.TypeName))
            .Add("protected", TaskValue.ListOf(scope.Project.Protected.Select(TaskValue.FromString)).ToJson()));

    public async ValueTask<NodeResult> RunAsync(NodeRun run, CancellationToken cancellationToken)
    {
        var agent = CliAgent.All.Single(known => known.Name == run.Node.Text("agent"));
        if (!scope.Agents.IsAllowed(agent))
            return new NodeResult.Denied($"The agent '{agent.Name}' is not allowed here. Whoever runs TaskBot allows it with 'Models: {{ Agents: [{agent.Name}] }}'; what it runs can read its key.");
        if (agent.Hold == SpendingHold.None && !scope.Agents.AllowsUncapped)
            return new NodeResult.Denied($"Nothing keeps the agent '{agent.Name}' from costing more than is reserved for it: it has no limit of its own and says what it used only at its end. Use claude or opencode, or allow it with 'Models: {{ AllowUncappedAgents: true }}'; what it costs is then charged in full.");
        if (scope.Agents.Variables(agent, run.Node.Text("model")) is not { } variables)
            return NodeResult.Failure($"The agent '{agent.Name}' has no key: set {string.Join(" or ", agent.KeyVariables(run.Node.Text("model")))}.");
        if (scope.Commands.Find(agent.Name) is null) return NodeResult.Failure($"There is no program '{agent.Name}' on the PATH.");
        if (string.IsNullOrWhiteSpace(run.Text("description"))) return NodeResult.Failure($"{run.Node.Path} has no description. Say in the issue what is to be done.");
        if (!TryAsk(run, out var order, out var problem)) return NodeResult.Failure(problem);

        var before = run.Tree("tree");
        await using var checkout = await scope.Checkouts.RentAsync(before, keepIgnored: false, cancellationToken);
        try
        {
            await using var charge = await scope.Agents.Ledger.ReserveAsync(
                model.AccountOf(run), order.MaxUsd, order.Model ?? agent.Name, agent.Name, run.Node.Text("prompt") ?? TypeName, cancellationToken);
            using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var meter = new AgentMeter(agent, order.MaxUsd, usage => Price(order.Model, usage) ?? (scope.Agents.AllowsUnknownPrice ? 0 : null), stopping.Cancel);
            if (await WorkAsync(run, agent, order, checkout, variables, meter, stopping.Token, cancellationToken) is not var (ended, report))
            {
                // It was in the middle of a step, which nobody will tell the price of.
                await charge.SettleAsync(ModelCallOutcome.Cancelled, meter.Usage, Math.Max(meter.SpentUsd, order.MaxUsd));
                return Spent(run, agent, meter.Stopped!);
            }

            await charge.SettleAsync(
                report is { Error: null } ? ModelCallOutcome.Succeeded : ModelCallOutcome.Failed, report?.Usage, Cost(order, report));
            if (report is { IsOverBudget: true }) return Spent(run, agent, AgentTools.Redact(variables, report.Error ?? "it reached its limit"));
            return Failure(agent, variables, ended, report) ?? await ResultAsync(run, agent, variables, report!, before, checkout, cancellationToken);
        }
        catch (OverBudgetException exception)
        {
            return NodeModel.OverBudget(exception);
        }
    }

    /// <returns>Null where the meter stopped it.</returns>
    async Task<(CommandEnded Ended, AgentReport? Report)?> WorkAsync(
        NodeRun run, CliAgent agent, AgentOrder order, Checkout checkout, IReadOnlyDictionary<string, string> variables, AgentMeter meter, CancellationToken stopping, CancellationToken cancellationToken)
    {
        var request = new CommandRequest
        {
            Arguments = [agent.Name, .. agent.Arguments(order)],
            WorkingFolder = checkout.Folder,
            Secrets = variables,
            Network = true,
            Limits = new CommandLimits { TailBytes = KeptOutputBytes },
            OnOutput = output =>
            {
                if (output.Stream == CommandStream.Output) meter.Hear(output.Text);
            },
        };
        CommandEnded ended;
        try
        {
            ended = await new TreeCommand(scope, run).RunAsync(request, agent.Name, stopping);
        }
        catch (OperationCanceledException) when (meter.Stopped is not null && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }

        // With something left out of its middle, its costs would not be complete.
        return (ended, ended.Answer.OmittedBytes == 0 ? agent.Read(ended.Answer.ToString()) : null);
    }

    static NodeResult.OverBudget Spent(NodeRun run, CliAgent agent, string why) => new(
        $"The agent '{agent.Name}' was stopped: {why}. Write a larger 'maxUsd' for {run.Node.Path} in its task; `/taskbot budget AMOUNT` raises what the run may spend. What is finished is kept and not paid again.");

    bool TryAsk(NodeRun run, out AgentOrder order, out string problem)
    {
        order = new("", run.Node.Text("model"), Convert.ToDecimal(run.Node.Attributes["maxUsd"] switch { TaskValue.Real real => real.Value, TaskValue.Integer whole => whole.Value, _ => 1d }));
        var rendered = model.TryRender(
            run.Node,
            [
                ("context", string.Join("\n\n", run.Texts("context").Select(text => DataBlock.Of("context", text)).Where(block => block.Length > 0))),
                ("description", DataBlock.Of("task", run.Text("description"))),
                ("acceptance", DataBlock.List("acceptance: what must hold in the end", run.Texts("acceptance"))),
                ("notes", DataBlock.List("notes: what earlier attempts taught", run.Texts("notes"))),
                ("protected", string.Join(", ", scope.Project.Protected)),
                ("rules", model.Rules(run.Node, EditNode.TypeName)),
            ],
            out _, out var messages, out problem);
        if (!rendered) return false;
        // The heading keeps a prompt that begins with a dash from being an option.
        order = order with { Prompt = $"# Your work\n\n{string.Join("\n\n", messages.Select(message => message.Text))}" };
        if (order.MaxUsd <= 0) problem = $"'maxUsd' of {run.Node.Path} must be more than 0.";
        else if (Encoding.UTF8.GetByteCount(order.Prompt) > LongestPromptBytes) problem = $"What {run.Node.Path} tells the agent is longer than {LongestPromptBytes} bytes. Connect less 'context'; the agent finds files by itself.";
        return problem.Length == 0;
    }

    /// <summary>As the agent counts it, else by the price of its models; null where neither is known.</summary>
    decimal? Cost(AgentOrder order, AgentReport? report)
    {
        if (report is null || (report.CostUsd is null && report.Used.IsEmpty)) return null;
        return report.CostUsd ?? report.Used.Aggregate((decimal?)0, (sum, used) => sum + Price(used.Model ?? order.Model, used.Usage));
    }

    decimal? Price(string? name, UsageDetails usage) => name is null ? null : scope.Agents.Ledger.CostUsd(name, usage);

    static NodeResult.Failed? Failure(CliAgent agent, IReadOnlyDictionary<string, string> variables, CommandEnded ended, AgentReport? report)
    {
        var message = report switch
        {
            { Error: { } error } => $"The agent '{agent.Name}' did not do it: {AgentTools.Redact(variables, NodeRunExtensions.Tail(error, 2000))}",
            _ when ended.Failure is { } failure => failure.Message,
            null => $"What the agent '{agent.Name}' printed is not what it is known to print, or was cut off.",
            _ => null,
        };
        return message is null ? null : NodeResult.Failure(message, ("log", AgentTools.Redact(variables, ended.Log))) with { IsTimeout = ended.Failure?.IsTimeout ?? false };
    }

    async Task<NodeResult> ResultAsync(
        NodeRun run, CliAgent agent, IReadOnlyDictionary<string, string> variables, AgentReport report, TreeId before, Checkout checkout, CancellationToken cancellationToken)
    {
        var text = AgentTools.Redact(variables, report.Text.Trim());
        var after = await checkout.SnapshotAsync(cancellationToken);
        if (after == before) return NodeResult.Failure($"The agent '{agent.Name}' changed nothing.", ("reply", NodeRunExtensions.Tail(text, 4000)));
        var changes = await scope.Objects.ChangesAsync(before, after, cancellationToken);
        run.Report($"Changed {string.Join(", ", changes.Select(change => change.Path))}.");
        return NodeResult.Success(
            ("tree", after.Value),
            ("patch", await scope.Objects.DiffAsync(before, after, contextLines: 3, cancellationToken)),
            ("summary", text.Length is > 0 and <= KeptSummary ? text : $"Changes {string.Join(", ", changes.Select(change => change.Path))}.")) with
        {
            FromOutside = agent.ReachesOut,
        };
    }
}
